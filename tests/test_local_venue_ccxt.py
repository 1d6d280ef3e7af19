"""ccxt itself, unchanged, trades at the local venue by the real host names."""

import asyncio
from decimal import Decimal

import ccxt
import pytest

from tests.local_venue.clients import exchange, signed
from tests.local_venue.venue import LocalVenue

BTC = "BTC/USDT:USDT"


def test_ccxt_learns_the_rules_of_every_symbol():
    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            market = ccxt_.market(BTC)
            assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.001)
            assert market["limits"]["cost"]["min"] == 100
            assert set(ccxt_.markets) == {BTC, "ETH/USDT:USDT", "SOL/USDT:USDT", "XRP/USDT:USDT"}
            assert {seen.host for seen in venue.log} == {"fapi.binance.com"}

    asyncio.run(course())


def test_ccxt_places_finds_lists_and_cancels_a_resting_order():
    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            placed = await ccxt_.create_order(BTC, "limit", "buy", 0.01, 59000, {"clientOrderId": "rest-1"})
            assert (placed["status"], placed["clientOrderId"], placed["filled"]) == ("open", "rest-1", 0)
            found = await ccxt_.fetch_order(None, BTC, {"clientOrderId": "rest-1"})
            assert (found["id"], found["price"], found["amount"]) == (placed["id"], 59000, 0.01)
            assert [order["id"] for order in await ccxt_.fetch_open_orders(BTC)] == [placed["id"]]
            canceled = await ccxt_.cancel_order(None, BTC, {"clientOrderId": "rest-1"})
            assert canceled["status"] == "canceled"
            assert await ccxt_.fetch_open_orders(BTC) == []
            with pytest.raises(ccxt.OrderNotFound):
                await ccxt_.cancel_order(placed["id"], BTC)

    asyncio.run(course())


def test_ccxt_trades_at_the_market_and_reads_trades_positions_and_balance():
    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            order = await ccxt_.create_order(BTC, "market", "sell", 0.02, None, {"clientOrderId": "market-1"})
            assert (order["status"], order["average"], order["filled"]) == ("closed", 60000, 0.02)
            (trade,) = await ccxt_.fetch_my_trades(BTC)
            assert (trade["order"], trade["side"], trade["takerOrMaker"]) == (order["id"], "sell", "taker")
            assert trade["fee"] == {"currency": "USDT", "cost": pytest.approx(0.6)}
            (position,) = await ccxt_.fetch_positions()
            assert (position["side"], position["contracts"], position["entryPrice"]) == ("short", 0.02, 60000)
            balance = await ccxt_.fetch_balance()
            assert balance["USDT"]["total"] == pytest.approx(10_000 - 0.6 - 0.02 * 0.05)
            assert venue.oracle.position("BTCUSDT") == Decimal("-0.02")

    asyncio.run(course())


def test_ccxt_is_told_that_a_post_only_order_would_take_and_nothing_is_left_of_it():
    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            with pytest.raises(ccxt.OrderNotFillable, match="-5022"):
                await ccxt_.create_order(BTC, "limit", "buy", 0.01, 60001, {"postOnly": True, "clientOrderId": "post-1"})
            resting = await ccxt_.create_order(BTC, "limit", "buy", 0.01, 60000, {"postOnly": True, "clientOrderId": "post-2"})
            assert (resting["status"], resting["timeInForce"]) == ("open", "PO")
            assert (venue.oracle.accepted("post-1"), venue.oracle.accepted("post-2")) == (0, 1)

    asyncio.run(course())


def test_ccxt_sets_leverage_and_margin_and_reads_modes_and_brackets():
    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            assert (await ccxt_.set_leverage(7, BTC))["leverage"] == 7
            assert venue.account.leverage["BTCUSDT"] == 7
            with pytest.raises(ccxt.MarginModeAlreadySet):
                await ccxt_.set_margin_mode("cross", BTC)
            await ccxt_.set_margin_mode("isolated", BTC)
            assert (await ccxt_.fetch_leverage(BTC))["marginMode"] == "isolated"
            assert (await ccxt_.fetch_position_mode(BTC))["hedged"] is False
            assert await ccxt_.fetch_leverage_tiers([BTC])

    asyncio.run(course())


def test_ccxt_places_and_cancels_a_conditional_order_on_its_own_endpoint():
    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            wanted = {"stopLossPrice": 58000, "reduceOnly": True, "clientOrderId": "stop-1"}
            placed = await ccxt_.create_order(BTC, "market", "sell", 0.01, None, wanted)
            assert placed["triggerPrice"] == 58000
            found = await ccxt_.fetch_open_orders(BTC, params={"trigger": True})
            assert [order["clientOrderId"] for order in found] == ["stop-1"]
            await ccxt_.cancel_order(placed["id"], BTC, {"trigger": True})
            assert await ccxt_.fetch_open_orders(BTC, params={"trigger": True}) == []
            assert venue.sent("POST", "/fapi/v1/algoOrder")

    asyncio.run(course())


def test_ccxt_reads_the_public_market():
    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            venue.market.quote("BTCUSDT", "61000", "61000.5", "2", "3")
            venue.market.trade("BTCUSDT", "61000.5", "0.7", "buy")
            book = await ccxt_.fetch_order_book(BTC, 5)
            assert (book["bids"][0], book["asks"][0], len(book["bids"])) == ([61000, 2], [61000.5, 3], 5)
            assert (await ccxt_.fetch_bids_asks([BTC]))[BTC]["ask"] == 61000.5
            assert (await ccxt_.fetch_ticker(BTC))["last"] == 61000.5
            assert [bar[5] for bar in await ccxt_.fetch_ohlcv(BTC, "1m")] == [0.7]
            assert (await ccxt_.fetch_trades(BTC))[-1]["amount"] == 0.7
            assert (await ccxt_.fetch_funding_rate(BTC))["markPrice"] == 61000.25
            assert abs(await ccxt_.fetch_time() - venue.clock.now_ms()) < 5_000

    asyncio.run(course())


def test_ccxt_trades_at_the_demo_hosts_too_where_there_is_no_wallet_host():
    async def course():
        async with LocalVenue() as venue, signed(venue) as bare:
            async with exchange(venue, options={"fetchCurrencies": False, "defaultType": "swap"}) as ccxt_:
                ccxt_.enable_demo_trading(True)
                await ccxt_.create_order(BTC, "limit", "buy", 0.01, 59000)
            assert venue.log[-1].host == "demo-fapi.binance.com"
            bare.host = "https://demo-fapi.binance.com"
            assert (await bare.ask("GET", "/sapi/v1/account/apiRestrictions")).status == 404
            bare.host = "https://api.binance.com"
            rights = await bare.ask("GET", "/sapi/v1/account/apiRestrictions")
            assert (rights.body["ipRestrict"], rights.body["enableWithdrawals"]) == (True, False)

    asyncio.run(course())
