"""Whatever a venue says, in any order, any number of times, through any source: every trade once, every order's end once, nothing lost."""

import asyncio
from decimal import Decimal

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from executor.book import Book
from executor.clock import FixedClock
from executor.courier.news import Answered, CancelAnswered, Inbox, News, ProvedDead, Seen
from executor.protocol.facts import Accepted, IncomeFact, Refused, Unsure
from executor.protocol.ledger import Ledger
from executor.records.base import Record
from executor.records.orders import Cancel, Expire, Fill, Funding, Reject, Resolved, Submit, Transfer, Unknown
from tests.executor.protocol.venue_model import NOW_US, SYMBOLS, ModelVenue, make_submit, through_json

PICK = st.integers(min_value=0, max_value=1_000)
HEARD = st.sampled_from([True, True, False])
SOURCES = ("private stream", "list of open orders", "list of orders", "order's answer")
LATENCY_US = 5_000
ENDINGS = (Reject, Cancel, Expire, Resolved)


class Heard(RuleBasedStateMachine):
    """An executor's inbox before a venue; it may be started again between any two records."""

    def __init__(self) -> None:
        super().__init__()
        self.venue = ModelVenue()
        self.records: list[Record] = []
        self.submits: dict[str, Submit] = {}
        self.never: set[str] = set()
        self._begin(Ledger())

    def _begin(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.inbox = Inbox(ledger, FixedClock(NOW_US), asyncio.Event())

    def _write(self, record: Record) -> None:
        self.records.append(record)

    def _put(self, news: News, is_heard: bool) -> None:
        self.inbox.put(news)
        if is_heard:
            self.hear()

    def _ours(self, pick: int) -> str:
        return list(self.submits)[pick % len(self.submits)]

    # what happens at the venue

    @precondition(lambda self: len(self.submits) < 6)
    @rule(symbol=st.sampled_from(SYMBOLS), side=st.sampled_from(["buy", "sell"]), qty=st.integers(1, 4))
    def submit(self, symbol: str, side: str, qty: int) -> None:
        order = make_submit(f"h-{len(self.submits)}", symbol=symbol, side=side, qty=Decimal(qty))
        self._write(order)
        self.ledger.take(order)
        self.submits[order.client_id] = order

    @precondition(lambda self: self._undecided())
    @rule(pick=PICK, how=st.sampled_from(["accepts", "accepts", "accepts", "refuses", "lies"]))
    def decide(self, pick: int, how: str) -> None:
        order = self._undecided()[pick % len(self._undecided())]
        if how != "refuses":
            self.venue.accept(order)
        if how != "accepts":
            self.venue.refuse(order)

    def _undecided(self) -> list[Submit]:
        decided = {*self.venue.orders, *self.venue.refused, *self.never}
        return [order for name, order in self.submits.items() if name not in decided]

    def _resting(self) -> list[str]:
        return [name for name, kept in self.venue.orders.items() if kept.now.status == "open"]

    @precondition(lambda self: self._resting())
    @rule(pick=PICK, qty=st.integers(1, 3))
    def trade(self, pick: int, qty: int) -> None:
        self.venue.trade(self._resting()[pick % len(self._resting())], Decimal(qty))

    @precondition(lambda self: self._resting())
    @rule(pick=PICK, status=st.sampled_from(["canceled", "expired"]))
    def end(self, pick: int, status: str) -> None:
        self.venue.end(self._resting()[pick % len(self._resting())], status)

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        side=st.sampled_from(["buy", "sell"]),
        name=st.sampled_from(["web_1", "autoclose-7", "adl_autoclose"]),
    )
    def somebody_trades(self, symbol: str, side: str, name: str) -> None:
        self.venue.somebody(symbol, side, Decimal(1), name)  # type: ignore[arg-type]

    # what is told of it

    @precondition(lambda self: self.venue.orders)
    @rule(pick=PICK, look=PICK, source=st.sampled_from(SOURCES), is_heard=HEARD)
    def tell_order(self, pick: int, look: int, source: str, is_heard: bool) -> None:
        kept = list(self.venue.orders.values())[pick % len(self.venue.orders)]
        self._put(Seen(kept.looks[look % len(kept.looks)], source), is_heard)

    @precondition(lambda self: self.venue.trades)
    @rule(pick=PICK, is_heard=HEARD)
    def stream_trade(self, pick: int, is_heard: bool) -> None:
        self._put(Seen(self.venue.trades[pick % len(self.venue.trades)], "private stream"), is_heard)

    @precondition(lambda self: self.venue.trades)
    @rule(pick=PICK, is_listed=st.booleans(), is_heard=HEARD)
    def list_trade(self, pick: int, is_listed: bool, is_heard: bool) -> None:
        """The list of trades tells order ids only; the name comes from the list of orders, or from what is known (as the inquirer does).

        An order that was proved dead is younger than what the list of orders goes back to."""
        trade = self.venue.trades[pick % len(self.venue.trades)]
        name = trade.client_id if is_listed or trade.client_id in self.ledger.dead else self.ledger.client_of(trade.order_id, trade.symbol)
        moving = {track.symbol for track in self.ledger.live.values() if track.phase != "open"}
        if name is not None or trade.symbol not in moving:
            self._put(Seen(msgspec.structs.replace(trade, client_id=name), "list of trades"), is_heard)

    @precondition(lambda self: self.submits)
    @rule(pick=PICK, look=PICK, how=st.sampled_from(["true", "unsure", "unsure", "exists"]), is_heard=HEARD)
    def answer(self, pick: int, look: int, how: str, is_heard: bool) -> None:
        name = self._ours(pick)
        if how == "unsure":
            self._put(Answered(name, Unsure("timeout"), None), is_heard)
        elif name in self.venue.refused and how == "true":
            self._put(Answered(name, self.venue.refused[name], LATENCY_US), is_heard)
        elif name in self.venue.orders and how == "exists":
            self._put(Answered(name, Refused(code="duplicate_client_id", detail="-4116", exists=True), LATENCY_US), is_heard)
        elif name in self.venue.orders:
            looks = self.venue.orders[name].looks
            self._put(Answered(name, Accepted(looks[look % len(looks)]), LATENCY_US), is_heard)

    @precondition(lambda self: self.submits)
    @rule(pick=PICK, how=st.sampled_from(["true", "gone", "unsure"]), is_heard=HEARD)
    def answer_cancel(self, pick: int, how: str, is_heard: bool) -> None:
        name = self._ours(pick)
        ended = name in self.venue.orders and self.venue.orders[name].now.status != "open"
        if how == "true" and ended and self.venue.orders[name].now.status == "canceled":
            self._put(CancelAnswered(name, Accepted(self.venue.orders[name].now)), is_heard)
        elif how == "gone" and (ended or name not in self.venue.orders):
            self._put(CancelAnswered(name, Refused(code="gone", detail="-2011")), is_heard)
        elif how == "unsure":
            self._put(CancelAnswered(name, Unsure("timeout")), is_heard)

    @precondition(lambda self: self.ledger.unsure())
    @rule(pick=PICK, is_heard=HEARD)
    def prove_dead(self, pick: int, is_heard: bool) -> None:
        """Also of an order that the venue took and forgets for a while: a zombie is to be taken back."""
        name = list(self.ledger.unsure())[pick % len(self.ledger.unsure())]
        if name not in self.venue.orders and name not in self.venue.refused:
            self.never.add(name)
        self._put(ProvedDead(name, "silence"), is_heard)

    @rule(number=st.integers(0, 4), kind=st.sampled_from(["funding", "transfer", "other"]), is_heard=HEARD)
    def tell_income(self, number: int, kind: str, is_heard: bool) -> None:
        self._put(Seen(make_income(f"{kind}-{number}", kind), "ledger of incomes"), is_heard)

    @rule()
    def hear(self) -> None:
        for report in self.inbox.reports():
            self._write(report)

    @rule(lost=st.integers(0, 5), kept=PICK)
    def start_again(self, lost: int, kept: int) -> None:
        """The newest reports never reached the disk; what is known is a checkpoint and the records after it."""
        while lost and self.records and not isinstance(self.records[-1], Submit):
            self.records.pop()
            lost -= 1
        place = kept % (len(self.records) + 1)
        state = msgspec.json.encode(msgspec.to_builtins(folded(self.records[:place])))
        ledger = msgspec.convert(msgspec.json.decode(state), Ledger)
        for record in self.records[place:]:
            ledger.take(through_json(record))
        self._begin(ledger)
        for name, track in ledger.live.items():
            if track.phase == "sent":
                self.inbox.put(Answered(name, Unsure("the executor ended"), None))

    # laws

    @invariant()
    def the_records_say_the_same(self) -> None:
        assert folded(self.records) == self.ledger

    @invariant()
    def no_trade_is_counted_twice(self) -> None:
        names = [(record.symbol, record.trade_id) for record in self.records if isinstance(record, Fill)]
        assert len(names) == len(set(names))
        assert set(names) <= {(trade.symbol, trade.trade_id) for trade in self.venue.trades}

    @invariant()
    def money_is_counted_once(self) -> None:
        names = [record.income_id for record in self.records if isinstance(record, Funding | Transfer)]
        assert len(names) == len(set(names))
        assert not any(name.startswith("other") for name in names)

    @invariant()
    def book_and_ledger_agree(self) -> None:
        book, ledger = Book(), folded(self.records)
        for record in self.records:
            book.take(record)
        assert book.live.keys() == ledger.live.keys()
        assert book.unknown.keys() == ledger.unsure().keys()
        assert {symbol: held.qty for symbol, held in book.holdings.items()} == {
            symbol: float(held.qty) for symbol, held in ledger.positions.items()
        }
        for name, order in book.live.items():
            assert Decimal(order.rest_qty) == ledger.live[name].qty - ledger.live[name].filled_qty

    @invariant()
    def an_end_is_said_once_and_after_all_trades(self) -> None:
        for name in self.submits:
            check_life(name, self.records, self.venue)

    def teardown(self) -> None:
        """In the end everything is told, in whatever order: then nothing is open that is not open at the venue."""
        for order in self._undecided():
            self.never.add(order.client_id)
        for name in self.submits:
            self.inbox.put(Answered(name, self.venue.refused.get(name, Unsure("timeout")), None))
        for kept in self.venue.orders.values():
            self.inbox.put(Seen(kept.now, "order's answer"))
        for trade in reversed(self.venue.trades):
            self.inbox.put(Seen(trade, "private stream"))
        for name in {*self.never, *self.venue.refused}:
            self.inbox.put(ProvedDead(name, "silence"))
        self.hear()
        self.the_records_say_the_same()
        self.book_and_ledger_agree()
        self.an_end_is_said_once_and_after_all_trades()
        fills = {(record.symbol, record.trade_id): record for record in self.records if isinstance(record, Fill)}
        assert fills.keys() == {(trade.symbol, trade.trade_id) for trade in self.venue.trades}
        assert all(self.ledger.held(symbol).qty == qty for symbol, qty in self.venue.positions.items())
        assert self.ledger.live.keys() == set(self._resting())
        assert self.inbox.claims == {}
        for trade in self.venue.trades:
            assert fills[trade.symbol, trade.trade_id].client_id in (trade.client_id, "")
            if trade.client_id in self.submits:
                assert fills[trade.symbol, trade.trade_id].client_id == trade.client_id


def make_income(income_id: str, kind: str) -> IncomeFact:
    return IncomeFact(income_id=income_id, kind=kind, symbol="BTCUSDT", asset="USDT", amount=Decimal(1), detail="", ts_us=NOW_US)  # type: ignore[arg-type]


def folded(records: list[Record]) -> Ledger:
    ledger = Ledger()
    for record in records:
        ledger.take(record)
    return ledger


def is_an_ending(record: Record) -> bool:
    return (
        isinstance(record, Reject | Expire)
        or (isinstance(record, Cancel) and record.outcome == "done")
        or (isinstance(record, Resolved) and record.fate != "open")
    )


def check_life(name: str, records: list[Record], venue: ModelVenue) -> None:
    """One order's records: unknown is followed by resolved, no second end but of one that came back, no trade after it."""
    own = [record for record in records if getattr(record, "client_id", None) == name]
    traded, is_over, is_unsure, qty = Decimal(0), False, False, own[0].qty if own else Decimal(0)  # type: ignore[attr-defined]
    for record in own:
        if isinstance(record, Resolved) and record.fate == "open":
            is_over = is_unsure = False
        elif isinstance(record, Unknown):
            assert not is_over
            assert not is_unsure
            is_unsure = True
        elif isinstance(record, Fill):
            assert not is_over
            traded += record.qty
            is_over = traded >= qty
        elif is_an_ending(record):
            assert not is_over
            is_over, is_unsure = True, False
            if isinstance(record, Cancel | Expire):
                assert traded == venue.orders[name].now.filled_qty
                assert record.unfilled_qty == qty - traded
            if isinstance(record, Reject):
                assert name in venue.refused


Heard.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TestHeard = Heard.TestCase
