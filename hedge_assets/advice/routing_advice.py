"""What to suggest for one symbol's routing: hold, one step, take back what made it worse, or let go what is not recommended.

The first of these that holds decides: too few intents since the last step; the last step made it worse (take it back); its kind
is not recommended (let it end); what it was made on has left the window (let it end, and see again); the first rule that speaks, unless
its kind is not recommended, it was taken back here before, or it would be a step back that is not due.
"""

from collections.abc import Sequence

import msgspec

from hedge_assets.advice.routing_evidence import RoutingEvidence
from hedge_assets.advice.routing_rules import RULES, Case, Finding, Rule
from hedge_assets.advice.scoring import Judged, Score
from hedge_assets.advice.steadiness import UNDO, History, further_back, one_step, reverses
from hedge_assets.document import moment
from hedge_assets.settings import Telemetry

NOT_RECOMMENDED = "not_recommended"
MOST_BPS = 1e5
SURE_TIMES = 3


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Which rule decided, why in words, and what it proposes (null to hold on to what is in force)."""

    rule: str
    words: str
    found: Finding | None = None


def advised(case: Case, history: History, judged: Judged, *, symbol: str, since_us: int) -> Advice:
    """The advice for one symbol; `since_us` is when its window begins."""
    n, floor = case.evidence.n, case.lines.min_fills
    if n < floor:
        after = f" since {history.rule or 'plain settings'} came into force" if history.before is not None else ""
        return Advice(rule="sample_floor", words=f"{n} worked intents of {floor} needed{after}")
    score = judged.newest(symbol) if history.is_suggested else None
    return taken_back(case, history, judged, score) or let_go(history, judged, score, since_us) or ruled(case, history, judged, score)


def taken_back(case: Case, history: History, judged: Judged, score: Score | None) -> Advice | None:
    """What the last step changed is changed back, where it surely made it worse over as many intents as condemn a kind: a look at each
    refresh would find a loss by chance on fewer. A step back itself is not taken back."""
    if score is None or score.verdict != "made it worse" or score.n < case.lines.min_scored:
        return None
    if history.before is None or history.rule == UNDO or judged.against(UNDO):
        return None
    to = one_step(case.current, history.before, case.lines)
    if to == case.current or score.realised is None or score.realised_low is None or score.realised_high is None:
        return None
    words = (
        f"{history.rule} made it worse: it saved {score.realised:.2f} bps an intent "
        f"({score.realised_low:.2f} to {score.realised_high:.2f}, the line is 0) "
        f"over {score.n} intents against {score.n_before} before: it is taken back"
    )
    return Advice(rule=UNDO, words=words, found=Finding(routing=to, words=words, saves=mirrored(score)))


def mirrored(score: Score) -> tuple[float, float, float]:
    """What taking a step back is expected to save: what the step lost."""
    return -(score.realised or 0.0), -(score.realised_high or 0.0), -(score.realised_low or 0.0)


def let_go(history: History, judged: Judged, score: Score | None, since_us: int) -> Advice | None:
    """What is in force by a suggestion is let end, where its kind loses and it did not prove itself, or nothing speaks for it any more."""
    if not history.is_suggested or history.stretch is None:
        return None
    if (against := judged.against(history.rule)) is not None and (score is None or score.verdict != "kept its promise"):
        return Advice(rule=NOT_RECOMMENDED, words=f"{against}; what is in force by it may end")
    if history.rule == "stop_quoting" and history.stretch.since_us < since_us:
        words = f"quoting was last tried before {moment(since_us):%Y-%m-%d %H:%M} UTC: what is in force may end, so that it is tried again"
        return Advice(rule=NOT_RECOMMENDED, words=words)
    return None


def ruled(case: Case, history: History, judged: Judged, score: Score | None) -> Advice:
    """The first rule that speaks and may."""
    silenced: list[str] = []
    spent: list[str] = []
    for name, rule in RULES:
        found = rule(case)
        if found is None:
            continue
        if found.routing == case.current:
            spent.append(found.words)
            continue
        against = judged.against(name)
        if against is not None or name in history.undone:
            silenced.append(against or f"{name} was taken back here within the window")
            continue
        held = why_held(case, history, score, rule=rule, found=found)
        return Advice(rule=name, words=found.words, found=found) if held is None else Advice(rule="held", words=held)
    if silenced:
        return Advice(rule="held" if history.is_suggested else NOT_RECOMMENDED, words="; ".join(silenced))
    if spent:
        return Advice(rule="nothing_left", words="; ".join(spent))
    return Advice(rule="inside_bands", words=unmoved(case))


def why_held(case: Case, history: History, score: Score | None, *, rule: Rule, found: Finding) -> str | None:
    """Why a step back is not made yet; null for a step that is none, or is due."""
    if not reverses(history.before, case.current, found.routing):
        return None
    if score is not None and score.n < case.lines.min_fills:
        return f"{found.words}: not yet, {history.rule} goes the other way and is judged on {score.n} intents of {case.lines.min_fills}"
    second = rule(msgspec.structs.replace(case, lines=further_back(case.lines)))
    if second is None:
        more = f"the line for a step back is {case.lines.hysteresis_frac:.0%} further"
        return f"{found.words}: not yet, the last step went the other way, and {more}"
    return None


def unmoved(case: Case) -> str:
    """Why no rule spoke."""
    evidence = case.evidence
    if evidence.quoted.n == 0 and evidence.post_only_orders == 0:
        return f"all {evidence.n} worked intents were taken at once: there is nothing to judge quoting by"
    return f"every measure of {evidence.n} worked intents is inside its band"


def telling(looks: Sequence[RoutingEvidence], lines: Telemetry) -> RoutingEvidence:
    """Of looks back over windows, shortest first, the first with three times the least sample (a change is seen soon); else the last."""
    return next((each for each in looks if each.n >= SURE_TIMES * lines.min_fills), looks[-1])


def sayable(found: Finding | None) -> tuple[tuple[float, float, float] | None, str | None]:
    """The expected saving with its bounds, or why there is none."""
    if found is None:
        return None, "nothing is proposed"
    if found.saves is None:
        return None, found.unsaid
    if max(abs(value) for value in found.saves) > MOST_BPS:
        return None, f"an estimate beyond {MOST_BPS:g} bps is none"
    return found.saves, None
