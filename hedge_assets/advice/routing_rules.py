"""What routing evidence calls for: one bounded step away from the routing in force, the first rule that speaks."""

from collections.abc import Callable
from typing import Any

import msgspec

from executor.records.trading import RouterPolicy
from hedge_assets.advice.routing_evidence import RoutingEvidence, saving
from hedge_assets.settings import Telemetry

MOST_REPRICES = 5
PATIENCE_STEP = 1.25
MOST_PATIENCE_S = 60.0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule proposes, in words, and what it is expected to save."""

    routing: RouterPolicy
    words: str
    saves: tuple[float, float, float] | None = None
    unsaid: str | None = None


def stop_quoting(current: RouterPolicy, evidence: RoutingEvidence, telemetry: Telemetry) -> Finding | None:
    """Quoting first has cost more than taking, beyond doubt: take."""
    quoted, taken = evidence.quoted, evidence.taken
    gain = saving(quoted, taken)
    if not current.maker_first or gain is None or min(quoted.n, taken.n) < telemetry.min_fills or gain[1].low <= 0:
        return None
    words = (
        f"quoting first cost {quoted.cost_bps:.2f} bps over {quoted.n} intents, taking {taken.cost_bps:.2f} over {taken.n}: "
        f"taking saves {gain[0]:.2f} ({gain[1].low:.2f} to {gain[1].high:.2f})"
    )
    return Finding(routing=changed(current, maker_first=False), words=words, saves=(gain[0], gain[1].low, gain[1].high))


def start_quoting(current: RouterPolicy, evidence: RoutingEvidence, telemetry: Telemetry) -> Finding | None:
    """Taking has cost more than quoting first, beyond doubt: quote."""
    quoted, taken = evidence.quoted, evidence.taken
    gain = saving(taken, quoted)
    if current.maker_first or gain is None or min(quoted.n, taken.n) < telemetry.min_fills or gain[1].low <= 0:
        return None
    words = (
        f"taking cost {taken.cost_bps:.2f} bps over {taken.n} intents, quoting first {quoted.cost_bps:.2f} over {quoted.n}: "
        f"quoting saves {gain[0]:.2f} ({gain[1].low:.2f} to {gain[1].high:.2f})"
    )
    return Finding(routing=changed(current, maker_first=True), words=words, saves=(gain[0], gain[1].low, gain[1].high))


def step_back(current: RouterPolicy, evidence: RoutingEvidence, telemetry: Telemetry) -> Finding | None:
    """Too many quotes were refused for crossing: quote further behind the touch."""
    rejected = evidence.reject_frac
    if not current.maker_first or rejected is None or rejected <= telemetry.degraded_reject_frac:
        return None
    offset = min(current.offset_bps + telemetry.offset_step_bps, max(telemetry.max_offset_bps, current.offset_bps))
    words = (
        f"{rejected:.1%} of {evidence.post_only_orders} post-only quotes were refused, the line is {telemetry.degraded_reject_frac:.1%}: "
        f"quote {offset:.2f} bps behind the touch instead of {current.offset_bps:.2f}"
    )
    return Finding(routing=changed(current, offset_bps=offset), words=words, unsaid="what a refused quote costs is not measured")


def dodge(current: RouterPolicy, evidence: RoutingEvidence, telemetry: Telemetry) -> Finding | None:
    """The market runs through our quotes, beyond doubt: quote further behind the touch."""
    high = evidence.maker_markout_high_bps
    enough = evidence.maker_markouts >= telemetry.min_fills
    if not current.maker_first or high is None or not enough or high >= -telemetry.hot_slippage_bps:
        return None
    offset = min(current.offset_bps + telemetry.offset_step_bps, max(telemetry.max_offset_bps, current.offset_bps))
    words = (
        f"a minute after {evidence.maker_markouts} maker fills the mid stood at {evidence.maker_markout_bps:.2f} bps "
        f"(at best {high:.2f}; below 0 is against us), the line is -{telemetry.hot_slippage_bps:.2f}: "
        f"quote {offset:.2f} bps behind the touch instead of {current.offset_bps:.2f}"
    )
    return Finding(routing=changed(current, offset_bps=offset), words=words, unsaid="fills at another offset are not measured")


def come_closer(current: RouterPolicy, evidence: RoutingEvidence, telemetry: Telemetry) -> Finding | None:
    """Too many quotes end in taking: quote nearer to the touch, else wait longer."""
    fell = evidence.fallback_frac
    if not current.maker_first or fell is None or fell <= telemetry.heavy_fallback_frac or evidence.quoted.n < telemetry.min_fills:
        return None
    if current.offset_bps > 0:
        to = changed(current, offset_bps=max(0.0, current.offset_bps - telemetry.offset_step_bps))
        change = f"quote {to.offset_bps:.2f} bps behind the touch instead of {current.offset_bps:.2f}"
    elif current.reprices < MOST_REPRICES:
        to = changed(current, reprices=current.reprices + 1)
        change = f"quote again {to.reprices} times instead of {current.reprices}"
    else:
        to = changed(current, patience_s=min(current.patience_s * PATIENCE_STEP, MOST_PATIENCE_S))
        change = f"wait {to.patience_s:.1f} s a quote instead of {current.patience_s:.1f}"
    excess = fell - telemetry.heavy_fallback_frac
    gain = saving(evidence.fallback, evidence.kept, excess)
    words = (
        f"{fell:.1%} of {evidence.quoted.n} quoted intents fell back to taking, the line is {telemetry.heavy_fallback_frac:.1%}: {change}"
    )
    if gain is None:
        return Finding(routing=to, words=words, unsaid="an interval needs 3 intents that fell back and 3 that did not")
    words += f"; if fallbacks come down to the line that saves {gain[0]:.2f} bps an intent"
    return Finding(routing=to, words=words, saves=(gain[0], gain[1].low, gain[1].high))


Rule = Callable[[RouterPolicy, RoutingEvidence, Telemetry], Finding | None]
RULES: tuple[tuple[str, Rule], ...] = tuple((rule.__name__, rule) for rule in (stop_quoting, start_quoting, step_back, dodge, come_closer))


def changed(current: RouterPolicy, **to: Any) -> RouterPolicy:
    """The routing in force with one thing changed."""
    return msgspec.structs.replace(current, **to)
