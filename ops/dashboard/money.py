"""What is at stake, in one line under the machine's state: what is held, whether anybody trades, and how old that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hedge_assets.document import Document
from hedge_assets.health.judge import Verdict
from hedge_assets.health.survey import Survey
from hedge_assets.states.positions import Positions

Level = Literal["ok", "warn", "error", "unknown"]
STATE = "positions"
LEVELS: tuple[Level, ...] = ("error", "unknown", "warn", "ok")
"""The worst first."""
GOES_ON = "trading goes on"
STANDS = "what is held stands with the stops at the venue"


@dataclass(frozen=True)
class Holdings:
    """Open positions and resting orders, USD at their marks; `is_now` where that is to be believed now."""

    positions: int
    long_usd: float
    short_usd: float
    orders: int
    is_now: bool

    @property
    def words(self) -> str:
        """As it is told."""
        then = "" if self.is_now else " when last seen"
        resting = f", {counted(self.orders, 'order')} resting" if self.orders else ""
        sides = f"long {self.long_usd:,.0f} USD, short {self.short_usd:,.0f} USD"
        return f"{counted(self.positions, 'position')} open{then}, {sides}{resting}" if self.positions else f"flat{then}{resting}"


@dataclass(frozen=True)
class Money:
    """`held` and `trading` in words; `level` is whether all of it is known and somebody trades; `event_us` is when it was so (UTC).
    `known` has the figures, null where there are none."""

    held: str
    trading: str
    level: Level
    event_us: int | None = None
    known: Holdings | None = None


def money(found: Survey, document: Document | None) -> Money:
    """What one survey says of the money; `document` is that of the positions, null where there is none to be believed."""
    verdict = next((each for each in found.verdicts if each.name == STATE), None)
    known = held_of(document, verdict)
    unknown = f"what is held is not known: {STATE} is {'no state here' if verdict is None else verdict.condition}"
    held = unknown if known is None else known.words
    trading, level = trading_of(found)
    shown: Level = level if level == "error" or (known is not None and known.is_now) else "unknown"
    return Money(held, trading, shown, None if verdict is None or known is None else verdict.event_us, known)


def together(accounts: Mapping[str, Money]) -> Money:
    """What all accounts say: their positions added up where all are known, and who does not trade."""
    known = [each.known for each in accounts.values() if each.known is not None]
    untold = [account for account, each in accounts.items() if each.known is None]
    summed = Holdings(
        positions=sum(each.positions for each in known),
        long_usd=sum(each.long_usd for each in known),
        short_usd=sum(each.short_usd for each in known),
        orders=sum(each.orders for each in known),
        is_now=all(each.is_now for each in known),
    )
    held = f"what is held is not known of {', '.join(untold)}" if untold else summed.words
    idle = {account: each for account, each in accounts.items() if each.trading != GOES_ON}
    first = min(idle.items(), key=lambda each: LEVELS.index(each[1].level), default=None)
    others = f" (and {counted(len(idle) - 1, 'more account')})" if len(idle) > 1 else ""
    trading = GOES_ON if first is None else f"{first[0]}: {first[1].trading}{others}"
    level = min((each.level for each in accounts.values()), key=LEVELS.index)
    moments = [each.event_us for each in accounts.values() if each.event_us is not None]
    return Money(held, trading, level, None if untold else min(moments, default=None), None if untold else summed)


def held_of(document: Document | None, verdict: Verdict | None) -> Holdings | None:
    """What is held and ordered; null where nobody knows."""
    if not isinstance(document, Positions):
        return None
    long_usd, short_usd = (sum(each.notional_usd for each in document.positions if each.side == side) for side in ("long", "short"))
    is_now = verdict is not None and verdict.is_healthy and not verdict.late
    return Holdings(len(document.positions), long_usd, short_usd, len(document.orders), is_now)


def counted(number: int, what: str) -> str:
    """So many of something."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def trading_of(found: Survey) -> tuple[str, Level]:
    """Whether anybody trades, in words."""
    scene, told = found.scene, {each.condition for each in found.findings}
    pulse = scene.pulses.get("executor")
    if "executor_dead" in told:
        return f"nobody trades, the executor died: {STANDS}", "error"
    if "executor_stuck" in told:
        return f"nobody trades, the executor hangs: exits wait for it, {STANDS}", "error"
    if not scene.executor_is_held and "executor" not in scene.beating:
        if pulse is not None and pulse.pulse is not None and pulse.pulse.ended is not None:
            return f"nobody trades, the executor was ended: {STANDS}", "warn"
        return "nobody is seen to trade here", "unknown"
    if scene.heartbeat is not None and scene.heartbeat.halted:
        return "no new risk is taken, exits and reductions go on", "warn"
    return GOES_ON, "ok"
