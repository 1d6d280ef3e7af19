"""What keeps suggestions from going to and fro: what counts as evidence after a step, which step is a step back, and how far one goes."""

import math
from itertools import pairwise

import msgspec

from executor.records.trading import Policy, RouterPolicy
from hedge_assets.advice.routing_rules import MOST_REPRICES, PATIENCE_STEP, longest_s
from hedge_assets.folds.applied import Applied, Stretch
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.windows import DAY_US, HOUR_US, MOST_HOURS, span_of

UNDO = "undo"
PLAIN = "settings"


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What came before in one symbol. `stretch` is in force, `before` the routing that it replaced (null at the beginning).

    `is_suggested` where a suggestion brought the routing in force and holds still.
    """

    stretch: Stretch | None = None
    before: RouterPolicy | None = None
    undone: frozenset[str] = frozenset()
    is_suggested: bool = False

    @property
    def rule(self) -> str:
        """The rule behind the routing in force; empty for plain settings."""
        return self.stretch.rule if self.stretch is not None and self.is_suggested else ""


def history_of(applied: Applied, symbol: str, current: RouterPolicy, since_us: int) -> History:
    """One symbol's; rules are undone where they were taken back since a moment. Without an intent yet, nothing is behind a routing."""
    kept = applied.stretches.get(symbol, [])
    if not kept or kept[-1].routing != current:
        return History()
    undone = {before.rule for before, after in pairwise(kept) if after.rule == UNDO and after.since_us >= since_us}
    holds = applied.in_force.get(symbol, Policy()).version != PLAIN and kept[-1].version != PLAIN
    return History(stretch=kept[-1], before=kept[-2].routing if len(kept) > 1 else None, undone=frozenset(undone), is_suggested=holds)


def counted_since(changed_us: int | None, window: str, now_us: int) -> int:
    """Since when evidence counts: the window's start, or the first full hour after the routing changed (a full day, once that is
    more than 24 hours ago: sums are kept by the hour no longer). Microseconds UTC."""
    start_us = span_of(window).start_us(now_us) or 0
    if changed_us is None or changed_us < start_us:
        return start_us
    hour_us = -(-changed_us // HOUR_US) * HOUR_US
    if hour_us // HOUR_US > now_us // HOUR_US - MOST_HOURS:
        return hour_us
    return -(-changed_us // DAY_US) * DAY_US


def reverses(before: RouterPolicy | None, current: RouterPolicy, to: RouterPolicy) -> bool:
    """Whether a step undoes a part of the last one: in offset, in the time that is waited, or in what is tried first."""
    if before is None:
        return False
    last, step = direction(before, current), direction(current, to)
    return any(one * two < 0 for one, two in zip(last, step, strict=True))


def direction(start: RouterPolicy, end: RouterPolicy) -> tuple[float, float, float]:
    """Which way a step goes: offset, waiting, quoting first; 0 for neither."""
    waited, quoted = longest_s(end) - longest_s(start), float(end.maker_first) - float(start.maker_first)
    return end.offset_bps - start.offset_bps, waited, quoted


def further_back(lines: Telemetry) -> Telemetry:
    """The second lines, which a step back needs to have crossed: the first ones and `hysteresis_frac` of them more (Schmitt 1938)."""
    more = 1.0 + lines.hysteresis_frac
    return msgspec.structs.replace(
        lines,
        degraded_reject_frac=lines.degraded_reject_frac * more,
        hot_slippage_bps=lines.hot_slippage_bps * more,
        heavy_fallback_frac=lines.heavy_fallback_frac * more,
        least_saving_bps=lines.least_saving_bps * more,
    )


def one_step(current: RouterPolicy, to: RouterPolicy, lines: Telemetry) -> RouterPolicy:
    """As far toward a routing as one suggestion goes; what is tried first changes at once."""
    patience_s = to.patience_s
    if current.patience_s > 0:
        patience_s = min(max(to.patience_s, current.patience_s / PATIENCE_STEP), current.patience_s * PATIENCE_STEP)
    return RouterPolicy(
        maker_first=to.maker_first,
        offset_bps=toward(current.offset_bps, to.offset_bps, lines.offset_step_bps),
        patience_s=patience_s,
        reprices=current.reprices + int(math.copysign(min(1, abs(to.reprices - current.reprices)), to.reprices - current.reprices)),
        taker_bias_frac=toward(current.taker_bias_frac, to.taker_bias_frac, lines.taker_bias_step_frac),
    )


def toward(now: float, to: float, step: float) -> float:
    """One step on the way."""
    return min(max(to, now - step), now + step)


def outside_step(now: RouterPolicy, to: RouterPolicy, steps: tuple[float, float], most: tuple[float, float]) -> str | None:
    """Which number of a proposal is out of bounds or more than a step away, in words; steps and bounds are offset's and taker bias's."""
    for name, at, end, step, bound in (
        ("offset_bps", now.offset_bps, to.offset_bps, steps[0], most[0]),
        ("taker_bias_frac", now.taker_bias_frac, to.taker_bias_frac, steps[1], most[1]),
        ("reprices", now.reprices, to.reprices, 1, MOST_REPRICES),
    ):
        if not 0 <= end <= max(bound, at):
            return f"{name} was {end}, must be in [0, {bound}]"
        if abs(end - at) > step + 1e-9:
            return f"{name} moved from {at} to {end}, a step is at most {step}"
    if not now.patience_s / PATIENCE_STEP - 1e-9 <= to.patience_s <= now.patience_s * PATIENCE_STEP + 1e-9:
        return f"patience_s moved from {now.patience_s} to {to.patience_s}, a step is at most a factor of {PATIENCE_STEP}"
    return None
