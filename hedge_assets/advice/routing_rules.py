"""What routing evidence calls for: one bounded step away from the routing in force, the first rule that speaks."""

from collections.abc import Callable
from typing import Any

import msgspec

from executor.records.trading import RouterPolicy
from hedge_assets.advice.routing_evidence import RoutingEvidence, saving
from hedge_assets.document import Shape
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.stats import Interval, wilson

MOST_REPRICES = 5
PATIENCE_STEP = 1.25
LEAST_PATIENCE_S = 1.0
MOST_PATIENCE_S = 60.0
IDLE_FRAC = 0.5


class Waiting(Shape):
    """How long quotes under the routing in force took to be filled whole without a fallback: seconds from the first quote."""

    n: int
    p50_s: float | None
    p95_s: float | None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule proposes, in words, and what it is expected to save."""

    routing: RouterPolicy
    words: str
    saves: tuple[float, float, float] | None = None
    unsaid: str | None = None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule looks at: the routing in force, what happened under it, and the lines."""

    current: RouterPolicy
    evidence: RoutingEvidence
    waiting: Waiting
    lines: Telemetry


def stop_quoting(case: Case) -> Finding | None:
    """Quoting first has cost more than taking, beyond doubt: take."""
    quoted, taken, lines = case.evidence.quoted, case.evidence.taken, case.lines
    gain = saving(quoted, taken)
    if not case.current.maker_first or gain is None or min(quoted.n, taken.n) < lines.min_fills or gain[1].low <= lines.least_saving_bps:
        return None
    words = (
        f"quoting first cost {quoted.cost_bps:.2f} bps over {quoted.n} intents, taking {taken.cost_bps:.2f} over {taken.n}: "
        f"taking saves {gain[0]:.2f} ({gain[1].low:.2f} to {gain[1].high:.2f}, the line is {lines.least_saving_bps:.2f})"
    )
    return Finding(routing=changed(case.current, maker_first=False), words=words, saves=flat(gain))


def start_quoting(case: Case) -> Finding | None:
    """Taking has cost more than quoting first, beyond doubt: quote."""
    quoted, taken, lines = case.evidence.quoted, case.evidence.taken, case.lines
    gain = saving(taken, quoted)
    if case.current.maker_first or gain is None or min(quoted.n, taken.n) < lines.min_fills or gain[1].low <= lines.least_saving_bps:
        return None
    words = (
        f"taking cost {taken.cost_bps:.2f} bps over {taken.n} intents, quoting first {quoted.cost_bps:.2f} over {quoted.n}: "
        f"quoting saves {gain[0]:.2f} ({gain[1].low:.2f} to {gain[1].high:.2f}, the line is {lines.least_saving_bps:.2f})"
    )
    return Finding(routing=changed(case.current, maker_first=True), words=words, saves=flat(gain))


def step_back(case: Case) -> Finding | None:
    """Too many quotes were refused for crossing, beyond doubt: quote further behind the touch."""
    rejected, posted = case.evidence.reject_frac, case.evidence.post_only_orders
    line = case.lines.degraded_reject_frac
    if not case.current.maker_first or rejected is None or posted < case.lines.min_fills or at_least(rejected, posted) <= line:
        return None
    offset = further(case)
    words = (
        f"{rejected:.1%} of {posted} post-only quotes were refused (at least {at_least(rejected, posted):.1%}), the line is {line:.1%}: "
        f"quote {offset:.2f} bps behind the touch instead of {case.current.offset_bps:.2f}"
    )
    return Finding(routing=changed(case.current, offset_bps=offset), words=words, unsaid="what a refused quote costs is not measured")


def dodge(case: Case) -> Finding | None:
    """The market runs through our quotes, beyond doubt: quote further behind the touch."""
    evidence, line = case.evidence, -case.lines.hot_slippage_bps
    high = evidence.maker_markout_high_bps
    if not case.current.maker_first or high is None or evidence.maker_markouts < case.lines.min_fills or high >= line:
        return None
    offset = further(case)
    words = (
        f"a minute after {evidence.maker_markouts} maker fills the mid stood at {evidence.maker_markout_bps:.2f} bps "
        f"(at best {high:.2f}; below 0 is against us), the line is {line:.2f}: "
        f"quote {offset:.2f} bps behind the touch instead of {case.current.offset_bps:.2f}"
    )
    return Finding(routing=changed(case.current, offset_bps=offset), words=words, unsaid="fills at another offset are not measured")


def stop_waiting(case: Case) -> Finding | None:
    """What fills has filled early, and what does not costs more the longer it waits: wait shorter."""
    current, kept, waiting = case.current, case.evidence.kept, case.waiting
    gain = saving(case.evidence.fallback, kept)
    whole_s, p95_s = longest_s(current), waiting.p95_s
    idle = p95_s is not None and waiting.n >= case.lines.min_fills and p95_s < IDLE_FRAC * whole_s / (1 + case.lines.hysteresis_frac)
    if not current.maker_first or not idle or gain is None or gain[1].low <= case.lines.least_saving_bps:
        return None
    patience_s = max(min(LEAST_PATIENCE_S, current.patience_s), current.patience_s / PATIENCE_STEP)
    words = (
        f"95 % of {waiting.n} intents that quotes filled were filled within {p95_s:.1f} s of at most {whole_s:.1f}, and a fallback cost "
        f"{gain[0]:.2f} bps more ({gain[1].low:.2f} to {gain[1].high:.2f}): wait {patience_s:.1f} s a quote instead of "
        f"{current.patience_s:.1f}"
    )
    return Finding(routing=changed(current, patience_s=patience_s), words=words, unsaid="what a shorter wait saves is not measured")


def hurry(case: Case) -> Finding | None:
    """Falling back has cost more than taking at once would have, beyond doubt: lean to taking, which cuts every wait in proportion."""
    current, late, taken, lines = case.current, case.evidence.fallback, case.evidence.taken, case.lines
    gain = saving(late, taken, case.evidence.fallback_frac or 0.0)
    if not current.maker_first or gain is None or min(late.n, taken.n) < lines.min_fills or gain[1].low <= lines.hot_slippage_bps:
        return None
    bias = min(current.taker_bias_frac + lines.taker_bias_step_frac, max(lines.max_taker_bias_frac, current.taker_bias_frac))
    words = (
        f"{late.n} fallbacks cost {late.cost_bps:.2f} bps, taking at once {taken.cost_bps:.2f} over {taken.n} intents: "
        f"waiting in vain cost {gain[0]:.2f} a quoted intent (at least {gain[1].low:.2f}, the line is {lines.hot_slippage_bps:.2f}): "
        f"taker bias {bias:.2f} instead of {current.taker_bias_frac:.2f}"
    )
    return Finding(routing=changed(current, taker_bias_frac=bias), words=words, unsaid="what a shorter wait saves is not measured")


def come_closer(case: Case) -> Finding | None:
    """Too many quotes end in taking, beyond doubt: quote nearer to the touch, else wait longer, where what fills takes its time."""
    fell, quoted, line = case.evidence.fallback_frac, case.evidence.quoted, case.lines.heavy_fallback_frac
    if not case.current.maker_first or fell is None or quoted.n < case.lines.min_fills or at_least(fell, quoted.n) <= line:
        return None
    to, change = nearer(case)
    gain = saving(case.evidence.fallback, case.evidence.kept, fell - line)
    share = f"{fell:.1%} of {quoted.n} quoted intents fell back to taking (at least {at_least(fell, quoted.n):.1%})"
    words = f"{share}, the line is {line:.1%}: {change}"
    if to == case.current:
        return Finding(routing=to, words=words)
    if gain is None:
        return Finding(routing=to, words=words, unsaid="an interval needs 3 intents that fell back and 3 that did not")
    words += f"; if fallbacks come down to the line that saves {gain[0]:.2f} bps an intent"
    return Finding(routing=to, words=words, saves=flat(gain))


def nearer(case: Case) -> tuple[RouterPolicy, str]:
    """The next thing that makes a quote likelier to be filled, and in words; the routing in force where nothing is left."""
    now, lines = case.current, case.lines
    if now.offset_bps > 0:
        to = changed(now, offset_bps=max(0.0, now.offset_bps - lines.offset_step_bps))
        return to, f"quote {to.offset_bps:.2f} bps behind the touch instead of {now.offset_bps:.2f}"
    p95_s = case.waiting.p95_s
    if p95_s is not None and case.waiting.n >= lines.min_fills and p95_s < IDLE_FRAC * longest_s(now):
        return now, f"what fills has filled within {p95_s:.1f} s of {longest_s(now):.1f}: waiting longer would not help"
    if now.taker_bias_frac > 0:
        to = changed(now, taker_bias_frac=max(0.0, now.taker_bias_frac - lines.taker_bias_step_frac))
        return to, f"taker bias {to.taker_bias_frac:.2f} instead of {now.taker_bias_frac:.2f}"
    if now.reprices < MOST_REPRICES:
        to = changed(now, reprices=now.reprices + 1)
        return to, f"quote again {to.reprices} times instead of {now.reprices}"
    to = changed(now, patience_s=max(now.patience_s, min(now.patience_s * PATIENCE_STEP, MOST_PATIENCE_S)))
    return to, f"wait {to.patience_s:.1f} s a quote instead of {now.patience_s:.1f}"


Rule = Callable[[Case], Finding | None]
RULES: tuple[tuple[str, Rule], ...] = tuple(
    (rule.__name__, rule) for rule in (stop_quoting, start_quoting, step_back, dodge, hurry, stop_waiting, come_closer)
)


def at_least(share_frac: float, n: int) -> float:
    """The lower end of a share's interval at 95 % (Wilson 1927)."""
    bounds = wilson(round(share_frac * n), n)
    return 0.0 if bounds is None else bounds.low


def further(case: Case) -> float:
    """One step more behind the touch, in bps."""
    return min(case.current.offset_bps + case.lines.offset_step_bps, max(case.lines.max_offset_bps, case.current.offset_bps))


def longest_s(routing: RouterPolicy) -> float:
    """How long quoting lasts at most before it falls back, in seconds."""
    return routing.patience_s * (1 - routing.taker_bias_frac) * (routing.reprices + 1)


def flat(gain: tuple[float, Interval]) -> tuple[float, float, float]:
    """A saving with its bounds, side by side."""
    return gain[0], gain[1].low, gain[1].high


def changed(current: RouterPolicy, **to: Any) -> RouterPolicy:
    """The routing in force with one thing changed."""
    return msgspec.structs.replace(current, **to)
