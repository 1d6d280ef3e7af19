"""From what a venue said to what is journaled of it. Pure: gives records one by one, each to be taken into the ledger before the next.

Answers, stream events and readings may come twice, late, or in another order than things happened: only what is new is said, trades
are counted by their ids, and an order's end is said once its trades are all there. Nothing is invented: what is not told is asked for
(`executor.protocol.inquiry`).
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from executor.protocol.facts import Accepted, IncomeFact, OrderFact, Refused, TradeFact, Verdict
from executor.protocol.ledger import Ledger, Track, realized
from executor.records.base import sign
from executor.records.orders import Ack, Cancel, Expire, Fault, Fill, Funding, Reject, Report, Resolved, Transfer, Triggered, Unknown

ORIGINS = {"autoclose-": "liquidation", "settlement_autoclose-": "liquidation", "adl_autoclose": "deleveraging"}


class Moment(msgspec.Struct, frozen=True):
    """When something was heard (microseconds UTC, the executor's clock), where from, and how long an answer took (null: no answer)."""

    now_us: int
    source: str
    latency_us: int | None = None


class Sign(msgspec.Struct, frozen=True):
    """What showed an order: the venue's id of it, and its time (microseconds UTC, null where untold)."""

    order_id: str
    ts_us: int | None


def on_verdict(ledger: Ledger, client_id: str, verdict: Verdict, at: Moment) -> Iterator[Report]:
    """What became of the one sending of an order."""
    track = ledger.live.get(client_id)
    if isinstance(verdict, Accepted):
        yield from on_order(ledger, verdict.order, at)
    elif track is None:
        return
    elif isinstance(verdict, Refused) and not verdict.exists:
        yield from _on_refused(track, verdict, at)
    elif track.phase == "sent":
        reason = verdict.detail if isinstance(verdict, Refused) else verdict.reason
        yield Unknown(at.now_us, client_id=client_id, symbol=track.symbol, reason=reason)


def _on_refused(track: Track, verdict: Refused, at: Moment) -> Iterator[Report]:
    if track.phase == "open":
        detail = f"{track.client_id} was seen at the venue, and its sending was answered with {verdict.code}: {verdict.detail}"
        yield Fault(at.now_us, where="protocol.contradiction", detail=detail)
        return
    if track.phase == "unsure":
        yield Resolved(at.now_us, client_id=track.client_id, symbol=track.symbol, fate="dead", evidence=f"refused: {verdict.code}")
        return
    yield Reject(
        at.now_us,
        client_id=track.client_id,
        symbol=track.symbol,
        code=verdict.code,
        detail=verdict.detail,
        post_only=verdict.post_only,
    )


def on_order(ledger: Ledger, fact: OrderFact, at: Moment) -> Iterator[Report]:
    """What the venue shows of an order: proof that it has it, and its end once its trades are all counted. A conditional order that was
    refused when its price came had been taken before."""
    track = ledger.live.get(fact.client_id)
    if fact.status == "refused" and not fact.is_trigger and track is not None and track.phase != "open":
        yield from _on_refused(track, Refused(code="refused", detail=fact.reason or f"the {at.source} says so"), at)
        return
    if _bears_out(ledger.dead.get(fact.client_id), fact):
        return
    yield from _proved(ledger, fact.client_id, Sign(fact.order_id, fact.ts_us), at)
    if not fact.is_trigger:
        yield from _came(ledger, fact.client_id, Sign(fact.order_id, fact.ts_us), at)
    track = ledger.live.get(fact.client_id)
    if track is None or track.filled_qty < fact.filled_qty:
        return
    yield from _ended(track, fact, at)


def on_back(ledger: Ledger, fact: OrderFact, at: Moment) -> Iterator[Report]:
    """An order that had ended by all that was told, and that the venue keeps on showing as open: what was told of its end was wrong."""
    name = fact.client_id
    if name not in ledger.over or fact.status != "open":
        return
    if name not in ledger.ended:
        detail = f"{name} ended long ago, the {at.source} shows it as open: cancel it by hand"
        yield Fault(at.now_us, where="protocol.zombie", detail=detail)
        return
    evidence = f"shown by the {at.source} again and again after its end"
    yield Resolved(at.now_us, client_id=name, symbol=ledger.ended[name].symbol, fate="open", evidence=evidence)
    detail = f"{name} was told to be over, the {at.source} shows it as open again and again: taken back"
    yield Fault(at.now_us, where="protocol.zombie", detail=detail)


def _bears_out(dead: Track | None, fact: OrderFact) -> bool:
    """Whether what is shown is no news of an order that was refused: refused, or ended with nothing traded."""
    if dead is None:
        return False
    return fact.status == "refused" or (dead.phase == "sent" and fact.status != "open" and fact.filled_qty == 0)


def missing_qty(ledger: Ledger, fact: OrderFact) -> Decimal:
    """How much of an order the venue says was traded, and no trade of it is here yet (base units)."""
    track = ledger.live.get(fact.client_id)
    return Decimal(0) if track is None else max(Decimal(0), fact.filled_qty - track.filled_qty)


def on_trade(ledger: Ledger, fact: TradeFact, at: Moment) -> Iterator[Report]:
    """One trade, counted once by its id. Its order is proved by it; a trade of nobody's order here is somebody else's, and counts too."""
    if ledger.counted(fact.symbol, fact.trade_id, fact.ts_us, client_id=fact.client_id, order_id=fact.order_id):
        return
    client_id = fact.client_id or ledger.client_of(fact.order_id, fact.symbol) or ""
    yield from _proved(ledger, client_id, Sign(fact.order_id, fact.ts_us), at)
    yield from _came(ledger, client_id, Sign(fact.order_id, fact.ts_us), at)
    before = ledger.held(fact.symbol)
    told = fact.realized if fact.realized is not None else realized(before, fact.side, fact.qty, fact.price)
    yield Fill(
        at.now_us,
        exchange_ts_us=fact.ts_us,
        client_id=client_id,
        order_id=fact.order_id,
        trade_id=fact.trade_id,
        symbol=fact.symbol,
        side=fact.side,
        price=fact.price,
        qty=fact.qty,
        fee=fact.fee,
        fee_asset=fact.fee_asset,
        liquidity="maker" if fact.is_maker else "taker",
        realized=told,
        position_qty=before.qty + fact.qty * sign(fact.side),
        origin=origin_of(ledger, client_id),
    )


def origin_of(ledger: Ledger, client_id: str) -> str:
    """Whose an order was; empty for ours."""
    for prefix, word in ORIGINS.items():
        if client_id.startswith(prefix):
            return word
    track = ledger.live.get(client_id) or ledger.dead.get(client_id)
    if track is not None and track.was_dead:
        return "zombie"
    return "" if ledger.knows(client_id) else "foreign"


def on_dead(ledger: Ledger, client_id: str, evidence: str, at: Moment) -> Iterator[Report]:
    """An unsure order is proved never to have been taken."""
    track = ledger.live.get(client_id)
    if track is not None and track.phase == "unsure":
        yield Resolved(at.now_us, client_id=client_id, symbol=track.symbol, fate="dead", evidence=evidence)


def on_cancel(ledger: Ledger, client_id: str, verdict: Verdict, at: Moment) -> Iterator[Report]:
    """What became of a request to cancel. Unsure says nothing: the order is asked about, and the cancel asked again."""
    track = ledger.live.get(client_id)
    if isinstance(verdict, Accepted):
        yield from on_order(ledger, verdict.order, at)
    elif track is not None and isinstance(verdict, Refused) and verdict.code == "gone":
        yield Cancel(at.now_us, client_id=client_id, symbol=track.symbol, outcome="refused", reason=verdict.detail)


def on_income(ledger: Ledger, fact: IncomeFact, at: Moment) -> Iterator[Report]:
    """Funding and transfers, each once by its id."""
    if fact.kind == "other" or fact.income_id in ledger.incomes:
        return
    if fact.kind == "transfer":
        yield Transfer(
            at.now_us, asset=fact.asset, amount=fact.amount, reason=fact.detail, income_id=fact.income_id, exchange_ts_us=fact.ts_us
        )
        return
    held = ledger.held(fact.symbol)
    yield Funding(
        at.now_us,
        symbol=fact.symbol,
        amount=fact.amount,
        rate=None,
        mark=None,
        position_qty=held.qty,
        income_id=fact.income_id,
        exchange_ts_us=fact.ts_us,
    )


def _proved(ledger: Ledger, client_id: str, sign_of: Sign, at: Moment) -> Iterator[Report]:
    """Whatever shows an order proves that the venue has it: said once, also of one that was proved dead before."""
    track = ledger.live.get(client_id) or ledger.dead.get(client_id)
    if track is None:
        return
    is_dead = client_id in ledger.dead
    if track.phase == "open" and not is_dead:
        return
    was_unsure = track.phase == "unsure"
    ack = Ack(
        at.now_us,
        client_id=client_id,
        order_id=sign_of.order_id,
        symbol=track.symbol,
        exchange_ts_us=sign_of.ts_us,
        latency_us=at.latency_us,
    )
    yield ack
    if was_unsure or is_dead:
        evidence = f"shown by the {at.source}" + (" after it was proved dead" if is_dead else "")
        yield Resolved(at.now_us, client_id=client_id, symbol=track.symbol, fate="open", evidence=evidence)
    if is_dead:
        yield Fault(at.now_us, where="protocol.zombie", detail=f"{client_id} was proved dead, the {at.source} shows it: taken back")


def _came(ledger: Ledger, client_id: str, sign_of: Sign, at: Moment) -> Iterator[Report]:
    """A conditional order that is told of as an order in the book was triggered: said once, with the venue's id of it there."""
    track = ledger.live.get(client_id)
    if track is not None and track.waits:
        yield Triggered(at.now_us, client_id=client_id, order_id=sign_of.order_id, symbol=track.symbol, exchange_ts_us=sign_of.ts_us)


def _ended(track: Track, fact: OrderFact, at: Moment) -> Iterator[Report]:
    """An order that filled is ended by its last trade; where the venue made it smaller, that is before all we sent is filled."""
    name, symbol, unfilled = track.client_id, track.symbol, track.qty - track.filled_qty
    if fact.status == "canceled":
        reason = fact.reason or "canceled at the venue"
        yield Cancel(at.now_us, client_id=name, symbol=symbol, outcome="done", reason=reason, unfilled_qty=unfilled)
    elif fact.status in ("expired", "refused"):
        yield Expire(at.now_us, client_id=name, symbol=symbol, reason=fact.reason or "ended by the venue", unfilled_qty=unfilled)
    elif fact.status == "filled" and fact.filled_qty >= fact.qty:
        reason = f"filled at the venue with a quantity of {fact.qty}, {track.qty} was sent"
        yield Expire(at.now_us, client_id=name, symbol=symbol, reason=reason, unfilled_qty=unfilled)
