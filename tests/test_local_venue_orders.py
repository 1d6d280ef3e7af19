"""What the local venue takes, refuses, and trades."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.local_venue.clients import Signed, trading
from tests.local_venue.rules import Tier
from tests.local_venue.venue import LocalVenue

REFUSED = {
    "a symbol that is not listed": ({"symbol": "NOPEUSDT"}, -1121),
    "no symbol": ({"symbol": ""}, -1102),
    "a price with too many places": ({"price": "59000.123"}, -1111),
    "a price between two ticks": ({"price": "59000.05"}, -4014),
    "a quantity with too many places": ({"quantity": "0.0101"}, -1111),
    "no quantity at all": ({"quantity": "0"}, -4003),
    "a negative quantity": ({"quantity": "-1"}, -1100),
    "a quantity in words": ({"quantity": "NaN"}, -1100),
    "more than may be asked for": ({"quantity": "1001"}, -4005),
    "a notional that is too small": ({"quantity": "0.001"}, -4164),
    "a price far above the mark": ({"price": "70000"}, -4016),
    "a selling price far below the mark": ({"side": "SELL", "price": "50000"}, -4024),
    "more than the margin": ({"quantity": "20"}, -2019),
    "a stop": ({"type": "STOP_MARKET", "stopPrice": "50000"}, -4120),
    "a kind that is unknown": ({"type": "ICEBERG"}, -1116),
    "a time in force that is unknown": ({"timeInForce": "GOOD"}, -1115),
    "a side that is unknown": ({"side": "LONG"}, -1117),
    "a client id that is too long": ({"newClientOrderId": "x" * 37}, -4015),
    "a client id with a space": ({"newClientOrderId": "x y"}, -1100),
    "a position side in one-way mode": ({"positionSide": "LONG"}, -4061),
    "a market order with a price": ({"type": "MARKET", "timeInForce": ""}, -1106),
    "nothing to reduce": ({"reduceOnly": "true"}, -2022),
    "post-only that would take": ({"price": "60000.1", "timeInForce": "GTX"}, -5022),
    "all or nothing that finds too little": ({"quantity": "0.2", "price": "60000.1", "timeInForce": "FOK"}, -5021),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_venue_refuses(what):
    changed, code = REFUSED[what]

    async def course(venue, bare):
        venue.market.quote("BTCUSDT", "60000", "60000.1", "0.1", "0.1")
        answer = await bare.place(**changed)
        assert (answer.status, answer.body["code"]) == (400, code)
        assert venue.oracle.orders == []
        assert venue.orders.open_of(None) == []

    trading(course)


def test_a_position_is_worth_no_more_than_its_bracket_allows_at_the_leverage_in_force():
    async def course(venue, bare):
        tiers = (Tier(cap=Decimal(1_000), leverage=50, rate=Decimal("0.01")), Tier(cap=Decimal(9_000), leverage=10, rate=Decimal("0.02")))
        venue.rules["BTCUSDT"] = msgspec.structs.replace(venue.rules["BTCUSDT"], tiers=tiers)
        venue.account.leverage["BTCUSDT"] = 20
        assert (await bare.place(quantity="0.020")).body["code"] == -2027
        venue.account.leverage["BTCUSDT"] = 10
        assert (await bare.place(quantity="0.020")).status == 200
        assert (venue.rules["BTCUSDT"].maintained(Decimal(3_000)), venue.rules["BTCUSDT"].most(20)) == (Decimal(50), Decimal(1_000))

    trading(course)


def test_a_market_order_is_refused_when_the_touch_is_far_from_the_mark():
    async def course(venue, bare):
        venue.market.mark("BTCUSDT", "50000")
        assert (await bare.place(price=None)).body["code"] == -4131

    trading(course)


def test_a_client_id_is_unique_only_among_open_orders():
    async def course(venue, bare):
        assert (await bare.place(newClientOrderId="one")).status == 200
        assert (await bare.place(newClientOrderId="one")).body["code"] == -4116
        venue.market.trade("BTCUSDT", "58000", "1", "sell")
        assert venue.oracle.orders_of("one")[0].status == "FILLED"
        assert (await bare.place(newClientOrderId="one")).status == 200
        venue.market.trade("BTCUSDT", "58000", "1", "sell")
        assert (venue.oracle.accepted("one"), len(venue.oracle.fills_of("one"))) == (2, 2)
        newest = await bare.ask("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="one")
        assert newest.body["orderId"] == venue.oracle.orders[-1].order_id

    trading(course)


def test_a_taker_walks_the_levels_and_the_rest_of_it_waits():
    async def course(venue, bare):
        venue.market.quote("BTCUSDT", "60000", "60000.1", "0.1", "0.1")
        placed = await bare.place(quantity="0.25", price="60000.2")
        assert (placed.body["status"], placed.body["executedQty"]) == ("PARTIALLY_FILLED", "0.200")
        assert [str(trade.price) for trade in venue.oracle.fills] == ["60000.10", "60000.20"]
        venue.market.quote("BTCUSDT", "60000", "60000.2", "0.1", "0.03")
        assert venue.oracle.orders[0].left_qty == Decimal("0.02")
        venue.market.quote("BTCUSDT", "60000", "60000.1", "0.1", "0.001")
        assert venue.oracle.orders[0].status == "FILLED"
        assert [trade.is_maker for trade in venue.oracle.fills] == [False, False, True, True]

    trading(course)


def test_what_an_immediate_order_does_not_find_expires():
    async def course(venue, bare):
        venue.market.quote("BTCUSDT", "60000", "60000.1", "0.1", "0.1")
        placed = await bare.place(quantity="0.25", price="60000.1", timeInForce="IOC")
        assert (placed.body["status"], placed.body["executedQty"]) == ("EXPIRED", "0.100")
        assert venue.oracle.endings[0].how == "EXPIRED"

    trading(course)


def test_a_resting_order_fills_by_the_size_that_reaches_it_and_wholly_when_passed():
    async def course(venue, bare):
        await bare.place(quantity="0.5", price="59000")
        venue.market.trade("BTCUSDT", "59000", "0.2", "buy")
        assert venue.oracle.position("BTCUSDT") == 0
        venue.market.trade("BTCUSDT", "59000", "0.2", "sell")
        assert venue.oracle.position("BTCUSDT") == Decimal("0.2")
        venue.market.trade("BTCUSDT", "58999.9", "0.001", "sell")
        assert venue.oracle.position("BTCUSDT") == Decimal("0.5")
        assert {trade.price for trade in venue.oracle.fills} == {Decimal(59000)}

    trading(course)


def test_a_reducing_order_never_turns_a_position_and_ends_with_it():
    async def course(venue, bare):
        await bare.place(quantity="0.1", price=None)
        await bare.place("SELL", quantity="0.1", price="61000", reduceOnly="true")
        closing = await bare.place("SELL", quantity="0.3", price=None, reduceOnly="true")
        assert (closing.body["status"], closing.body["executedQty"]) == ("EXPIRED", "0.100")
        assert venue.oracle.position("BTCUSDT") == 0
        assert [order.status for order in venue.oracle.orders] == ["FILLED", "EXPIRED", "EXPIRED"]

    trading(course)


def test_an_acknowledgement_without_result_tells_only_that_the_order_came():
    async def course(venue, bare):
        placed = await bare.place(price=None, newOrderRespType="ACK")
        assert (placed.body["status"], placed.body["executedQty"]) == ("NEW", "0.000")
        assert venue.oracle.orders[0].status == "FILLED"

    trading(course)


def test_fees_and_profit_are_booked_and_add_up_in_the_wallet():
    async def course(venue, bare):
        await bare.place(quantity="0.1", price=None)
        venue.market.quote("BTCUSDT", "61000", "61000.1")
        await bare.place("SELL", quantity="0.1", price="62000")
        venue.market.trade("BTCUSDT", "62000.1", "9", "buy")
        rows = (await bare.ask("GET", "/fapi/v1/income", limit=100)).body
        booked = {(row["incomeType"], Decimal(row["income"])) for row in rows}
        assert booked == {
            ("COMMISSION", Decimal("-3.000005")),  # taker, 5 bps of 6,000.01
            ("REALIZED_PNL", Decimal("199.99")),
            ("COMMISSION", Decimal("-1.24")),  # maker, 2 bps of 6,200
        }
        assert venue.account.wallet == 10_000 + sum(amount for _, amount in booked)
        trades = (await bare.ask("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")).body
        assert [row["realizedPnl"] for row in trades] == ["0.00000000", "199.99000000"]
        assert all("clientOrderId" not in row for row in trades)

    trading(course)


def test_rules_that_change_in_mid_run_are_kept_at_once():
    async def course(venue, bare):
        venue.rules["BTCUSDT"] = msgspec.structs.replace(venue.rules["BTCUSDT"], tick=Decimal("0.50"))
        assert (await bare.place(price="59000.10")).body["code"] == -4014
        info = (await bare.bare("GET", "/fapi/v1/exchangeInfo")).body
        assert info["symbols"][0]["filters"][0]["tickSize"] == "0.50"
        venue.rules["BTCUSDT"] = msgspec.structs.replace(venue.rules["BTCUSDT"], status="SETTLING")
        assert (await bare.place(price="59000.50")).body["code"] == -4108

    trading(course)


DEEDS = some.lists(
    some.one_of(
        some.tuples(some.just("limit"), some.sampled_from(("BUY", "SELL")), some.integers(-30, 30), some.integers(2, 60)),
        some.tuples(some.just("market"), some.sampled_from(("BUY", "SELL")), some.just(0), some.integers(2, 60)),
        some.tuples(some.just("reduce"), some.sampled_from(("BUY", "SELL")), some.integers(-30, 30), some.integers(2, 60)),
        some.tuples(some.just("quote"), some.just(""), some.integers(-40, 40), some.integers(1, 60)),
        some.tuples(some.just("trade"), some.sampled_from(("buy", "sell")), some.integers(-40, 40), some.integers(1, 60)),
        some.tuples(some.just("cancel"), some.just(""), some.just(0), some.integers(0, 20)),
    ),
    max_size=25,
)


async def _do(venue: LocalVenue, bare: Signed, deed, number: int) -> None:
    what, side, away, size = deed
    price, qty = f"{60_000 + away}", f"{size / 1_000:.3f}"
    if what == "quote":
        venue.market.quote("BTCUSDT", price, f"{60_000 + away}.1", qty, qty)
    elif what == "trade":
        venue.market.trade("BTCUSDT", price, qty, side)
    elif what == "cancel":
        await bare.ask("DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId=f"c-{size}")
    else:
        more = {"reduceOnly": "true"} if what == "reduce" else {}
        await bare.place(side, qty, None if what == "market" else price, newClientOrderId=f"c-{number}", **more)


@settings(max_examples=30)
@given(DEEDS)
def test_oracle_account_and_answers_always_agree(deeds):
    async def course(venue, bare):
        for number, deed in enumerate(deeds):
            await _do(venue, bare, deed, number)
        trades = (await bare.ask("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", limit=1000)).body
        summed = sum(Decimal(row["qty"]) * (1 if row["buyer"] else -1) for row in trades)
        held = venue.account.position("BTCUSDT")
        assert venue.oracle.position("BTCUSDT") == held.qty == summed
        assert venue.account.wallet == 10_000 + sum(row.amount for row in venue.account.incomes)
        open_ids = {row["orderId"] for row in (await bare.ask("GET", "/fapi/v1/openOrders")).body}
        assert open_ids == {order.order_id for order in venue.oracle.open_orders()}
        for order in venue.oracle.orders:
            filled = sum(trade.qty for trade in venue.oracle.fills if trade.order_id == order.order_id)
            assert filled == order.filled_qty <= order.qty
        spent = sum(trade.qty * trade.price * (1 if trade.side == "BUY" else -1) for trade in venue.oracle.fills)
        worth = held.qty * held.entry - spent
        assert abs(worth - held.realized) < Decimal("0.000001")

    trading(course)
