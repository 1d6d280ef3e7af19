"""Numbers and records in a few words. Pure."""

from decimal import Decimal

from executor.records.base import Record
from executor.records.market import Quote
from executor.records.orders import (
    Ack,
    Cancel,
    Ended,
    Expire,
    Fill,
    PolicyChanged,
    Reject,
    Resolved,
    Submit,
    SuggestionRefused,
    Triggered,
    Unknown,
)
from executor.records.trading import Intent, Policy, RouterPolicy, RuleCheck, Slice

Number = float | Decimal | None
LARGE = 1_000


def num(value: Number) -> str:
    """A number as a person writes it: six digits, or cents above a thousand; `unknown` for null. Exact decimals stay as they are."""
    if value is None:
        return "unknown"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value:,.2f}".removesuffix(".00") if abs(value) >= LARGE else f"{value:.6g}"


def usd(value: Number) -> str:
    """Money to the cent, or finer where there is less of it."""
    if value is None:
        return "unknown"
    return f"{value:,.2f} USD" if value == 0 or abs(float(value)) >= 1 else f"{value:.4f} USD"


def bps(value: float | None) -> str:
    """Basis points, with their sign."""
    return "unknown" if value is None else f"{value:+.2f} bps"


def share(value: float | None) -> str:
    """A share of one in percent."""
    return "unknown" if value is None else f"{value:.2%}"


def quote_words(quote: Quote) -> str:
    """Both sides of a quote."""
    last = "" if quote.last is None else f", last {num(quote.last)}"
    return f"{quote.symbol} bid {num(quote.bid)} x {num(quote.bid_qty)}, ask {num(quote.ask)} x {num(quote.ask_qty)}{last} ({quote.source})"


def slice_words(view: Slice) -> tuple[tuple[str, str], ...]:
    """What a decision looked at, by what it is about."""
    return (
        ("market", market_words(view)),
        ("book", book_words(view)),
        ("account", account_words(view)),
        ("router", router_state_words(view)),
    )


def market_words(view: Slice) -> str:
    """The market as it was seen, and the venue's rules."""
    seen = f"mid {num(view.mid)}, spread {view.spread_bps:.2f} bps, quote {num(view.quote_age_s)} s old"
    rules = f"tick {num(view.tick_size)}, step {num(view.step_size)}, at least {num(view.min_qty)} and {usd(view.min_notional_usd)}"
    return f"{seen}, volatility {num(view.vol_bps)} bps per root minute; tier {view.tier}, {rules}, leverage up to {view.max_leverage}"


def book_words(view: Slice) -> str:
    """What was held."""
    held = "flat" if not view.position_qty else f"{num(view.position_qty)} at {num(view.entry_price)} ({usd(view.symbol_usd)})"
    sums = f"tier {usd(view.tier_usd)}, gross {usd(view.gross_usd)}, net {usd(view.net_usd)}, {view.open_positions} open"
    exited = "no exit yet" if view.since_exit_s is None else f"last exit {num(view.since_exit_s)} s ago"
    return f"{view.symbol} {held}, {sums}, {exited}, {view.entries_last_minute} entries in the last minute"


def account_words(view: Slice) -> str:
    """What there was to trade with."""
    began = f"day began at {usd(view.day_start_nav_usd)}, week at {usd(view.week_start_nav_usd)}"
    nav = f"NAV {usd(view.nav_usd)} ({num(view.nav_age_s)} s old), peak {usd(view.peak_nav_usd)}"
    return f"{nav}, {began}, available {usd(view.available_usd)}"


def router_state_words(view: Slice) -> str:
    """How orders fared lately."""
    fates = f"{view.errors_in_window} errors, {view.unknown_orders} orders of unknown fate"
    halted = "halted" if view.halted else "not halted"
    return f"refused {share(view.reject_frac)}, fell back {share(view.fallback_frac)}, {fates}, {halted}"


def intent_words(intent: Intent) -> str:
    """What was asked for, and why."""
    asked = "" if intent.qty is None else f" {num(intent.qty)}"
    parts = (("stop", intent.stop_bps, "bps"), ("target", intent.take_bps, "bps"), ("time limit", intent.timeout_s, "s"))
    exits = [f"{name} {num(value)} {unit}" for name, value, unit in parts if value is not None]
    return f"{intent.strategy}: {intent.purpose} {intent.side}{asked} {intent.symbol}, {intent.reason}; " + ", ".join(
        [f"strength {num(intent.strength)}", *exits]
    )


def has_no_numbers(check: RuleCheck) -> bool:
    """Whether a rule looked at no number: it does not apply, or is not about one."""
    return check.value is None and check.limit is None


def rule_words(check: RuleCheck, *same: RuleCheck) -> str:
    """One rule with its numbers, or several that came to the same without one."""
    if has_no_numbers(check):
        count = f" ({1 + len(same)} rules)" if same else ""
        return f"{check.outcome:<7}{', '.join(each.rule for each in (check, *same))}{count}"
    return f"{check.outcome:<7}{check.rule:<21}{num(check.value)}  (limit {num(check.limit)})"


def router_words(router: RouterPolicy) -> str:
    """A routing policy."""
    style = "maker first" if router.maker_first else "taker"
    return (
        f"{style}, offset {num(router.offset_bps)} bps, patience {num(router.patience_s)} s, {router.reprices} reprices, "
        f"taker bias {num(router.taker_bias_frac)}"
    )


def policy_words(policy: Policy) -> str:
    """What steered a decision: routing, weight and caps, each with its version."""
    caps = (("symbol cap", policy.symbol_cap_frac), ("trade cap", policy.trade_cap_frac))
    said = [f"{name} {share(value)} of NAV" for name, value in caps if value is not None]
    weight = "no weight" if policy.weight_frac is None else f"weight {num(policy.weight_frac)}"
    return f"routing by {policy.version}: {router_words(policy.router)}; size by {policy.weight_version}: {', '.join([weight, *said])}"


def changed_words(record: PolicyChanged) -> str:
    """A change of policy, before and after."""
    low, high = bps(record.expected_low_bps), bps(record.expected_high_bps)
    hoped = "" if record.expected_bps is None else f"; hoped for {bps(record.expected_bps)} ({low} to {high}, n {record.n})"
    rule = f" by rule {record.rule}" if record.rule else ""
    return (
        f"{record.suggestion} of {record.symbol} changed{rule}: {record.reason}{hoped}; before: {policy_words(record.before)}; "
        f"after: {policy_words(record.after)}"
    )


def order_words(record: Record) -> tuple[str, str]:
    """An order's record: its kind, and what it says."""
    if isinstance(record, Submit):
        price = "at the market" if record.price is None else f"at {num(record.price)}"
        marks = "".join(f", {word}" for word, is_so in (("post-only", record.post_only), ("reduce-only", record.reduce_only)) if is_so)
        if record.trigger is not None:
            waits = f"{price} once the {record.trigger.by} price is at {num(record.trigger.price)} or beyond"
            return "submit", f"{record.client_id}: {record.step} {record.side} {num(record.qty)} {waits}{marks}; {record.reason}"
        return "submit", f"{record.client_id}: {record.step} {record.side} {num(record.qty)} {price}{marks}; mid then {num(record.mid)}"
    if isinstance(record, Ack):
        took = "" if record.latency_us is None else f", {record.latency_us / 1e3:.1f} ms after sending by the monotonic clock"
        return "ack", f"{record.client_id} is {record.order_id} at the venue{took}"
    if isinstance(record, Triggered):
        return "triggered", f"{record.client_id}: its price came, it is {record.order_id} in the venue's book"
    if isinstance(record, Fill):
        return "fill", fill_words(record)
    return other_words(record)


def fill_words(record: Fill) -> str:
    """A fill."""
    traded = f"{record.trade_id}: {record.liquidity} {record.side} {num(record.qty)} at {num(record.price)}"
    came = f"fee {num(record.fee)} {record.fee_asset}, realized {num(record.realized)}, position then {num(record.position_qty)}"
    return f"{traded}, {came}" + (f"; {record.model}" if record.model else "")


def other_words(record: Record) -> tuple[str, str]:
    """What ended an order, or left it open."""
    if isinstance(record, Reject):
        return "reject", f"{record.client_id}: {record.code}, {record.detail}"
    if isinstance(record, Cancel):
        left = "" if record.unfilled_qty is None else f", {num(record.unfilled_qty)} unfilled"
        return "cancel", f"{record.client_id} {record.outcome}: {record.reason}{left}"
    if isinstance(record, Unknown):
        return "unknown", f"{record.client_id}: {record.reason}"
    if isinstance(record, Resolved):
        return "resolved", f"{record.client_id} is {record.fate}: {record.evidence}"
    if isinstance(record, Expire):
        return "expire", f"{record.client_id}: {record.reason}, {num(record.unfilled_qty)} unfilled"
    if isinstance(record, Ended):
        return "ended", f"{num(record.filled_qty)} filled, {num(record.unfilled_qty)} not: {record.reason}"
    if isinstance(record, SuggestionRefused):
        return "refused", f"{record.suggestion} {record.version} {record.symbol or 'whole file'}: {record.reason}"
    said = ((name, getattr(record, name)) for name in record.__struct_fields__ if name != "ts_us")
    return str(record.__struct_config__.tag), ", ".join(f"{name} {plain_value(value)}" for name, value in said)


def plain_value(value: object) -> str:
    """A field's value as a person writes it; what has parts by how many."""
    if isinstance(value, dict | list | tuple):
        return f"({len(value)})"
    if value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool)):
        return num(value)
    return str(value) or "none"
