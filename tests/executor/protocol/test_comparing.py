"""The venue's books held against ours: what differs is to be asked about, and nothing is concluded here."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.protocol.comparing import Snapshot, compared, totals
from executor.protocol.facts import OrderFact, PositionFact
from executor.protocol.ledger import Held, Ledger
from executor.records.orders import Ack, Cancel, Reject, Unknown
from tests.executor.protocol.venue_model import NOW_US, SECOND_US, SYMBOLS, make_order, make_submit

SETTLE_US = 5 * SECOND_US


def ledger_of(*names: str, placed_us: int = NOW_US) -> Ledger:
    ledger = Ledger()
    for name in names:
        ledger.take(make_submit(name, ts_us=placed_us))
        ledger.take(Ack(placed_us, client_id=name, order_id=f"o-{name}", symbol="BTCUSDT"))
    return ledger


def make_snapshot(*orders: OrderFact, positions: dict[str, str] | None = None, after_us: int = 60 * SECOND_US) -> Snapshot:
    held = [PositionFact(symbol=symbol, qty=Decimal(qty), entry_price=Decimal(100)) for symbol, qty in (positions or {}).items()]
    return Snapshot(taken_us=NOW_US + after_us, orders=orders, positions=held)


def test_equal_books_differ_in_nothing() -> None:
    ledger = ledger_of("h-1")
    ledger.positions["BTCUSDT"] = Held(Decimal("0.50"), Decimal(100))
    found = compared(ledger, make_snapshot(make_order(), positions={"BTCUSDT": "0.5"}), SETTLE_US)
    assert (list(found.shown), found.gone, found.strangers, found.positions) == ([make_order()], {}, [], {})


def test_an_open_order_that_is_not_shown_is_gone_once_it_is_old_enough_to_be() -> None:
    ledger = ledger_of("h-1")
    assert compared(ledger, make_snapshot(), SETTLE_US).gone == {"h-1": "BTCUSDT"}
    assert compared(ledger, make_snapshot(after_us=SETTLE_US), SETTLE_US).gone == {}
    assert compared(ledger, make_snapshot(after_us=SETTLE_US + 1), SETTLE_US).gone == {"h-1": "BTCUSDT"}


def test_what_is_not_proved_open_is_not_missed() -> None:
    ledger = Ledger()
    ledger.take(make_submit("h-1"))
    assert compared(ledger, make_snapshot(), SETTLE_US).gone == {}
    ledger.take(Unknown(NOW_US, client_id="h-1", symbol="BTCUSDT", reason="timeout"))
    assert compared(ledger, make_snapshot(), SETTLE_US).gone == {}


def test_our_prefix_on_an_order_never_sent_from_here_is_another_executors() -> None:
    found = compared(ledger_of("h-1"), make_snapshot(make_order(), make_order("h-9"), make_order("web_1"), make_order("")), SETTLE_US)
    assert [fact.client_id for fact in found.strangers] == ["h-9"]
    assert [fact.client_id for fact in found.shown] == ["h-1"]


def test_ended_and_refused_orders_that_are_shown_are_ours_and_no_strangers() -> None:
    ledger = ledger_of("h-1", "h-2")
    ledger.take(Cancel(NOW_US, client_id="h-1", symbol="BTCUSDT", outcome="done", reason=""))
    ledger.take(Reject(NOW_US, client_id="h-2", symbol="BTCUSDT", code="filter", detail=""))
    found = compared(ledger, make_snapshot(make_order("h-1"), make_order("h-2")), SETTLE_US)
    assert [fact.client_id for fact in found.shown] == ["h-1", "h-2"]
    assert (found.gone, found.strangers) == ({}, [])


def test_an_order_that_a_reading_begun_after_its_end_shows_as_open_is_back() -> None:
    ledger = ledger_of("h-1")
    ledger.take(Cancel(NOW_US, client_id="h-1", symbol="BTCUSDT", outcome="done", reason=""))
    assert compared(ledger, make_snapshot(make_order(), after_us=0), SETTLE_US).back == []
    assert compared(ledger, make_snapshot(make_order(), after_us=1), SETTLE_US).back == [make_order()]
    assert compared(ledger, make_snapshot(make_order(status="canceled"), make_order("web_1")), SETTLE_US).back == []
    assert compared(ledger_of("h-1"), make_snapshot(make_order()), SETTLE_US).back == []


quantities = st.dictionaries(st.sampled_from([*SYMBOLS, "SOLUSDT"]), st.integers(-3, 3))


@given(ours=quantities, venues=quantities)
def test_positions_differ_where_quantities_do_whichever_side_knows_of_them(ours: dict[str, int], venues: dict[str, int]) -> None:
    ledger = Ledger(positions={symbol: Held(Decimal(qty), Decimal(100)) for symbol, qty in ours.items() if qty})
    found = compared(ledger, make_snapshot(positions={symbol: str(qty) for symbol, qty in venues.items()}), SETTLE_US)
    assert found.positions == {symbol: venues.get(symbol, 0) for symbol in {*ours, *venues} if ours.get(symbol, 0) != venues.get(symbol, 0)}


def test_two_sides_of_one_symbol_are_summed() -> None:
    sides = [PositionFact(symbol="BTCUSDT", qty=Decimal(qty), entry_price=Decimal(1)) for qty in (3, -1)]
    assert totals(sides) == {"BTCUSDT": 2}
