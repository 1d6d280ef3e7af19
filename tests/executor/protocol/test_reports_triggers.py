"""A conditional order's life in records: it waits, its price comes once, its trades count once, and its end is said once, however told."""

from collections.abc import Iterable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.book import Book
from executor.protocol.facts import Accepted, OrderFact, TradeFact, Unsure
from executor.protocol.ledger import Ledger
from executor.protocol.reports import Moment, on_cancel, on_order, on_trade, on_verdict
from executor.records.orders import Ack, Cancel, Expire, Fill, Report, Resolved, Submit, Trigger, Triggered, Unknown
from tests.executor.protocol.venue_model import NOW_US, make_order, make_submit, make_trade

D = Decimal
AT = Moment(NOW_US, "private stream")
ANSWER = Moment(NOW_US, "answer", 5_000)
STOP: Submit = make_submit(side="sell", price=None, step="stop", reduce_only=True, trigger=Trigger(price=D(95)))
WAITS = make_order(order_id="algo-7", side="sell", is_trigger=True, trigger_price=D(95))


class Held:
    """A ledger and a book that follow the same records."""

    def __init__(self) -> None:
        self.ledger, self.book = Ledger(), Book()
        self.told: list[Report] = []
        for keeper in (self.ledger, self.book):
            keeper.take(STOP)

    def hear(self, reports: Iterable[Report]) -> list[Report]:
        found = []
        for report in reports:
            self.ledger.take(report)
            self.book.take(report)
            found.append(report)
        self.told += found
        return found

    def fact(self, fact: OrderFact | TradeFact) -> list[Report]:
        return self.hear(on_order(self.ledger, fact, AT) if isinstance(fact, OrderFact) else on_trade(self.ledger, fact, AT))

    def kinds(self) -> list[type[Report]]:
        return [type(one) for one in self.told]


def child(**said: object) -> OrderFact:
    return make_order(order_id="9", side="sell", **said)


def test_it_waits_under_the_id_it_was_given_and_is_in_the_book_under_another() -> None:
    held = Held()
    held.hear(on_verdict(held.ledger, "h-1", Accepted(WAITS), ANSWER))
    track = held.ledger.live["h-1"]
    assert (track.waits, track.order_id, track.trigger_price) == (True, "algo-7", D(95))
    assert held.fact(WAITS) == []
    assert held.fact(child(ts_us=5)) == [Triggered(NOW_US, client_id="h-1", order_id="9", symbol="BTCUSDT", exchange_ts_us=5)]
    assert (track.waits, track.order_id) == (False, "9")
    assert held.ledger.client_of("9", "BTCUSDT") == "h-1"
    assert held.fact(child()) == []
    assert held.book.live["h-1"].is_triggered


def test_its_trade_is_proof_that_its_price_came() -> None:
    held = Held()
    assert [type(one) for one in held.fact(make_trade(order_id="9", side="sell", qty=D(3)))] == [Ack, Triggered, Fill]
    assert (held.ledger.live, held.book.live) == ({}, {})


def test_one_that_is_taken_back_never_had_its_price() -> None:
    held = Held()
    held.fact(WAITS)
    gone = make_order(order_id="algo-7", side="sell", is_trigger=True, status="canceled")
    held.hear(on_cancel(held.ledger, "h-1", Accepted(gone), AT))
    assert held.kinds() == [Ack, Cancel]
    assert held.ledger.live == {}


def test_one_that_is_refused_when_its_price_comes_had_been_taken() -> None:
    held = Held()
    held.hear(on_verdict(held.ledger, "h-1", Unsure("timeout"), ANSWER))
    held.fact(make_order(order_id="algo-7", side="sell", is_trigger=True, status="refused", reason="Reduce Only reject"))
    assert held.kinds() == [Unknown, Ack, Resolved, Expire]
    assert [one.fate for one in held.told if isinstance(one, Resolved)] == ["open"]
    assert [one.reason for one in held.told if isinstance(one, Expire)] == ["Reduce Only reject"]


PARTS = st.lists(st.integers(1, 2), min_size=0, max_size=3)


def course(parts: list[int], ending: str) -> list[OrderFact | TradeFact]:
    """Everything a venue tells of a stop of 3 that traded in these parts and then ended so."""
    told: list[OrderFact | TradeFact] = [WAITS, child()]
    filled = D(0)
    for number, part in enumerate(parts):
        qty = min(D(part), D(3) - filled)
        if qty > 0:
            filled += qty
            told += [make_trade(str(number), order_id="9", side="sell", qty=qty), child(filled_qty=filled)]
    status = "filled" if filled == 3 else ending
    finished = make_order(order_id="9", side="sell", status="filled" if filled == 3 else "open", filled_qty=filled)
    return [*told, finished, child(status=status, filled_qty=filled)]


@given(parts=PARTS, ending=st.sampled_from(["expired", "canceled"]), places=st.lists(st.integers(0, 20), max_size=12), lost=st.booleans())
def test_told_in_any_order_and_any_number_of_times_everything_is_said_once(
    parts: list[int], ending: str, places: list[int], lost: bool
) -> None:
    held, facts = Held(), course(parts, ending)
    if lost:
        held.hear(on_verdict(held.ledger, "h-1", Unsure("timeout"), ANSWER))
    first = [facts[place % (len(facts) - 1)] for place in places]
    for fact in [*first, *(each for each in facts if each not in first), facts[-1]]:
        held.fact(fact)
    filled = sum((one.qty for one in held.told if isinstance(one, Fill)), D(0))
    assert filled == min(D(sum(parts)), D(3))
    assert (held.kinds().count(Ack), held.kinds().count(Triggered)) == (1, 1)
    assert held.kinds().index(Ack) < held.kinds().index(Triggered)
    assert held.kinds().count(Expire) + held.kinds().count(Cancel) == (0 if filled == 3 else 1)
    assert (held.ledger.live, held.book.live, dict(held.ledger.unsure())) == ({}, {}, {})
    assert all(one.origin == "" for one in held.told if isinstance(one, Fill))
