"""What is at stake, in one line under the machine's state: what is held, whether anybody trades, and how old that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hedge_assets.document import Document
from hedge_assets.health.condition import Finding
from hedge_assets.health.judge import Verdict
from hedge_assets.health.survey import Survey
from hedge_assets.states.positions import Positions

Level = Literal["ok", "warn", "error", "unknown"]
STATE = "positions"
STANDS = "what is held stands with the stops at the venue"


@dataclass(frozen=True)
class Money:
    """`held` and `trading` in words; `level` is whether all of it is known and somebody trades; `event_us` is when it was so (UTC)."""

    held: str
    trading: str
    level: Level
    event_us: int | None = None


def money(found: Survey, document: Document | None) -> Money:
    """What one survey says of the money; `document` is that of the positions, null where there is none to be believed."""
    verdict = next((each for each in found.verdicts if each.name == STATE), None)
    held, is_known = held_of(document, verdict)
    trading, level = trading_of(found)
    shown: Level = level if is_known or level == "error" else "unknown"
    return Money(held, trading, shown, None if verdict is None or document is None else verdict.event_us)


def held_of(document: Document | None, verdict: Verdict | None) -> tuple[str, bool]:
    """What is held and ordered, in words, and whether that is to be believed now."""
    if not isinstance(document, Positions):
        return f"what is held is not known: {STATE} is {'no state here' if verdict is None else verdict.condition}", False
    is_now = verdict is not None and verdict.is_healthy and not verdict.late
    then = "" if is_now else " when last seen"
    resting = f", {counted(len(document.orders), 'order')} resting" if document.orders else ""
    if not document.positions:
        return f"flat{then}{resting}", is_now
    sides = [sum(each.notional_usd for each in document.positions if each.side == side) for side in ("long", "short")]
    told = f"{counted(len(document.positions), 'position')} open{then}, long {sides[0]:,.0f} USD, short {sides[1]:,.0f} USD"
    return f"{told}{resting}", is_now


def counted(number: int, what: str) -> str:
    """So many of something."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def trading_of(found: Survey) -> tuple[str, Level]:
    """Whether anybody trades, in words."""
    scene, told = found.scene, named(found.findings)
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
    return "trading goes on", "ok"


def named(findings: Iterable[Finding]) -> set[str]:
    """The conditions that hold."""
    return {each.condition for each in findings}
