"""What happened to orders and money. Prices, quantities, fees and balances are exact decimals."""

from decimal import Decimal
from typing import Any, Literal

import msgspec

from executor.records.base import Record, Side
from executor.records.market import Instrument
from executor.records.trading import Decision, Intent, Policy
from executor.records.tuning import Kind

Liquidity = Literal["maker", "taker"]
Step = Literal["maker", "reprice", "taker", "fallback", "operator", "stop"]
Working = Literal["mark", "last"]


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """What a conditional order waits for at the venue: that the mark price or the last trade (`by`) is at `price` or beyond it, below for
    a sell and above for a buy. From then on it is an order like any other."""

    price: Decimal
    by: Working = "mark"


class Boot(Record, frozen=True, kw_only=True):
    """A process started: who, with which flags, settings and versions. `time` names the clock in use.

    `bar_s` is the bar length that suits the feed, in seconds: what `features.bar_s` is where settings name none. `form` is that of the
    journals from here on (`journal.form`), 0 where it was not said yet.
    """

    boot: str
    account: str
    exchange: str
    feed: str
    pipeline: str
    time: Literal["wall", "feed"]
    flags: dict[str, str]
    settings_hash: str
    settings: dict[str, Any]
    versions: dict[str, str]
    feed_notes: dict[str, Any] = {}
    instruments: tuple[Instrument, ...] = ()
    bar_s: float = 60.0
    form: int = 0


class RulesChanged(Record, frozen=True, kw_only=True):
    """The venue changed its rules while we ran: from here on these instruments are as they are here. `reason` names what changed."""

    instruments: tuple[Instrument, ...]
    reason: str


class Submit(Record, frozen=True, kw_only=True):
    """An order is about to leave. Journaled, and durable, before it does; one sending per `client_id`.

    `price` is null for a market order. `mid` is the mid price at this moment (arrival). With a `trigger` it is a conditional order: it
    waits at the venue, and no mid is known of the moment when it will trade. `reason` says why it is sent where no intent does.
    """

    client_id: str
    intent_id: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal | None
    step: Step
    post_only: bool
    reduce_only: bool
    mid: float | None = None
    trigger: Trigger | None = None
    reason: str = ""


class Ack(Record, frozen=True, kw_only=True):
    """The venue has the order.

    `latency_us` is from sending to this answer by the monotonic clock, from a venue that is not simulated (null from one that
    is: there `ts_us` of the sending and of this are of one clock that never goes back).
    """

    client_id: str
    order_id: str
    symbol: str
    exchange_ts_us: int | None = None
    latency_us: int | None = None


class Triggered(Record, frozen=True, kw_only=True):
    """The price that a conditional order waited for came: it is in the book, under the venue's `order_id` from here on."""

    client_id: str
    order_id: str
    symbol: str
    exchange_ts_us: int | None = None


class Reject(Record, frozen=True, kw_only=True):
    """The venue proved that it did not take the order. `code` is the venue's or ours, in lower case."""

    client_id: str
    symbol: str
    code: str
    detail: str
    post_only: bool = False


class Unknown(Record, frozen=True, kw_only=True):
    """Neither accepted nor refused is proved; new risk in the symbol waits until it is."""

    client_id: str
    symbol: str
    reason: str


class Resolved(Record, frozen=True, kw_only=True):
    """An unknown order's fate is proved: `open`, `filled`, `canceled` or `dead`."""

    client_id: str
    symbol: str
    fate: str
    evidence: str


class Cancel(Record, frozen=True, kw_only=True):
    """A cancel: `asked` by us, `done` by the venue, or `refused` (nothing left to cancel)."""

    client_id: str
    symbol: str
    outcome: Literal["asked", "done", "refused"]
    reason: str
    unfilled_qty: Decimal | None = None


class Expire(Record, frozen=True, kw_only=True):
    """The venue ended the order by its own rules."""

    client_id: str
    symbol: str
    reason: str
    unfilled_qty: Decimal


class Fill(Record, frozen=True, kw_only=True):
    """A part of an order was traded. `fee` is positive when paid; `position_qty` is signed, after it.

    `realized` is the profit of the part that reduced a position, before fees. `model` says how a
    simulated venue came to the price; a real venue leaves it empty. `origin` is empty for orders of this executor, else whose the
    order was: `foreign` (a hand or another program on the account), `liquidation`, `deleveraging`, or `zombie` (ours, proved dead
    before it showed up).
    """

    exchange_ts_us: int
    client_id: str
    order_id: str
    trade_id: str
    symbol: str
    side: Side
    price: Decimal
    qty: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    realized: Decimal
    position_qty: Decimal
    model: str = ""
    origin: str = ""


class Funding(Record, frozen=True, kw_only=True):
    """Funding was settled on a position: `amount` is what the wallet gained (negative when paid).

    Rate and mark are null where the venue's ledger does not tell them; `income_id` is its name there, `exchange_ts_us` its time.
    """

    symbol: str
    amount: Decimal
    rate: float | None
    mark: Decimal | None
    position_qty: Decimal
    income_id: str = ""
    exchange_ts_us: int | None = None


class Transfer(Record, frozen=True, kw_only=True):
    """Money came in (positive) or went out; `income_id` names it in the venue's ledger, at `exchange_ts_us`."""

    asset: str
    amount: Decimal
    reason: str
    income_id: str = ""
    exchange_ts_us: int | None = None


class Adjust(Record, frozen=True, kw_only=True):
    """Our position was set to the venue's, and why; never an invented fill. `entry_price` is the venue's, null where flat or untold."""

    symbol: str
    venue_qty: Decimal
    our_qty: Decimal
    reason: str
    entry_price: Decimal | None = None


class Halt(Record, frozen=True, kw_only=True):
    """New risk stops. `rule` names the brake, or `operator`."""

    rule: str
    detail: str


class Resume(Record, frozen=True, kw_only=True):
    """New risk may be taken again."""

    rule: str
    detail: str


class Fault(Record, frozen=True, kw_only=True):
    """A failure the loop survived: where it happened, and what."""

    where: str
    detail: str


class Ended(Record, frozen=True, kw_only=True):
    """The work on an intent is over: what of it was filled, what was not, and why, in words."""

    intent_id: str
    symbol: str
    filled_qty: Decimal
    unfilled_qty: Decimal
    reason: str


class PolicyChanged(Record, frozen=True, kw_only=True):
    """From here on decisions in a symbol are steered by `after`. `version` is the suggestion's, `settings` where plain settings
    came back; `reason` says in words what was asked, what was clamped by which limit, or why plain settings are back.

    `rule` is the suggestion's rule, `expected_*` what it hopes to save (bps of notional an intent) with its 95 % interval.
    `expires_us` is when it ends unless it is suggested still (microseconds UTC), null where plain settings came back; where `before`
    and `after` are the same under one version, it is suggested still and holds on until then. `asked_hash` of a step is of
    everything that its file asked for, so that a version means one thing; else empty.
    """

    suggestion: Kind
    symbol: str
    before: Policy
    after: Policy
    version: str
    reason: str
    rule: str = ""
    n: int = 0
    expected_bps: float | None = None
    expected_low_bps: float | None = None
    expected_high_bps: float | None = None
    expires_us: int | None = None
    asked_hash: str = ""


class SuggestionRefused(Record, frozen=True, kw_only=True):
    """A suggestion, or one symbol's row of it, was not taken, and why; an empty symbol is the whole file. Journaled once a version."""

    suggestion: Kind
    version: str
    symbol: str
    reason: str


OrderRecord = (
    Boot
    | RulesChanged
    | Intent
    | Decision
    | Submit
    | Ack
    | Triggered
    | Reject
    | Unknown
    | Resolved
    | Cancel
    | Expire
    | Fill
    | Funding
    | Transfer
    | Adjust
    | Halt
    | Resume
    | Fault
    | Ended
    | PolicyChanged
    | SuggestionRefused
)

Report = Ack | Triggered | Reject | Unknown | Resolved | Cancel | Expire | Fill | Funding | Transfer | Adjust | Fault
