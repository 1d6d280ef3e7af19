"""How the local venue's websockets fail, as scripted."""

import asyncio

import aiohttp
import pytest

from tests.local_venue.clients import signed
from tests.local_venue.faults import Fault
from tests.local_venue.listeners import STREAM, heard, listened, listening, subscribed
from tests.local_venue.stream_faults import StreamFault
from tests.local_venue.venue import LocalVenue


def test_a_fill_that_is_never_told_is_still_in_the_books_and_told_fills_may_come_before_or_after_the_answer():
    async def course():
        async with LocalVenue() as venue, signed(venue) as bare:
            key = (await bare.bare("POST", "/fapi/v1/listenKey")).body["listenKey"]
            async with listening(venue, f"{STREAM}/private/ws?listenKey={key}") as ws:
                venue.streams.faults.add(StreamFault(stream="user", action="drop", contains='"x":"TRADE"'))
                await bare.place(price=None, newClientOrderId="untold")
                assert [each["e"] for each in await heard(ws, 2)] == ["ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE"]
                venue.faults.order("slow", ms=60_000)
                answer = asyncio.create_task(bare.place(price=None, newClientOrderId="early"))
                assert (await heard(ws, 3))[2]["o"]["c"] == "early"
                assert not answer.done()
                answer.cancel()
                venue.streams.user_delay_ms = 50
                await bare.place(price=None, newClientOrderId="later")
                assert (await heard(ws, 3))[2]["o"]["c"] == "later"
                assert [trade.client_id for trade in venue.oracle.fills] == ["untold", "early", "later"]

    asyncio.run(course())


def test_a_stream_can_be_refused_reset_or_kept_waiting_like_any_request():
    async def course():
        async with LocalVenue() as venue:
            venue.faults.add(Fault(action="body", path="/ws", status=503, body="down"))
            venue.faults.add(Fault(action="reset", path="/ws", times=2))  # aiohttp itself asks once more
            venue.faults.add(Fault(action="slow", path="/ws", ms=20))
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await _joined_once(venue)
            with pytest.raises(aiohttp.ClientConnectionError):
                await _joined_once(venue)
            await _joined_once(venue)
            assert [seen.path for seen in venue.log] == ["/ws"] * 4

    asyncio.run(course())


async def _joined_once(venue):
    async with listening(venue, f"{STREAM}/ws") as ws:
        await subscribed(ws, "btcusdt@bookTicker")


async def _quotes(venue, count=3):
    for number in range(count):
        venue.market.quote("BTCUSDT", 60_000 + number, 60_001 + number)


FAULTS = {
    "drop": ({"nth": 2}, ["60000.00", "60002.00"]),
    "duplicate": ({"nth": 2}, ["60000.00", "60001.00", "60001.00", "60002.00"]),
    "reorder": ({"nth": 1}, ["60001.00", "60000.00", "60002.00"]),
    "delay": ({"nth": 1, "ms": 60}, ["60001.00", "60002.00", "60000.00"]),
    "garbage": ({"nth": 2, "text": "}oops{"}, ["60000.00", "}oops{", "60002.00"]),
}


@pytest.mark.parametrize("action", FAULTS)
def test_a_message_is_damaged_as_the_script_says(action):
    scripted, expected = FAULTS[action]

    async def course(venue, ws):
        await subscribed(ws, "btcusdt@bookTicker")
        fault = venue.streams.faults.add(StreamFault(stream="*@bookTicker", action=action, **scripted))
        await _quotes(venue)
        told = await heard(ws, len(expected))
        assert [each["b"] if isinstance(each, dict) else each for each in told] == expected
        assert fault.fired == 1

    listened(course)


def test_half_a_message_shifted_times_silence_and_endings():
    async def course(venue, ws):
        await subscribed(ws, "btcusdt@bookTicker")
        script = venue.streams.faults
        script.add(StreamFault(stream="btcusdt@bookTicker", action="half"))
        script.add(StreamFault(stream="btcusdt@bookTicker", action="shift", ms=3_600_000, nth=1))
        script.add(StreamFault(stream="btcusdt@bookTicker", action="drop", times=None))
        await _quotes(venue, 5)
        half, shifted = await heard(ws, 2)
        assert half.startswith('{"e":"bookTicker"')
        assert shifted["E"] > venue.clock.now_ms() + 3_000_000
        with pytest.raises(asyncio.TimeoutError):
            await ws.receive(timeout=0.1)
        venue.streams.raw("btcusdt@bookTicker", "anything")
        assert await heard(ws) == ["anything"]
        script.clear()
        script.add(StreamFault(stream="*", action="close", code=1008))
        await _quotes(venue, 1)
        assert (await ws.receive(timeout=60)).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == 1008

    listened(course)


@pytest.mark.parametrize("action", ["torn", "reset"])
def test_a_connection_breaks_in_the_middle(action):
    async def course(venue, ws):
        await subscribed(ws, "btcusdt@bookTicker")
        venue.streams.faults.add(StreamFault(stream="*", action=action))
        await _quotes(venue, 1)
        assert (await heard(ws))[0] in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR)

    listened(course)


def test_a_half_open_stream_answers_no_ping():
    async def course():
        async with LocalVenue() as venue, listening(venue, f"{STREAM}/ws", autoping=False) as ws:
            await ws.ping(b"one")
            assert (await ws.receive(timeout=60)).type is aiohttp.WSMsgType.PONG
            venue.streams.answers_pings = False
            await ws.ping(b"two")
            with pytest.raises(asyncio.TimeoutError):
                await ws.receive(timeout=0.1)
            next(iter(venue.streams.connections)).ping(5)
            assert (await ws.receive(timeout=60)).type is aiohttp.WSMsgType.PING

    asyncio.run(course())
