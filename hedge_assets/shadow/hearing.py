"""What the live desk asked and decided since its last loop was over."""

import msgspec

from executor.records.trading import Decision, Intent
from hedge_assets.folds.base import remember

ANSWERED_KEPT = 4_000


class Heard(msgspec.Struct, array_like=True):
    """An intent of the live desk's, and its decision once there is one."""

    intent: Intent
    decision: Decision | None = None


class Hearing(msgspec.Struct, kw_only=True):
    """Intents by id since the last loop. `known` are the newest ever heard: one is heard once, further ones are `repeated`. `journaled`
    counts intents, `undecided` those without a decision."""

    heard: dict[str, Heard] = {}
    known: dict[str, bool] = {}
    journaled: int = 0
    repeated: int = 0
    undecided: int = 0

    def intent(self, record: Intent) -> bool:
        """Hear an intent; false where it was heard before."""
        if record.intent_id in self.known:
            self.repeated += 1
            return False
        remember(self.known, record.intent_id, value=True, limit=ANSWERED_KEPT)
        self.journaled += 1
        self.heard[record.intent_id] = Heard(record)
        return True

    def decision(self, record: Decision) -> Intent | None:
        """Hear what was decided; the intent it is on, null where that was not heard in this loop or was decided before."""
        found = self.heard.get(record.intent_id)
        if found is None or found.decision is not None:
            return None
        found.decision = record
        return found.intent

    def clear(self) -> None:
        """The loop is over."""
        self.undecided += sum(each.decision is None for each in self.heard.values())
        self.heard.clear()
