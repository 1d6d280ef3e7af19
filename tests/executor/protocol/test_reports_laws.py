"""The work of an intent from end to end: router, book and ledger hear the same records and tell one story."""

from collections.abc import Iterable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.book import Book
from executor.protocol.facts import Accepted, OrderFact, Refused, TradeFact, Unsure
from executor.protocol.ledger import Ledger
from executor.protocol.reports import Moment, on_cancel, on_dead, on_order, on_trade, on_verdict
from executor.records.orders import Cancel, Report, Submit
from executor.router import Router
from tests.executor.protocol.venue_model import NOW_US, ModelVenue
from tests.executor.routing.builders import BTC, QUOTES, entry

AT = Moment(NOW_US, "private stream")
ANSWER = Moment(NOW_US, "answer", 5_000)
SILENT = Unsure("timeout")


def in_some_order(course: list[OrderFact | TradeFact], places: list[int]) -> list[OrderFact | TradeFact]:
    """Everything at least once, some of it again, and the last word last: lists are read until they say what is."""
    told = [course[place % len(course)] for place in places]
    return [*told, *(fact for fact in course if fact not in told), course[-1]]


class Worked:
    """A router whose every order goes to a venue, with the ledger and the book beside it."""

    def __init__(self, answers: list[tuple[str, int, list[int]]]) -> None:
        self.venue, self.ledger, self.book, self.router = ModelVenue(), Ledger(), Book(), Router()
        self.now_us, self.answers = NOW_US, iter(answers)
        intent, decision = entry(reprices=2, fallback=True, qty=0.1)
        self.act(self.router.begin(intent, decision, quote=QUOTES["BTCUSDT"], instrument=BTC, now_us=self.now_us))

    def act(self, moves: list[Submit | Cancel]) -> None:
        for move in moves:
            self.book.take(move)
            self.ledger.take(move)
        for move in moves:
            if isinstance(move, Submit):
                self.work(move)
            else:
                self.call_back(move.client_id)

    def write(self, reports: Iterable[Report]) -> None:
        moves = []
        for report in reports:
            self.ledger.take(report)
            self.book.take(report)
            moves += self.router.on_report(report, quotes=QUOTES, now_us=self.now_us)
        self.act(moves)

    def tell(self, facts: Iterable[OrderFact | TradeFact]) -> None:
        for fact in facts:
            tell = on_order(self.ledger, fact, AT) if isinstance(fact, OrderFact) else on_trade(self.ledger, fact, AT)
            self.write(tell)

    def work(self, order: Submit) -> None:
        how, filled, places = next(self.answers, ("fills", 0, []))
        name = order.client_id
        if how == "refuses":
            self.write(on_verdict(self.ledger, name, self.venue.refuse(order), ANSWER))
            return
        if how == "never":
            self.write(on_verdict(self.ledger, name, SILENT, ANSWER))
            self.write(on_dead(self.ledger, name, "silence", AT))
            return
        self.venue.accept(order)
        if how == "forgets":
            self.write(on_verdict(self.ledger, name, SILENT, ANSWER))
        part = order.qty if how == "fills" else min(order.qty * filled / 100, order.qty - BTC.step_size)
        if part > 0:
            self.venue.trade(name, part)
        if how == "expires" or (how != "fills" and not order.post_only):
            self.venue.end(name, "expired")
        kept = self.venue.orders[name]
        self.tell(in_some_order([*kept.looks[:-1], *kept.trades, kept.now], places))

    def call_back(self, name: str) -> None:
        if self.venue.orders[name].now.status != "open":
            self.write(on_cancel(self.ledger, name, Refused(code="gone", detail="-2011"), AT))
            return
        self.write(on_cancel(self.ledger, name, Accepted(self.venue.end(name, "canceled")), AT))

    def wait(self) -> None:
        self.now_us += 20_000_000
        self.act(self.router.on_time(self.now_us, QUOTES))


@given(
    answers=st.lists(
        st.tuples(
            st.sampled_from(["rests", "rests", "fills", "expires", "refuses", "never", "forgets"]),
            st.sampled_from([0, 10, 50, 90]),
            st.lists(st.integers(0, 5), max_size=6),
        ),
        max_size=5,
    )
)
def test_the_router_the_book_and_the_ledger_tell_one_story(answers: list[tuple[str, int, list[int]]]) -> None:
    desk = Worked(answers)
    for _ in range(12):
        assert desk.book.live.keys() == desk.ledger.live.keys()
        assert desk.book.unknown.keys() == desk.ledger.unsure().keys()
        if not desk.router.busy:
            break
        assert desk.ledger.live
        desk.wait()
    assert desk.router.busy == frozenset()
    assert desk.ledger.live == {}
    [ending] = desk.router.endings()
    assert ending.filled_qty == desk.venue.positions["BTCUSDT"] == desk.ledger.held("BTCUSDT").qty <= Decimal("0.1")
    assert float(ending.filled_qty) == (desk.book.holdings["BTCUSDT"].qty if desk.book.holdings else 0.0)
