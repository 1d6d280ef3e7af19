"""A stop at the venue for every position: right in side, size and price, never opening anything, gone when nothing is held."""

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as some

from executor import stops
from executor.book import Book
from executor.records.base import opposite
from executor.records.market import Instrument, Quote
from executor.records.orders import Ack, Adjust, Cancel, Fault, Fill, Reject, Resolved, Submit, Trigger, Triggered, Unknown
from executor.settings import Exits
from executor.stops import AGAIN_US, LEAST_US, REFUSED_US, STRATEGY, Sight, Stops, wanted_stop

D = Decimal
SECOND_US = 1_000_000
BTC = Instrument(symbol="BTCUSDT", tick_size=D("0.1"), step_size=D("0.001"), min_qty=D("0.001"), min_notional=D(100))
ON = Exits(venue_stop_bps=100.0)


class Keeper:
    """A book with its stops, and a venue that answers when it is told to."""

    def __init__(self, exits: Exits = ON) -> None:
        self.book, self.stops, self.exits = Book(), Stops(), exits
        self.now_us, self.price = 1_000 * SECOND_US, 60_000.0
        self.sent: list[Submit] = []
        self.asked: list[Cancel] = []
        self.faults: list[Fault] = []

    def take(self, record) -> None:
        self.book.take(record)

    def holds(self, qty: str, entry: str = "60000") -> None:
        self.take(Adjust(self.now_us, symbol="BTCUSDT", venue_qty=D(qty), our_qty=D(0), reason="made", entry_price=D(entry)))
        held = self.book.holdings.get("BTCUSDT")
        if held is not None:
            self.book.holdings["BTCUSDT"] = msgspec.structs.replace(held, entry_price=float(entry))

    def look(self, after_s: float = 0.0) -> list[Submit | Cancel | Fault]:
        self.now_us += round(after_s * SECOND_US)
        quote = Quote(self.now_us, 0, "BTCUSDT", self.price, self.price + 0.1, 1.0, 1.0, None, "stream")
        sight = Sight(book=self.book, quotes={"BTCUSDT": quote}, instruments={"BTCUSDT": BTC}, exits=self.exits, now_us=self.now_us)
        done = list(stops.due(sight, self.stops, lambda symbol, side: f"{symbol}{side}{self.now_us}".lower()))
        for one in done:
            self.take(one)
            kept = self.sent if isinstance(one, Submit) else self.asked if isinstance(one, Cancel) else self.faults
            kept.append(one)  # type: ignore[arg-type]
        return done

    def ack(self, order: Submit) -> None:
        self.take(Ack(self.now_us, client_id=order.client_id, order_id="7", symbol=order.symbol))

    def gone(self, name: str) -> None:
        self.take(Cancel(self.now_us, client_id=name, symbol="BTCUSDT", outcome="done", reason="asked"))

    @property
    def out(self) -> list[str]:
        return list(self.book.live)


def test_a_position_gets_a_stop_at_once_and_then_is_left_alone():
    keeper = Keeper()
    keeper.holds("0.010")
    (order,) = keeper.look()
    assert isinstance(order, Submit)
    assert (order.side, order.qty, order.price, order.reduce_only, order.post_only) == ("sell", D("0.010"), None, True, False)
    assert (order.trigger, order.step, order.mid) == (Trigger(price=D("59400.0"), by="mark"), "stop", None)
    assert order.reason == "stop kept at the venue, 100 bps from 60000"
    assert keeper.look(10) == []
    keeper.ack(order)
    assert keeper.look(10) == []


def test_its_price_is_rounded_towards_the_entry_on_either_side():
    assert wanted_stop(holding("0.01", 60_000.03), BTC, ON).trigger.price == D("59400.1")
    assert wanted_stop(holding("-0.01", 60_000.03), BTC, ON).trigger.price == D("60600.0")
    assert wanted_stop(holding("-0.01", 60_000.03), BTC, ON).side == "buy"


def holding(qty: str, entry: float):
    keeper = Keeper()
    keeper.holds(qty)
    return msgspec.structs.replace(keeper.book.holdings["BTCUSDT"], entry_price=entry)


def test_what_the_venue_takes_no_order_for_has_no_stop():
    assert wanted_stop(holding("0.0009", 60_000), BTC, ON) is None
    assert wanted_stop(holding("0.01", 60_000), BTC, Exits()) is None


def test_a_position_that_changed_gets_a_new_stop_before_the_old_one_is_asked_back():
    keeper = Keeper()
    keeper.holds("0.010")
    (first,) = keeper.look()
    keeper.ack(first)
    keeper.holds("0.030", "60100")
    (second,) = keeper.look(2)
    assert (second.qty, second.trigger.price) == (D("0.030"), D("59499.0"))
    assert keeper.look(10) == []
    keeper.ack(second)
    (cancel,) = keeper.look()
    assert (cancel.client_id, cancel.outcome) == (first.client_id, "asked")
    assert keeper.look(1) == []
    (again,) = keeper.look(AGAIN_US / SECOND_US)
    assert again.client_id == first.client_id
    keeper.gone(first.client_id)
    assert keeper.look(60) == []
    assert keeper.out == [second.client_id]


def test_an_entry_that_is_filled_in_many_parts_moves_its_stop_now_and_then():
    keeper = Keeper()
    for part in range(1, 30):
        keeper.holds(f"0.0{part:02}")
        for order in keeper.look(0.1):
            keeper.ack(order)
    assert len(keeper.sent) == 2


def test_a_closed_position_asks_its_stop_back_until_it_is_gone():
    keeper = Keeper()
    keeper.holds("0.010")
    (order,) = keeper.look()
    keeper.ack(order)
    keeper.holds("0")
    assert [one.reason for one in keeper.look()] == ["nothing to protect"]
    assert len(keeper.look(AGAIN_US / SECOND_US)) == 1
    keeper.gone(order.client_id)
    assert keeper.look(60) == []


def test_a_setting_that_was_switched_off_asks_back_what_is_out():
    keeper = Keeper()
    keeper.holds("0.010")
    (order,) = keeper.look()
    keeper.ack(order)
    keeper.exits = Exits()
    assert not stops.is_idle(keeper.book, keeper.exits)
    assert [one.client_id for one in keeper.look()] == [order.client_id]
    keeper.gone(order.client_id)
    assert stops.is_idle(keeper.book, keeper.exits)


def test_while_the_fate_of_a_stop_is_not_known_no_other_is_sent():
    keeper = Keeper()
    keeper.holds("0.010")
    (order,) = keeper.look()
    keeper.take(Unknown(keeper.now_us, client_id=order.client_id, symbol="BTCUSDT", reason="no answer"))
    keeper.holds("0.020")
    assert keeper.look(60) == []
    keeper.take(Resolved(keeper.now_us, client_id=order.client_id, symbol="BTCUSDT", fate="dead", evidence="nowhere"))
    (second,) = keeper.look()
    assert second.qty == D("0.020")


def test_a_refusal_is_not_followed_by_another_try_at_once():
    keeper = Keeper()
    keeper.holds("0.010")
    (order,) = keeper.look()
    keeper.take(Reject(keeper.now_us, client_id=order.client_id, symbol="BTCUSDT", code="would_trigger", detail="so it is"))
    assert keeper.look(REFUSED_US / SECOND_US - 1) == []
    (second,) = keeper.look(1)
    assert second.client_id != order.client_id


def test_a_stop_that_was_taken_away_by_a_hand_is_put_back():
    keeper = Keeper()
    keeper.holds("0.010")
    (order,) = keeper.look()
    keeper.ack(order)
    keeper.gone(order.client_id)
    assert keeper.look(LEAST_US / SECOND_US / 2) == []
    assert len(keeper.look(LEAST_US / SECOND_US)) == 1


def test_where_the_price_is_beyond_it_none_is_sent_and_that_is_told_once():
    keeper = Keeper()
    keeper.price = 59_000.0
    keeper.holds("0.010")
    (fault,) = keeper.look()
    assert isinstance(fault, Fault)
    assert fault.where == "stops.beyond"
    assert keeper.look(60) == []
    keeper.price = 60_000.0
    assert len(keeper.look(60)) == 1


def test_a_stop_that_went_off_is_left_alone():
    keeper = Keeper()
    keeper.holds("0.010")
    (order,) = keeper.look()
    keeper.take(Triggered(keeper.now_us, client_id=order.client_id, order_id="8", symbol="BTCUSDT"))
    keeper.holds("0.004")
    assert keeper.look(60) == []


def test_a_stop_without_a_price_to_judge_by_waits_for_one():
    keeper = Keeper()
    keeper.price = float("nan")
    keeper.holds("0.010")
    assert keeper.look() == []


def test_its_name_says_whose_it_is():
    assert STRATEGY == "venue_stop"


class Answering(Keeper):
    """The same with a venue that answers each thing asked of it in its own time, or refuses."""

    def answer(self, fate: str) -> None:
        waiting = [order for order in self.sent if order.client_id in self.book.live and not self.book.live[order.client_id].is_acked]
        asked = [name for name, order in self.book.live.items() if order.asked_us]
        if fate == "refuse" and waiting:
            self.take(Reject(self.now_us, client_id=waiting[0].client_id, symbol="BTCUSDT", code="filter", detail="no"))
        elif fate == "take" and waiting:
            self.ack(waiting[0])
        elif fate == "cancel" and asked:
            self.gone(asked[0])


QTYS = some.sampled_from(["0", "0.001", "0.010", "0.025", "-0.004", "-0.030"])
STEPS = some.lists(some.one_of(QTYS, some.sampled_from(["take", "refuse", "cancel", "wait"])), max_size=40)


@settings(max_examples=150)
@given(steps=STEPS)
def test_whatever_happens_stops_only_reduce_and_in_the_end_exactly_what_is_held_is_protected(steps: list[str]):
    keeper = Answering()
    for step in steps:
        if step in ("take", "refuse", "cancel"):
            keeper.answer(step)
        elif step != "wait":
            keeper.holds(step)
        for one in keeper.look(0.7):
            if isinstance(one, Submit):
                held = keeper.book.holdings["BTCUSDT"].qty
                assert one.reduce_only
                assert one.side == opposite("buy" if held > 0 else "sell")
                assert float(one.qty) == abs(held)
        assert len([name for name, order in keeper.book.live.items() if not order.is_acked]) <= 1
    for _ in range(80):
        for fate in ("take", "cancel"):
            keeper.answer(fate)
        keeper.look(1.0)
    held = keeper.book.holdings.get("BTCUSDT")
    assert [abs(order.signed_qty) for order in keeper.book.live.values()] == ([] if held is None else [abs(held.qty)])
    assert len({order.client_id for order in keeper.sent}) == len(keeper.sent)


def test_a_fill_of_a_stop_is_booked_like_any_other():
    keeper = Keeper()
    keeper.holds("0.010")
    (order,) = keeper.look()
    fill = Fill(
        keeper.now_us, exchange_ts_us=1, client_id=order.client_id, order_id="8", trade_id="1", symbol="BTCUSDT", side="sell",
        price=D(59_400), qty=D("0.010"), fee=D(0), fee_asset="USDT", liquidity="taker", realized=D(-6), position_qty=D(0),
    )  # fmt: skip
    keeper.take(fill)
    assert (keeper.book.holdings, keeper.out) == ({}, [])
    assert keeper.look() == []
    assert keeper.book.sent == []
