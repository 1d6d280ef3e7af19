"""One intent's chain as a tree: what was seen, asked, judged, sized, routed, sent, filled, what it cost and which trade it became. Pure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

import msgspec

from executor.records.orders import Boot, Fill, PolicyChanged
from executor.records.trading import Approved, Decision, Intent, RuleCheck, Vetoed
from executor.settings import Lines, Settings, lines_of
from executor.sizing.wanted import fixed_usd, targeted_usd, weight_scale
from hedge_assets.explaining.search import Found
from hedge_assets.explaining.story import Story
from hedge_assets.explaining.trades import Outcome
from hedge_assets.explaining.tree import Node, node
from hedge_assets.explaining.words import (
    bps,
    changed_words,
    has_no_numbers,
    intent_words,
    num,
    order_words,
    policy_words,
    quote_words,
    rule_words,
    share,
    slice_words,
    usd,
)
from hedge_assets.folds.execution_rows import FALLBACK, HORIZONS_S, FillRow, WorkedIntent
from hedge_assets.folds.roundtrips import ClosedTrade, OpenTrade


def intent_nodes(story: Story, outcome: Outcome, *, asked: str, sources: Sequence[Node] = ()) -> Iterator[Node]:
    """The chain, in the order it happened; `sources` tell where suggestions in force came from."""
    decided = first_of(story, Decision)
    if story.quote is not None:
        yield node("quote", quote_words(story.quote.record), story.quote)  # type: ignore[arg-type]
    if decided is not None:
        yield features(decided)
    wished = first_of(story, Intent)
    if wished is not None:
        yield marked(node("intent", intent_words(wished.record), wished), asked in (story.intent_id, wished.at))  # type: ignore[arg-type]
    if decided is not None:
        yield from decision_nodes(story, decided, sources)
    yield from order_nodes(story, asked)
    yield from cost_nodes(story, outcome)
    yield from trade_nodes(outcome)


def first_of(story: Story, kind: type) -> Found | None:
    """The story's record of a kind."""
    return next((each for each in story.records if isinstance(each.record, kind)), None)


def marked(each: Node, is_asked: bool) -> Node:  # noqa: FBT001
    """The node, with the mark of what was asked for."""
    return Node(each.what, each.text, each.at, each.ts_us, each.data, each.children, is_asked)


def features(decided: Found) -> Node:
    """The slice of the view that the decision was made on."""
    assert isinstance(decided.record, Decision)
    view = decided.record.slice
    lines = tuple(Node(what, text) for what, text in slice_words(view))
    return Node("features", "as the decision saw them", decided.at, view.ts_us, msgspec.to_builtins(view), lines)


def decision_nodes(story: Story, decided: Found, sources: Sequence[Node]) -> Iterator[Node]:
    """Risk, size, route and policy of a decision."""
    record = decided.record
    assert isinstance(record, Decision)
    verdict = record.verdict
    rules = tuple(rule_nodes(verdict.checks))
    if isinstance(verdict, Vetoed):
        yield node("risk", f"{record.pipeline} vetoed by {verdict.rule}: {verdict.detail}; mode {verdict.mode}", decided, *rules)
    else:
        said = f"{record.pipeline} approved at most {usd(verdict.budget_usd)}, mode {verdict.mode}; {counted(verdict.checks)}"
        yield node("risk", said, decided, *rules)
    yield from (Node("size", text, decided.at, record.ts_us) for text in size_words(story, record))
    if record.plan is not None:
        plan = record.plan
        price = "at the market" if plan.limit_price is None else f"at {num(plan.limit_price)}"
        waits = f", {num(plan.patience_s)} s a quote, {plan.reprices} reprices, {'taker fallback' if plan.fallback else 'no fallback'}"
        text = (
            f"{plan.style} {plan.side} {num(plan.qty)} {price}, offset {num(plan.offset_bps)} bps{waits if plan.style == 'maker' else ''}"
        )
        text += ", reduce-only" if plan.reduce_only else ""
        yield Node("route", text, decided.at, record.ts_us, msgspec.to_builtins(plan))
    changes = tuple(node("changed", changed_words(each.record), each) for each in story.changes if isinstance(each.record, PolicyChanged))
    below = (*changes, *sources, limits_node(story, record))
    yield Node("policy", policy_words(record.policy), decided.at, record.ts_us, msgspec.to_builtins(record.policy), below)


def rule_nodes(checks: Sequence[RuleCheck]) -> Iterator[Node]:
    """Every rule in the order they were tried; those that came to the same without looking at a number share a line."""
    for _, some in groupby(checks, lambda check: check.outcome if has_no_numbers(check) else check.rule):
        same = list(some)
        yield Node("", rule_words(*same), data=msgspec.to_builtins(same[0] if len(same) == 1 else same))


def limits_node(story: Story, record: Decision) -> Node:
    """The process and the limits that the decision was made under."""
    if story.boot is None or not isinstance(story.boot.record, Boot):
        return Node("limits", f"{record.limits_hash}; the boot record that names them is not in the journal")
    boot = story.boot.record
    said = f"{record.limits_hash} of boot {boot.boot}: pipeline {boot.pipeline}, settings {boot.settings_hash}"
    return Node("limits", said, story.boot.at, boot.ts_us, {"flags": boot.flags, "settings": boot.settings})


def counted(checks: Sequence[RuleCheck]) -> str:
    """How many rules came to what."""
    words = dict.fromkeys(check.outcome for check in checks)
    return ", ".join(f"{sum(check.outcome == word for check in checks)} {word}" for word in words)


def size_words(story: Story, record: Decision) -> Iterator[str]:
    """What size was wanted, what cut it, and what is left."""
    wish, clamps = story.intent, [check.rule for check in record.verdict.checks if check.outcome == "clamp"]
    if wish is None or record.slice.nav_usd is None:
        return
    if wish.purpose == "exit":
        if record.qty is not None:
            yield f"{num(record.qty)} of the {num(wish.qty)} asked for, {usd(record.notional_usd)}: what is held, no cap limits an exit"
        return
    found = wanted(story, record)
    why = (
        "the boot record that names the limits is not in the journal"
        if story.boot is None
        else "the boot record's settings are of another version"
    )
    said = found if found is not None else f"what was wanted is not known: {why}"
    cut = f", cut by {', '.join(clamps)}" if clamps else ""
    left = "" if record.qty is None else f"; {num(record.qty)} {story.symbol} ({usd(record.notional_usd)}) after rounding down to the step"
    if isinstance(record.verdict, Vetoed):
        said = said.replace("wanted", "would have wanted", 1)
    approved = f"{cut} to {usd(record.verdict.budget_usd)}" if isinstance(record.verdict, Approved) and clamps else ""
    yield f"{said}{approved}{left}"


def wanted(story: Story, record: Decision) -> str | None:
    """The size before caps in words, by the pipeline's own formula; null where its settings cannot be read."""
    lines = lines_in_force(story)
    wish, view, policy = story.intent, record.slice, record.policy
    if lines is None or wish is None or view.nav_usd is None:
        return None
    if record.pipeline == "v5":
        size = fixed_usd(wish, lines.limits, view.nav_usd)
        return f"wanted {usd(size)} = trade_frac {num(lines.limits.trade_frac)} x NAV {usd(view.nav_usd)} x strength {num(wish.strength)}"
    size = targeted_usd(wish, view, policy, lines=lines, mode=record.verdict.mode, nav_usd=view.nav_usd)
    target = f"target volatility {num(lines.candidate.target_vol_bps)} bps over {num(view.vol_bps)} bps"
    bounds = f"share within {num(lines.candidate.min_trade_frac)}..{num(lines.candidate.max_trade_frac)} of NAV {usd(view.nav_usd)}"
    factor = num(weight_scale(policy.weight_frac, lines.limits))
    weight = "no weight" if policy.weight_frac is None else f"weight {num(policy.weight_frac)} (factor {factor})"
    return f"wanted {usd(size)}: {target}, {bounds}, strength {num(wish.strength)}, mode {record.verdict.mode}, {weight}"


def lines_in_force(story: Story) -> Lines | None:
    """The limits of the process that decided; null where they are not known to this version."""
    if story.boot is None or not isinstance(story.boot.record, Boot):
        return None
    try:
        return lines_of(msgspec.convert(story.boot.record.settings, type=Settings))
    except msgspec.ValidationError:
        return None


def order_nodes(story: Story, asked: str) -> Iterator[Node]:
    """Every sending with what came back, and how the work ended."""
    rest = [each for each in story.records if not isinstance(each.record, Intent | Decision)]
    for each in rest:
        what, text = order_words(each.record)
        names = (getattr(each.record, name, None) for name in ("client_id", "order_id", "trade_id"))
        is_asked = each.at == asked or (asked in names and what in ("submit", "ack", "fill") and is_first(each, rest, asked))
        yield marked(node(what, text, each), is_asked)
    if not rest:
        yield Node("orders", "none was sent")


def is_first(found: Found, rest: Sequence[Found], asked: str) -> bool:
    """Whether a record is the first that is named so."""
    named = (each for each in rest if asked in (getattr(each.record, name, None) for name in ("client_id", "order_id", "trade_id")))
    return next(named, None) is found


def cost_nodes(story: Story, outcome: Outcome) -> Iterator[Node]:
    """What each fill cost beside the mids it is judged by, and the intent as a whole."""
    where = {each.record.trade_id: each.at for each in story.fills if isinstance(each.record, Fill)}
    for row in outcome.rows:
        yield Node("judged", f"{row.trade_id}: {row_words(row)}", where.get(row.trade_id), row.ts_us, plain_row(row))
    if outcome.worked is not None:
        yield Node("shortfall", worked_words(outcome.worked), data=plain_row(outcome.worked))


def row_words(row: FillRow) -> str:
    """A fill's costs and what the mid did afterwards."""
    after = ", ".join(f"{horizon} s {bps(moved)}" for horizon, moved in zip(HORIZONS_S, row.markouts_bps, strict=True))
    decided = f"{bps(row.decision_bps)} of decision mid {num(row.mid_decision)}"
    costs = f"slippage {bps(row.slippage_bps)} of arrival mid {num(row.mid_arrival)}, {decided}"
    if row.step == FALLBACK:
        costs += f", {bps(row.extra_bps)} beyond taking at once"
    times = f"acknowledged in {num(row.ack_ms)} ms, filled in {num(row.fill_ms)} ms"
    return f"{costs}, effective {bps(row.effective_bps)}; markouts {after}; {times}"


def worked_words(row: WorkedIntent) -> str:
    """Implementation shortfall and its parts."""
    if row.cost_bps is None:
        return f"not known: {row.reason}"
    parts = (("fees", row.explicit_bps), ("delay", row.delay_bps), ("impact", row.impact_bps), ("opportunity", row.opportunity_bps))
    said = " ".join(f"{name} {bps(value)}" for name, value in parts)
    tries = f"{row.orders} orders, {row.quotes} quoted, {row.fallbacks} fallbacks, {row.rejects} refused"
    return f"{bps(row.cost_bps)} = {said}; route {row.route}, path {row.path}, {tries}; first fill after {num(row.first_fill_ms)} ms"


def trade_nodes(outcome: Outcome) -> Iterator[Node]:
    """The trade from flat to flat that the fills belong to."""
    fills = tuple(node(*order_words(each.record), each) for each in outcome.fills if isinstance(each.record, Fill))
    for trade in outcome.closed:
        own = tuple(each for each in fills if trade.opened_us <= (each.ts_us or 0) <= trade.closed_us)
        yield Node("trade", trade_words(trade), None, None, plain_row(trade), own)
    if outcome.open is not None:
        own = tuple(each for each in fills if (each.ts_us or 0) >= outcome.open.opened_us)
        yield Node("trade", open_words(outcome.open), data=msgspec.to_builtins(outcome.open), children=own)
    if outcome.note is not None:
        yield Node("note", outcome.note)


def plain_row(row: FillRow | WorkedIntent | ClosedTrade) -> dict[str, object]:
    """A row's fields by name; a trade's number is left out: only the whole journal knows it."""
    return {name: plain for name, plain in zip(row.__struct_fields__, msgspec.to_builtins(row), strict=True) if name != "number"}


def trade_words(trade: ClosedTrade) -> str:
    """A closed trade."""
    risk = trade.initial_risk_usd
    in_r = "no stop, so no R" if not risk else f"{float(trade.net) / risk:+.2f} R of {usd(risk)} at risk"
    prices = f"{trade.side} {num(trade.qty)} from {num(rounded(trade.entry_price))} to {num(rounded(trade.exit_price))}"
    money = f"net {usd(trade.net)} = gross {usd(trade.gross)} less fees {usd(trade.fees)} with funding {usd(trade.funding)}; {in_r}"
    went = f"price went {num(trade.adverse_bps)} bps against and {num(trade.favourable_bps)} bps for it"
    left = f"left by {trade.exit_intent_id or 'nobody here'} ({trade.exit_reason})"
    why = f"entered by {trade.intent_id or 'nobody here'} ({trade.entry_reason}), {left}"
    held = (trade.closed_us - trade.opened_us) / 1e6
    return f"{trade.symbol} {prices} in {num(held)} s; {money}; {went}; maker {share(trade.maker_frac)}, regime {trade.regime}; {why}"


def open_words(trade: OpenTrade) -> str:
    """A trade that is not over."""
    held = f"{num(trade.entry_qty)} in, {num(trade.exit_qty)} out, booked {usd(trade.booked_usd)} so far"
    return f"{trade.symbol} {trade.side} still open: {held}; entered by {trade.intent_id} ({trade.entry_reason})"


def rounded(price: Decimal) -> Decimal:
    """An average price to ten digits."""
    return Decimal(f"{price:.10g}")
