"""What every venue must keep to, whatever is behind it.

A driver makes a venue's market do what a test needs; the venue itself is only spoken to through its verbs.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from executor.exchanges.base import Exchange
from executor.records.orders import Ack, Cancel, Expire, Fill, Reject, Report, Submit


class Driver(Protocol):
    """A venue with one account and a market (BTCUSDT, tick 0.1, step 0.001) that a test can move."""

    exchange: Exchange

    def now_us(self) -> int:
        """The time of the market, microseconds UTC."""

    def book(self, bid: float, ask: float, size: float = 1.0) -> None:
        """Let the market show this touch, a moment later."""

    def trade(self, price: float, qty: float, side: str) -> None:
        """Let others trade, a moment later; `side` is the taker's."""

    def settle(self) -> None:
        """Let enough time pass that every request sent so far has arrived and been answered."""

    def another(self) -> Exchange:
        """A venue built the same way, as after a restart."""


class Desk:
    """A driver, and every report heard from it so far."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.heard: list[Report] = []
        self.sent: dict[str, Submit] = {}

    def send(self, side: str, qty: str, price: str | None = None, *, post_only: bool = False, reduce_only: bool = False) -> str:
        name = f"c-{len(self.sent) + 1}"
        self.sent[name] = Submit(
            ts_us=self.driver.now_us(),
            client_id=name,
            intent_id="contract",
            symbol="BTCUSDT",
            side=side,
            qty=Decimal(qty),
            price=None if price is None else Decimal(price),
            step="maker" if post_only else "taker",
            post_only=post_only,
            reduce_only=reduce_only,
        )
        self.driver.exchange.submit(self.sent[name])
        return name

    def cancel(self, name: str) -> None:
        self.driver.exchange.cancel(name, "BTCUSDT", self.driver.now_us())

    def listen(self) -> Sequence[Report]:
        """Wait until everything is answered; what was new."""
        self.driver.settle()
        found = self.driver.exchange.reports()
        self.heard.extend(found)
        return found

    def of(self, name: str) -> list[Report]:
        return [one for one in self.heard if getattr(one, "client_id", None) == name]

    def held_qty(self) -> Decimal:
        books = self.driver.exchange.account(self.driver.now_us())
        return sum((one.qty for one in books.positions), Decimal(0))

    def open_ids(self) -> list[str]:
        return [one.client_id for one in self.driver.exchange.account(self.driver.now_us()).orders]


def check_heard(desk: Desk) -> None:
    """What holds of any conversation: one answer, one end, fills that add up, in time order."""
    times = [one.ts_us for one in desk.heard]
    assert times == sorted(times)
    trade_ids = [one.trade_id for one in desk.heard if isinstance(one, Fill)]
    assert len(trade_ids) == len(set(trade_ids))
    for name, order in desk.sent.items():
        found = desk.of(name)
        kinds = [type(one) for one in found]
        assert kinds.count(Ack) + kinds.count(Reject) == 1
        assert kinds[0] in (Ack, Reject)
        assert all(one.ts_us >= order.ts_us for one in found)
        got = sum((one.qty for one in found if isinstance(one, Fill)), Decimal(0))
        ends = [one for one in found if isinstance(one, Expire) or (isinstance(one, Cancel) and one.outcome == "done")]
        assert len(ends) <= 1
        assert got <= order.qty
        assert all(one.unfilled_qty == order.qty - got for one in ends)
        assert (name in desk.open_ids()) is (kinds[0] is Ack and not ends and got < order.qty)
    signed = sum(((one.qty if one.side == "buy" else -one.qty) for one in desk.heard if isinstance(one, Fill)), Decimal(0))
    assert desk.held_qty() == signed


def sending_returns_before_any_answer(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    desk.send("buy", "0.1")
    assert list(desk.driver.exchange.reports()) == []
    assert len(desk.listen()) == 2


def a_market_order_is_acknowledged_and_filled_at_the_touch_or_worse(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    name = desk.send("buy", "0.1")
    desk.listen()
    ack, fill = desk.of(name)
    assert isinstance(ack, Ack)
    assert isinstance(fill, Fill)
    assert fill.liquidity == "taker"
    assert fill.price >= Decimal("64000.1")
    assert desk.held_qty() == Decimal("0.1")


def reports_come_once(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    desk.send("buy", "0.1")
    desk.listen()
    assert list(desk.listen()) == []


def a_post_only_order_that_would_cross_is_refused_as_such(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    name = desk.send("buy", "0.1", "64000.1", post_only=True)
    desk.listen()
    (reject,) = desk.of(name)
    assert isinstance(reject, Reject)
    assert reject.post_only


def an_order_off_the_grid_or_too_small_is_refused(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    names = [desk.send("buy", "0.1", "63000.05"), desk.send("buy", "0.1005", "63000"), desk.send("buy", "0.001", "63000")]
    desk.listen()
    for name in names:
        (reject,) = desk.of(name)
        assert isinstance(reject, Reject)
        assert reject.code
        assert reject.detail
        assert not reject.post_only


def a_resting_order_is_shown_until_it_is_canceled(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    name = desk.send("buy", "0.1", "63000", post_only=True)
    desk.listen()
    assert desk.open_ids() == [name]
    desk.cancel(name)
    desk.listen()
    end = desk.of(name)[-1]
    assert isinstance(end, Cancel)
    assert (end.outcome, end.unfilled_qty) == ("done", Decimal("0.1"))
    assert desk.open_ids() == []


def a_resting_order_is_filled_as_maker_at_its_price_when_the_market_trades_through(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    name = desk.send("sell", "0.1", "64100", post_only=True)
    desk.listen()
    desk.driver.trade(64200.0, 5.0, "buy")
    desk.listen()
    fill = desk.of(name)[-1]
    assert isinstance(fill, Fill)
    assert (fill.price, fill.qty, fill.liquidity, fill.position_qty) == (Decimal(64100), Decimal("0.1"), "maker", Decimal("-0.1"))


def a_cancel_of_a_filled_order_is_refused(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    name = desk.send("buy", "0.1")
    desk.listen()
    desk.cancel(name)
    desk.listen()
    end = desk.of(name)[-1]
    assert isinstance(end, Cancel)
    assert end.outcome == "refused"


def a_reduce_only_order_never_opens_a_position(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    flat = desk.send("sell", "0.1", reduce_only=True)
    desk.listen()
    assert isinstance(desk.of(flat)[0], Reject)
    desk.send("buy", "0.1")
    desk.listen()
    desk.driver.book(64000.0, 64000.1)
    desk.send("sell", "0.3", reduce_only=True)
    desk.listen()
    assert desk.held_qty() == 0


def a_flat_account_is_whole(desk: Desk) -> None:
    books = desk.driver.exchange.account(desk.driver.now_us())
    assert (books.positions, books.orders) == ((), ())
    assert books.nav == books.wallet == books.available
    assert set(books.sources.values()) == {"ok"}
    assert books.ts_us == desk.driver.now_us() >= books.nav_ts_us


def state_survives_json_and_a_restart(desk: Desk) -> None:
    desk.driver.book(64000.0, 64000.1)
    desk.send("buy", "0.1")
    desk.send("buy", "0.1", "63000", post_only=True)
    desk.listen()
    again = desk.driver.another()
    again.restore(msgspec.json.decode(msgspec.json.encode(desk.driver.exchange.state())))
    assert again.account(desk.driver.now_us()) == desk.driver.exchange.account(desk.driver.now_us())


PROMISES = (
    sending_returns_before_any_answer,
    a_market_order_is_acknowledged_and_filled_at_the_touch_or_worse,
    reports_come_once,
    a_post_only_order_that_would_cross_is_refused_as_such,
    an_order_off_the_grid_or_too_small_is_refused,
    a_resting_order_is_shown_until_it_is_canceled,
    a_resting_order_is_filled_as_maker_at_its_price_when_the_market_trades_through,
    a_cancel_of_a_filled_order_is_refused,
    a_reduce_only_order_never_opens_a_position,
    a_flat_account_is_whole,
    state_survives_json_and_a_restart,
)
