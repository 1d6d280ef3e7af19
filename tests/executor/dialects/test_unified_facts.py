"""Numbers that nobody can mean never become facts, and nothing the account holds is left out."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.dialects import _unified_facts as facts
from executor.dialects._exact import exact
from executor.dialects._unified_manners import Names, manners_of
from executor.records.soundness import LARGEST, LONGEST
from executor.wire.reply import Unanswered
from tests.executor.dialects.test_unified import opened, order, told

D = Decimal
LISTED = facts.foreign("BTC/USDT:USDT", {"contractSize": "0.01"})
TRADE = {
    "id": "t1",
    "order": "7",
    "side": "buy",
    "price": "60000",
    "amount": "1",
    "timestamp": 1,
    "fee": {"cost": "0.1", "currency": "USDT"},
}
ORDER = {"id": "7", "status": "open", "side": "buy", "amount": "2", "filled": "1", "timestamp": 1}
HELD = {"side": "long", "contracts": "1", "entryPrice": "60000"}
NO_AMOUNTS = ["-1", "NaN", "Infinity", "1E+999999", "1e400", "x", None, True]
NUMBERS = st.decimals(allow_nan=True, allow_infinity=True) | st.integers() | st.floats() | st.text(max_size=5) | st.none()


@given(NUMBERS)
def test_a_number_is_one_that_can_be_meant_or_none(value):
    number = exact(value)
    if number is not None:
        assert number.is_finite()
        assert number.is_zero() or abs(number.adjusted()) <= LARGEST
        assert len(str(number)) <= LONGEST
        assert number == D(str(value))


@pytest.mark.parametrize("field", ["price", "amount"])
@pytest.mark.parametrize("value", [*NO_AMOUNTS, "0"])
def test_a_trade_of_nothing_or_less_is_no_fact(field, value):
    assert facts.trade_of(TRADE, LISTED).qty == D("0.01")
    with pytest.raises(Unanswered):
        facts.trade_of(TRADE | {field: value}, LISTED)


@pytest.mark.parametrize("value", ["NaN", "1e400", "x"])
def test_a_fee_that_is_no_number_is_not_free(value):
    with pytest.raises(Unanswered):
        facts.trade_of(TRADE | {"fee": {"cost": value, "currency": "USDT"}}, LISTED)
    assert facts.trade_of(TRADE | {"fee": None}, LISTED).fee == 0


@pytest.mark.parametrize(
    "changed", [*({"filled": value} for value in NO_AMOUNTS), {"filled": "3"}, {"amount": "-1"}, {"id": None}, {"timestamp": 1e23}]
)
def test_an_order_that_cannot_be_is_no_fact(changed):
    names = Names(manners_of("bybit"))
    assert facts.order_of(ORDER, LISTED, names).filled_qty == D("0.01")
    with pytest.raises(Unanswered):
        facts.order_of(ORDER | changed, LISTED, names)


@pytest.mark.parametrize(
    "changed", [*({"contracts": value} for value in NO_AMOUNTS[1:]), {"entryPrice": "0"}, {"entryPrice": "1e99"}, {"side": None}]
)
def test_a_position_that_cannot_be_is_no_fact(changed):
    assert facts.position_of(HELD, LISTED).qty == D("0.01")
    with pytest.raises(Unanswered):
        facts.position_of(HELD | changed, LISTED)


@pytest.mark.parametrize("total", [{}, {"USDC": "5"}, {"USDT": None}, {"USDT": "NaN"}, {"USDT": "1e400"}, None])
def test_a_wallet_that_does_not_tell_the_settling_currency_is_not_empty(total):
    with pytest.raises(Unanswered):
        facts.money_of({"total": total}, D(0), "USDT", is_equity=False)


def test_a_perpetual_without_a_contract_size_is_left_out():
    market = {"swap": True, "linear": True, "symbol": "A/B:B", "base": "A", "quote": "B", "precision": {"price": "0.1", "amount": "1"}}
    assert facts.listed_of([market | {"contractSize": "0.01"}], 4).keys() == {"AB"}
    for size in (None, "0", "x", "-1"):
        assert facts.listed_of([market | {"contractSize": size}], 4) == {}


def changed(venue, path, **fields):
    """Have the rows of one answer tell other fields."""
    true = venue.told

    def told(asked, params):
        answer = true(asked, params)
        if asked == path:
            answer["result"]["list"] = [row | fields for row in answer["result"]["list"]]
        return answer

    venue.told = told


def test_what_is_held_in_a_symbol_that_is_not_traded_is_told(tmp_path):
    async def scene():
        async with opened(tmp_path, "bybit") as (venue, dialect, _):
            await dialect.send(order("bybit", price="59000"))
            changed(venue, "position/list", symbol="FOOUSDT")
            changed(venue, "order/realtime", symbol="FOOUSDT")
            return await dialect.positions(), await dialect.open_orders(), await told(dialect.trades_since("FOOUSDT", 1))

    positions, orders, trades = asyncio.run(scene())
    assert [(one.symbol, one.qty) for one in positions] == [("FOOUSDT", D("0.010"))]
    assert [(one.symbol, one.client_id) for one in orders] == [("FOOUSDT", "h-momentum-BTC-1")]
    assert trades is Unanswered


@pytest.mark.parametrize(
    ("path", "fields", "what"),
    [
        ("position/list", {"size": None}, "positions"),
        ("position/list", {"size": ""}, "positions"),
        ("position/list", {"size": "-0.01"}, "positions"),
        ("position/list", {"symbol": ""}, "positions"),
        ("order/realtime", {"symbol": None}, "open_orders"),
        ("account/wallet-balance", {"coin": []}, "money"),
        ("account/wallet-balance", {"coin": "x"}, "money"),
    ],
)
def test_a_row_that_leaves_out_what_counts_is_no_answer(tmp_path, path, fields, what):
    async def scene():
        async with opened(tmp_path, "bybit") as (venue, dialect, _):
            await dialect.send(order("bybit", price="59000"))
            changed(venue, path, **fields)
            return await told(getattr(dialect, what)())

    assert asyncio.run(scene()) is Unanswered


def test_a_trade_without_a_time_is_not_left_out(tmp_path):
    async def scene():
        async with opened(tmp_path, "bybit") as (venue, dialect, _):
            await dialect.send(order("bybit"))
            changed(venue, "execution/list", execTime="")
            return await told(dialect.trades_since("BTCUSDT", dialect.server_now_us() - 60_000_000))

    assert asyncio.run(scene()) is Unanswered


def test_open_orders_that_fill_an_answer_are_not_taken_for_all(tmp_path):
    async def scene():
        async with opened(tmp_path, "bybit") as (venue, dialect, server):
            for number in range(49):
                venue.place(f"h-{number}", "buy", "0.01", "59000", is_market=False)
            before = await dialect.open_orders()
            venue.place("h-49", "buy", "0.01", "59000", is_market=False)
            limits = {seen.params.get("limit") for seen in server.log if seen.path.endswith("order/realtime")}
            return before, limits, await told(dialect.open_orders()), await told(dialect.orders_since("BTCUSDT", dialect.server_now_us()))

    before, limits, full, since = asyncio.run(scene())
    assert (len(before), limits) == (49, {"50"})  # left to itself the venue tells 20
    assert full is since is Unanswered
