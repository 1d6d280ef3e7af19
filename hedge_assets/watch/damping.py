"""Incidents that come and go are one incident: what flaps is told once, and is over when it has been calm for a while."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from msgspec.structs import replace as changed

from hedge_assets.health.incidents import Incident

FLAPS = 3
FLAP_US = 600_000_000
Key = tuple[str, str]


@dataclass(frozen=True)
class Restless:
    """How often one fault of one thing opened lately, when that last changed, and what stands for it once it flaps."""

    openings_us: tuple[int, ...] = ()
    changed_us: int = 0
    stands_for: Incident | None = None


@dataclass
class Damper:
    """A filter between the incidents there are and those that are told."""

    _keys: dict[str, Key] = field(default_factory=dict)
    _restless: dict[Key, Restless] = field(default_factory=dict)

    def damp(self, open_now: Iterable[Incident], now_us: int) -> tuple[Incident, ...]:
        """The open incidents, but one that opened `FLAPS` times within ten minutes stays open until ten minutes are calm."""
        present = {incident.id: incident for incident in open_now}
        for incident in present.values():
            if incident.id not in self._keys:
                self._opened(incident, now_us)
        for name in [name for name in self._keys if name not in present]:
            self._closed(self._keys.pop(name), now_us)
        self._forget(now_us)
        calm = [each for each in present.values() if self._restless[self._keys[each.id]].stands_for is None]
        return (*calm, *self._standing(present))

    def _opened(self, incident: Incident, now_us: int) -> None:
        key = (incident.cause, incident.subject)
        self._keys[incident.id] = key
        before = self._restless.get(key, Restless())
        recent = tuple(us for us in (*before.openings_us, now_us) if now_us - us < FLAP_US)[-100:]
        stands_for = before.stands_for
        if stands_for is None and len(recent) >= FLAPS:
            reason = f"flaps: opened {len(recent)} times within {FLAP_US // 60_000_000} min; the last time: {incident.reason}"
            stands_for = changed(incident, id=f"flaps-{incident.id}", reason=reason)
        self._restless[key] = Restless(recent, now_us, stands_for)

    def _closed(self, key: Key, now_us: int) -> None:
        self._restless[key] = replace(self._restless[key], changed_us=now_us)

    def _forget(self, now_us: int) -> None:
        open_keys = set(self._keys.values())
        for key, each in list(self._restless.items()):
            if key not in open_keys and abs(now_us - each.changed_us) >= FLAP_US:
                del self._restless[key]

    def _standing(self, present: dict[str, Incident]) -> Iterable[Incident]:
        """What stands for each flapping fault, as severe as it has been."""
        worst = {self._keys[name]: each.severity for name, each in present.items()}
        for key, each in list(self._restless.items()):
            if each.stands_for is None:
                continue
            if worst.get(key) == "error" and each.stands_for.severity == "warn":
                self._restless[key] = replace(each, stands_for=changed(each.stands_for, severity="error"))
            stands_for = self._restless[key].stands_for
            if stands_for is not None:
                yield stands_for
