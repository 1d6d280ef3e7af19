"""Binance's books: what they tell in our words, whole over pages, and not at all where an answer is none."""

import asyncio
import json
from decimal import Decimal

import pytest

from executor.dialects._binance_books import mode_of, rights_of
from executor.errors import SettingsError
from executor.wire.reply import Unanswered
from tests.executor.dialects.venues import opened, submit
from tests.local_venue.faults import Fault

D = Decimal


def test_books_are_told_in_our_words():
    async def scene():
        async with opened() as (venue, dialect):
            await dialect.send(submit("h-1-1", "0.020"))
            await dialect.send(submit("h-1-2", "0.010", side="sell", reduce_only=True))
            await dialect.send(submit("h-1-3", price="59000.1"))
            venue.incidents.funding("BTCUSDT", "0.0001")
            venue.incidents.transfer("250")
            since_us = dialect.server_now_us() - 60_000_000
            return (
                await dialect.positions(),
                await dialect.trades_since("BTCUSDT", since_us),
                await dialect.orders_since("BTCUSDT", dialect.server_now_us()),
                await dialect.open_orders(),
                await dialect.money(),
                await dialect.income_since(since_us),
                venue,
            )

    positions, trades, orders, resting, money, income, venue = asyncio.run(scene())
    (held,) = positions
    assert (held.symbol, held.qty, held.margin) == ("BTCUSDT", D("0.010"), "cross")
    assert held.leverage == venue.account.leverage["BTCUSDT"]
    assert sum(one.qty if one.side == "buy" else -one.qty for one in trades) == D("0.010")
    assert {one.client_id for one in trades} == {None}
    assert all(one.fee > 0 and one.fee_asset == "USDT" for one in trades)
    assert [one.client_id for one in orders] == ["h-1-1", "h-1-2", "h-1-3"]  # also from a minute before
    assert [one.client_id for one in resting] == ["h-1-3"]
    assert money.wallet == money.balances["USDT"] == venue.account.wallet
    assert {one.kind for one in income} == {"funding", "transfer"}


def test_trades_come_whole_over_many_pages():
    async def scene():
        async with opened() as (venue, dialect):
            venue.limits.orders_10s = venue.limits.orders_1m = venue.limits.weight_1m = 10**9
            for number in range(1_150):
                venue.incidents.by_hand("BTCUSDT", "BUY" if number % 2 else "SELL", "0.001")
            found = await dialect.trades_since("BTCUSDT", dialect.server_now_us() - 20 * 86_400_000_000)
            return found, venue.oracle.fills, venue.sent("GET", "/fapi/v1/userTrades")

    found, truth, asked = asyncio.run(scene())
    assert [one.trade_id for one in found] == [str(one.trade_id) for one in truth]
    assert len(found) >= 1_150
    assert [("fromId" in seen.params) for seen in asked] == [False, False, False, True]


def test_orders_come_whole_where_a_page_is_full():
    async def scene():
        async with opened() as (venue, dialect):
            for number in range(1_030):
                venue.incidents.by_hand("BTCUSDT", "BUY" if number % 2 else "SELL", "0.001")
                if number % 100 == 0:
                    await asyncio.sleep(0.003)
            return await dialect.orders_since("BTCUSDT", dialect.server_now_us()), venue.oracle.orders

    found, truth = asyncio.run(scene())
    assert [one.order_id for one in found] == [str(one.order_id) for one in truth]


def test_the_account_is_told_and_set():
    async def scene():
        async with opened() as (venue, dialect):
            before = await dialect.leverages(["BTCUSDT", "NOPEUSDT"])
            await dialect.set_leverage("BTCUSDT", 7)
            await dialect.set_margin("BTCUSDT", "isolated")
            await dialect.set_margin("BTCUSDT", "isolated")
            after = await dialect.leverages(["BTCUSDT"])
            with pytest.raises(SettingsError, match="leverage"):
                await dialect.set_leverage("BTCUSDT", 5_000)
            return before, after, await dialect.mode(), await dialect.key(), await dialect.server_us(), venue

    before, after, mode, key, server_us, _ = asyncio.run(scene())
    assert set(before) == {"BTCUSDT"}
    assert after == {"BTCUSDT": (7, "isolated")}
    assert (mode.is_hedged, mode.is_multi_asset) == (False, False)
    assert key is not None
    assert key.can_trade
    assert server_us > 1_600_000_000_000_000


@pytest.mark.parametrize(
    ("inner", "universal", "may"),
    [
        (True, True, True),
        (True, None, True),
        (False, True, True),
        (None, True, True),
        (False, False, False),
        (False, None, None),
        (None, False, None),
        (None, None, None),
    ],
)
def test_a_key_is_only_known_to_move_nothing_where_both_ways_are_told_to_be_shut(inner, universal, may):
    told = {"enableFutures": True, "enableInternalTransfer": inner, "permitsUniversalTransfer": universal}
    assert rights_of(json.dumps({name: value for name, value in told.items() if value is not None}).encode()).can_transfer is may
    assert rights_of(json.dumps(told).encode()).can_transfer is may


def test_the_markets_that_a_key_may_trade_beside_futures_are_told():
    told = {"enableFutures": True, "enableMargin": False, "enableSpotAndMarginTrading": True, "enableVanillaOptions": True}
    assert rights_of(json.dumps(told).encode()).beyond == ("spot and margin trading", "options")
    assert rights_of(b'{"enableFutures":true}').beyond == ()


def test_modes_are_told_whatever_is_told_beside_them_and_untold_where_one_is_missing():
    assert mode_of(b'{"dualSidePosition":true,"at":5}', b'{"multiAssetsMargin":false,"of":null}').is_hedged
    for sides, assets in ((b"{}", b'{"multiAssetsMargin":false}'), (b'{"dualSidePosition":0}', b'{"multiAssetsMargin":false}')):
        with pytest.raises(Unanswered, match="positionSide/dual"):
            mode_of(sides, assets)


def test_what_a_position_was_leveraged_with_may_be_untold():
    async def scene():
        async with opened() as (venue, dialect):
            await dialect.send(submit("h-1-1"))
            venue.faults.add(Fault(action="reset", method="GET", path="/fapi/v1/symbolConfig"))
            return await dialect.positions()

    (held,) = asyncio.run(scene())
    assert (held.qty, held.leverage, held.margin) == (D("0.010"), None, None)


def test_a_reading_without_a_usable_answer_says_so_and_may_be_repeated():
    async def scene():
        async with opened() as (venue, dialect):
            for body in ("", "[", "{}", '[{"orderId": 5}]', "<html>", '{"code":-1000,"msg":"no"}', "null"):
                venue.faults.add(Fault(action="body", method="GET", path="/fapi/v1/openOrders", body=body))
                with pytest.raises(Unanswered):
                    await dialect.open_orders()
            return await dialect.open_orders()

    assert asyncio.run(scene()) == []
