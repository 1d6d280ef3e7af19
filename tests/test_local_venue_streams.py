"""The local venue's websockets: what they tell, by every address that clients use."""

import asyncio

import pytest

from tests.local_venue.clients import exchange, signed
from tests.local_venue.listeners import STREAM, heard, joined, listened, listening, subscribed
from tests.local_venue.venue import LocalVenue

BTC = "BTC/USDT:USDT"


ADDRESSES = {
    "/ws/btcusdt@bookTicker": False,
    "/stream?streams=ethusdt@trade/btcusdt@bookTicker": True,
    "/public/ws/btcusdt@bookTicker": False,
    "/public/stream?streams=btcusdt@bookTicker": True,
}


@pytest.mark.parametrize("host", [STREAM, "wss://fstream.binancefuture.com"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_a_stream_is_heard_by_every_address_of_it(host, path):
    async def course(venue, ws):
        await ws.ping()
        venue.market.quote("BTCUSDT", "60001", "60001.1", "2", "3")
        (message,) = await heard(ws)
        told = message["data"] if ADDRESSES[path] else message
        assert (told["e"], told["b"], told["B"], told["a"], told["A"]) == ("bookTicker", "60001.00", "2.000", "60001.10", "3.000")
        assert message.get("stream") == ("btcusdt@bookTicker" if ADDRESSES[path] else None)

    listened(course, host + path)


def test_streams_are_joined_listed_and_left_by_command():
    async def course(venue, ws):
        await subscribed(ws, "btcusdt@trade", "btcusdt@aggTrade", "!bookTicker")
        venue.market.trade("BTCUSDT", "60000", "0.5", "sell")
        trade, agg = await heard(ws, 2)
        assert (trade["e"], trade["q"], trade["m"]) == ("trade", "0.500", True)
        assert (agg["e"], agg["a"]) == ("aggTrade", trade["t"])
        await ws.send_json({"method": "UNSUBSCRIBE", "params": ["btcusdt@trade", "btcusdt@aggTrade"], "id": 2})
        await ws.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 3})
        assert await heard(ws, 2) == [{"result": None, "id": 2}, {"result": ["!bookTicker"], "id": 3}]
        venue.market.trade("BTCUSDT", "60000", "0.5", "sell")
        venue.market.quote("ETHUSDT", "3001", "3001.01")
        assert [message["e"] for message in await heard(ws)] == ["bookTicker"]
        await ws.send_str("{")
        assert (await heard(ws))[0]["error"]["code"] == 3

    listened(course)


def test_marks_are_told_on_their_own_pace_and_depth_is_chained():
    async def course():
        async with LocalVenue(mark_s=0.02) as venue, listening(venue, f"{STREAM}/market/ws") as ws:
            await subscribed(ws, "btcusdt@markPrice@1s")
            assert (await heard(ws))[0]["p"] == "60000.00000000"
        async with LocalVenue() as venue, listening(venue, f"{STREAM}/public/ws") as ws:
            await subscribed(ws, "btcusdt@depth@100ms")
            for price in (60_000, 60_001, 60_002):
                venue.market.quote("BTCUSDT", price, price + 0.1)
            first, second, third = await heard(ws, 3)
            assert (second["pu"], third["pu"]) == (first["u"], second["u"])
            assert ["60001.10", "0.000"] in third["a"]
            assert ["60002.00", "100.000"] in third["b"]
            assert third["u"] == venue.market.books["BTCUSDT"].update_id

    asyncio.run(course())


def test_the_user_stream_tells_an_order_from_its_arrival_to_its_end():
    async def course():
        async with LocalVenue() as venue, signed(venue) as bare:
            venue.matching.is_lite_told = True
            key = (await bare.bare("POST", "/fapi/v1/listenKey")).body["listenKey"]
            assert (await bare.bare("POST", "/fapi/v1/listenKey")).body["listenKey"] == key
            async with listening(venue, f"{STREAM}/private/ws?listenKey={key}") as ws:
                await bare.place(newClientOrderId="one")
                venue.market.trade("BTCUSDT", "59000", "0.004", "sell")
                await bare.ask("DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="one")
                await bare.ask("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=3)
                told = await heard(ws, 6)
        assert [message["e"] for message in told] == [
            "ORDER_TRADE_UPDATE",
            "TRADE_LITE",
            "ACCOUNT_UPDATE",
            "ORDER_TRADE_UPDATE",
            "ORDER_TRADE_UPDATE",
            "ACCOUNT_CONFIG_UPDATE",
        ]
        new, traded, ended = (told[place]["o"] for place in (0, 3, 4))
        assert [(each["x"], each["X"], each["z"]) for each in (new, traded, ended)] == [
            ("NEW", "NEW", "0.000"),
            ("TRADE", "PARTIALLY_FILLED", "0.004"),
            ("CANCELED", "CANCELED", "0.004"),
        ]
        assert (traded["c"], traded["l"], traded["m"], traded["t"] > 0) == ("one", "0.004", True, True)
        assert told[2]["a"]["P"][0]["pa"] == "0.004"
        assert told[5]["ac"] == {"s": "BTCUSDT", "l": 3}

    asyncio.run(course())


def test_a_listen_key_that_is_over_is_told_and_the_stream_stays_silent():
    async def course():
        async with LocalVenue() as venue, signed(venue) as bare:
            key = (await bare.bare("POST", "/fapi/v1/listenKey")).body["listenKey"]
            async with listening(venue, f"{STREAM}/ws/{key}") as ws:
                venue.clock.step(ms=59 * 60_000)
                assert (await bare.bare("PUT", "/fapi/v1/listenKey")).status == 200
                venue.clock.step(ms=59 * 60_000)
                venue.clock.step(ms=2 * 60_000)
                (over,) = await heard(ws)
                assert (over["e"], over["listenKey"]) == ("listenKeyExpired", key)
                assert (await bare.bare("PUT", "/fapi/v1/listenKey")).body["code"] == -1125
                bare.skew_ms = 120 * 60_000
                assert (await bare.place(price=None)).status == 200
                with pytest.raises(asyncio.TimeoutError):
                    await ws.receive(timeout=0.1)
                assert (await bare.bare("POST", "/fapi/v1/listenKey")).body["listenKey"] != key

    asyncio.run(course())


def test_a_flood_arrives_whole_and_in_order():
    async def course(venue, ws):
        await subscribed(ws, "btcusdt@bookTicker")

        async def flooded():
            sent = await venue.streams.flood("BTCUSDT", 20_000, 0.5)
            venue.streams.raw("btcusdt@bookTicker", '{"u":0}')
            return sent

        flood = asyncio.create_task(flooded())
        told = []
        while not told or told[-1]:
            told += [message["u"] for message in await heard(ws)]
        assert told[:-1] == list(range(told[0], told[0] + await flood))
        assert len(told) > 1_000

    listened(course)


def test_ccxt_pro_hears_best_prices_books_trades_marks_and_its_own_orders():
    async def course():
        async with LocalVenue(mark_s=0.05) as venue, exchange(venue, streams=True) as ccxt_:
            orders = asyncio.create_task(ccxt_.watch_orders(BTC))
            touches = asyncio.create_task(ccxt_.watch_bids_asks([BTC]))
            prints = asyncio.create_task(ccxt_.watch_trades(BTC))
            marks = asyncio.create_task(ccxt_.watch_mark_price(BTC))
            await asyncio.wait_for(joined(venue, "btcusdt@bookTicker", "btcusdt@trade", "user"), 60)
            venue.market.quote("BTCUSDT", "60010", "60010.1")
            venue.market.trade("BTCUSDT", "60010.1", "2", "buy")
            assert (await asyncio.wait_for(touches, 60))[BTC]["bid"] == 60010
            assert (await asyncio.wait_for(prints, 60))[0]["amount"] == 2
            assert (await asyncio.wait_for(marks, 60))["markPrice"] > 0
            await ccxt_.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "mine"})
            assert (await asyncio.wait_for(orders, 60))[0]["clientOrderId"] == "mine"

    asyncio.run(course())
