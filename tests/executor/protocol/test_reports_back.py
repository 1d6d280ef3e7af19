"""What was over and is not: orders that a venue goes on showing, and trades that come after a position was set."""

from decimal import Decimal

from executor.protocol.ledger import Ledger
from executor.protocol.reports import on_back, on_order, on_trade
from executor.records.orders import Adjust, Cancel, Fault, Resolved
from tests.executor.protocol.test_reports import AT, dead, heard, kinds, opened
from tests.executor.protocol.venue_model import NOW_US, make_order, make_trade


def test_an_order_that_is_shown_again_and_again_after_its_end_is_taken_back_and_told() -> None:
    ledger = opened()
    heard(ledger, on_order(ledger, make_order(status="canceled"), AT))
    found = heard(ledger, on_back(ledger, make_order(), AT))
    assert kinds(found) == [Resolved, Fault]
    assert (found[0].fate, found[1].where) == ("open", "protocol.zombie")  # type: ignore[union-attr]
    assert ledger.live["h-1"].was_dead
    assert heard(ledger, on_back(ledger, make_order(), AT)) == []
    [fill] = heard(ledger, on_trade(ledger, make_trade(), AT))
    assert fill.origin == "zombie"  # type: ignore[union-attr]
    assert kinds(heard(ledger, on_order(ledger, make_order(status="canceled", filled_qty=Decimal(1)), AT))) == [Cancel]
    assert "h-1" in ledger.over


def test_what_is_not_open_or_never_ended_is_not_taken_back() -> None:
    for ledger in (opened(), Ledger(), dead()):
        assert heard(ledger, on_back(ledger, make_order(), AT)) == []
    ledger = opened()
    heard(ledger, on_order(ledger, make_order(status="canceled"), AT))
    assert heard(ledger, on_back(ledger, make_order(status="canceled"), AT)) == []


def test_an_order_of_which_nothing_but_its_name_is_known_is_told_and_left_to_a_hand() -> None:
    ledger = opened()
    heard(ledger, on_order(ledger, make_order(status="canceled"), AT))
    ledger.ended.clear()
    [fault] = heard(ledger, on_back(ledger, make_order(), AT))
    assert "cancel it by hand" in fault.detail  # type: ignore[union-attr]
    assert "h-1" in ledger.over


def test_a_trade_of_an_order_that_lives_counts_though_the_position_was_set_by_a_clock_that_is_ahead() -> None:
    ledger = opened()
    ledger.take(Adjust(NOW_US + 60_000_000, symbol="BTCUSDT", venue_qty=Decimal(2), our_qty=Decimal(0), reason=""))
    assert heard(ledger, on_trade(ledger, make_trade("8", client_id="web_1", order_id="77"), AT)) == []
    [fill] = heard(ledger, on_trade(ledger, make_trade(client_id=None), AT))
    assert (fill.client_id, fill.position_qty) == ("h-1", 3)  # type: ignore[union-attr]
    assert heard(ledger, on_trade(ledger, make_trade(), AT)) == []
