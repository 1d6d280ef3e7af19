"""What the venue tells everybody is read strictly, and a venue that asks to be left alone is."""

import asyncio

import pytest
from aiohttp import web

from executor.dialects._binance_public import Addresses, BinancePublic, addresses_of, quotes_of
from executor.wire.passing import monotonic_s
from executor.wire.reply import Reply, Unanswered
from tests.executor.wire.streams import pushing
from tests.executor.wire.streams.pushing import Pusher


async def answered(status, body="[]", headers=None):
    """How often a venue that answers so is asked when it is asked twice, and what came of it."""
    asked, told = [], []

    async def answer(request):
        asked.append(request.path)
        return web.Response(status=status, text=body, headers=headers)

    app = web.Application()
    app.router.add_get("/fapi/v1/{what:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    public = BinancePublic(Addresses(rest=f"http://127.0.0.1:{port}", streams=""))
    async with pushing.door() as door:
        for _ in range(2):
            try:
                told.append(await public.quotes(door, ("AAAUSDT", "BBBUSDT", "CCCUSDT")))
            except Unanswered as error:
                told.append(str(error))
    await runner.cleanup()
    return asked, told


@pytest.mark.parametrize("status", [418, 429])
def test_a_venue_that_was_asked_too_often_is_not_asked_again_before_it_allows_it(status):
    asked, told = asyncio.run(answered(status, headers={"Retry-After": "60"}))
    assert len(asked) == 1
    assert told == [f"ticker/bookTicker: HTTP {status}", "the venue asked to be left alone for a while"]


@pytest.mark.parametrize(("status", "body"), [(200, "<html>"), (200, '[{"symbol":"AAAUSDT"}]'), (200, '[{"s":'), (503, "[]"), (302, "[]")])
def test_what_is_no_answer_is_none(status, body):
    asked, told = asyncio.run(answered(status, body))
    assert len(asked) == 2
    assert all(isinstance(each, str) for each in told)


@pytest.mark.parametrize("after", ["9" * 5_000, "9" * 9, "-5", "soon", ""])
def test_a_venue_that_names_no_sensible_end_is_left_alone_for_a_while_and_not_for_ever(after):
    public = BinancePublic(Addresses(rest="", streams=""))
    reply = Reply(status=429, headers={"Retry-After": after})

    class Door:
        async def ask(self, request):
            return reply

    with pytest.raises(Unanswered, match="HTTP 429"):
        asyncio.run(public.quotes(Door(), ("AAAUSDT",)))
    assert 0 < public._held_off_until_s - monotonic_s() <= 3 * 86_400


TICKER = b'{"symbol":"AAAUSDT","bidPrice":"1","bidQty":"1","askPrice":"2","askQty":"1","time":5}'
OTHERS = [b"null", b"5", b"{}", TICKER.replace(b'"1"', b"null"), TICKER.replace(b'"2"', b'"Infinity"'), TICKER.replace(b'"1"', b'"NaN"')]


@pytest.mark.parametrize("other", [*OTHERS, TICKER.replace(b'"askQty":"1"', b'"askQty":"inf"'), TICKER.replace(b"5}", b"-5}")])
def test_a_price_that_is_none_is_left_out_and_others_are_told(other):
    assert [one.bid for one in quotes_of(b"[" + other + b"," + TICKER + b"]")] == [1.0]
    assert quotes_of(b"[]") == []


@pytest.mark.parametrize("body", [b"[{}]", b"{}", b"\xff", b'[{"symbol":"\xff"}]', b"[" * 20_000 + b"]" * 20_000])
def test_prices_that_nobody_understands_are_no_answer(body):
    with pytest.raises(Unanswered):
        quotes_of(body)


def test_what_is_in_trading_is_told_from_what_is_not():
    async def scene():
        async with Pusher() as pusher, pushing.door() as door:
            return await BinancePublic(Addresses(rest=pusher.rest, streams="")).instruments(door)

    told = asyncio.run(scene())
    assert {symbol: one.is_trading for symbol, one in told.items()} == {"AAAUSDT": True, "BBBUSDT": True, "CCCUSDT": True, "OLDUSDT": False}


def test_only_a_demo_account_sees_the_demo_market():
    assert addresses_of("paper") == addresses_of("live")
    assert "demo" in addresses_of("demo").rest
