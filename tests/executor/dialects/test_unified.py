"""Other venues through ccxt's unified calls: one request an order, a verdict only from proof, quantities in base units."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from executor.dialects.base import Dialect
from executor.dialects.unified import Unified
from executor.protocol.facts import Absent, Accepted, Refused, Unsure
from executor.wire.reply import Unanswered
from tests.executor.dialects.okx_hyperliquid import Hyperliquid, Okx
from tests.executor.dialects.other_venues import Bybit
from tests.executor.dialects.unified_rows import ILLS, REFUSALS, UNPROVED
from tests.executor.dialects.venues import submit
from tests.executor.wire.scripted import access_to, says, scripted

D = Decimal
VENUES = {"bybit": Bybit, "okx": Okx, "hyperliquid": Hyperliquid}
SYMBOL = {"bybit": "BTCUSDT", "okx": "BTCUSDT", "hyperliquid": "BTCUSDC"}


@asynccontextmanager
async def opened(tmp_path, name, timeout_ms=60_000):
    venue = VENUES[name]()
    async with scripted(tmp_path, venue, timeout_ms=timeout_ms) as server:
        dialect = Unified(access_to(server, name, password="a-pass-phrase"))
        try:
            await dialect.open()
            yield venue, dialect, server
        finally:
            await dialect.close()


def order(name, client_id="h-momentum-BTC-1", qty="0.010", price=None, **more):
    return submit(client_id, qty, price, symbol=SYMBOL[name], mid=60000.5, **more)


@pytest.mark.parametrize("name", VENUES)
def test_an_order_goes_out_once_under_our_id_and_is_accepted(tmp_path, name):
    async def scene():
        async with opened(tmp_path, name) as (venue, dialect, _):
            typed: Dialect = dialect
            sent = order(name, price="59000", post_only=True)
            return venue, await typed.send(sent), await typed.order(sent.client_id, sent.symbol)

    venue, verdict, found = asyncio.run(scene())
    assert isinstance(verdict, Accepted), verdict
    assert len(venue.writes) == 1
    assert verdict.order.client_id == found.client_id == "h-momentum-BTC-1"
    assert (found.status, found.qty, found.filled_qty, found.side) == ("open", D("0.010"), D(0), "buy")
    assert found.price == D(59000)


@pytest.mark.parametrize("name", VENUES)
def test_a_market_order_is_in_base_units_whatever_a_contract_is(tmp_path, name):
    async def scene():
        async with opened(tmp_path, name) as (venue, dialect, _):
            verdict = await dialect.send(order(name))
            return venue, verdict, await dialect.order("h-momentum-BTC-1", SYMBOL[name])

    venue, verdict, found = asyncio.run(scene())
    assert isinstance(verdict, Accepted), verdict
    (held,) = venue.orders.values()
    assert D(held.qty) == (D(1) if name == "okx" else D("0.01"))
    assert (found.status, found.qty, found.filled_qty) == ("filled", D("0.010"), D("0.010"))


@pytest.mark.parametrize("name", VENUES)
def test_a_cancel_tells_how_the_order_ended_and_then_that_nothing_is_left(tmp_path, name):
    async def scene():
        async with opened(tmp_path, name) as (venue, dialect, _):
            await dialect.send(order(name, price="59000"))
            first = await dialect.cancel("h-momentum-BTC-1", SYMBOL[name])
            return venue, first, await dialect.cancel("h-momentum-BTC-1", SYMBOL[name])

    venue, first, second = asyncio.run(scene())
    assert isinstance(first, Accepted), first
    assert (first.order.status, first.order.filled_qty) == ("canceled", D(0))
    assert isinstance(second, Refused), second
    assert second.code == "gone"
    assert len(venue.writes) == 3


@pytest.mark.parametrize("name", VENUES)
def test_an_order_the_venue_does_not_know_is_absent(tmp_path, name):
    async def scene():
        async with opened(tmp_path, name) as (_, dialect, _server):
            return await dialect.order("h-nobody-1", SYMBOL[name])

    assert isinstance(asyncio.run(scene()), Absent)


@pytest.mark.parametrize("what", [(verb, phase) for verb in ("send", "cancel") for phase in ("before", "after")])
@pytest.mark.parametrize("ill", ILLS)
@pytest.mark.parametrize("name", VENUES)
def test_what_is_not_proved_is_unsure_and_nothing_is_sent_twice(tmp_path, name, ill, what):
    verb, phase = what

    async def scene():
        async with opened(tmp_path, name, timeout_ms=1_500 if ill == "hang" else 60_000) as (venue, dialect, _):
            if verb == "cancel":
                await dialect.send(order(name, price="59000"))
            before = len(venue.writes)
            venue.ill = (phase, ILLS[ill])
            if verb == "send":
                verdict = await dialect.send(order(name, price="59000"))
            else:
                verdict = await dialect.cancel("h-momentum-BTC-1", SYMBOL[name])
            return verdict, len(venue.writes) - before, [held.status for held in venue.orders.values()]

    verdict, writes, held = asyncio.run(scene())
    assert writes == 1
    if verb == "cancel" and isinstance(verdict, Accepted):  # the answer was empty words, and the order was then seen to have ended
        assert held == ["canceled"]
        return
    assert isinstance(verdict, Unsure), verdict
    assert "http" not in verdict.reason.lower().replace("http 5", "").replace("http 2", "").replace("http 4", "").replace("http 3", "")


READINGS = {
    "order": lambda dialect, symbol: dialect.order("h-momentum-BTC-1", symbol),
    "open orders": lambda dialect, _symbol: dialect.open_orders(),
    "orders": lambda dialect, symbol: dialect.orders_since(symbol, dialect.server_now_us()),
    "trades": lambda dialect, symbol: dialect.trades_since(symbol, dialect.server_now_us()),
    "positions": lambda dialect, _symbol: dialect.positions(),
    "money": lambda dialect, _symbol: dialect.money(),
    "time": lambda dialect, _symbol: dialect.server_us(),
}


@pytest.mark.parametrize("ill", sorted(set(ILLS) - {"hang", "200 list"}))
@pytest.mark.parametrize("name", VENUES)
def test_an_answer_that_is_none_is_not_read_as_nothing(tmp_path, name, ill):
    async def scene():
        async with opened(tmp_path, name) as (_, dialect, server):
            await dialect.send(order(name, price="59000"))
            server.script = lambda _: ILLS[ill]
            return {what: await told(reading(dialect, SYMBOL[name])) for what, reading in READINGS.items()}

    assert {what: answer for what, answer in asyncio.run(scene()).items() if answer is not Unanswered} == {}


async def told(reading):
    """What a reading gave, or the kind of its refusal."""
    try:
        return await reading
    except Unanswered:
        return Unanswered


@pytest.mark.parametrize(("name", "body", "code"), REFUSALS)
def test_a_refusal_that_the_venue_spells_out_is_one(tmp_path, name, body, code):
    async def scene():
        async with opened(tmp_path, name) as (venue, dialect, _):
            venue.ill = ("before", says(body))
            return await dialect.send(order(name, price="59000"))

    verdict = asyncio.run(scene())
    assert isinstance(verdict, Refused), verdict
    assert (verdict.code, verdict.exists) == (code, code == "duplicate_client_id")
    assert (verdict.retry_us is not None) == (code == "rate_limited")


@pytest.mark.parametrize(("name", "body"), UNPROVED)
def test_an_error_that_may_hide_an_order_is_no_refusal(tmp_path, name, body):
    async def scene():
        async with opened(tmp_path, name) as (venue, dialect, _):
            venue.ill = ("before", says(body))
            return await dialect.send(order(name, price="59000"))

    assert isinstance(asyncio.run(scene()), Unsure)


@pytest.mark.parametrize(
    ("name", "asked", "code"),
    [
        ("bybit", ("0.0105", "59000"), "qty_off_step"),
        ("okx", ("0.015", "59000"), "qty_off_step"),
        ("bybit", ("0.010", "59000.05"), "price_off_tick"),
        ("hyperliquid", ("0.01", "59000.5"), "price_off_tick"),
        ("bybit", ("NaN", None), "qty_off_step"),
    ],
)
def test_what_is_off_the_grid_never_leaves(tmp_path, name, asked, code):
    async def scene():
        async with opened(tmp_path, name) as (venue, dialect, _):
            return venue, await dialect.send(order(name, qty=asked[0], price=asked[1]))

    venue, verdict = asyncio.run(scene())
    assert isinstance(verdict, Refused), verdict
    assert (verdict.code, venue.writes) == (code, [])


def test_bybit_tells_books_in_our_words(tmp_path):
    async def scene():
        async with opened(tmp_path, "bybit") as (_, dialect, _server):
            await dialect.send(order("bybit"))
            await dialect.send(order("bybit", client_id="h-momentum-BTC-2", price="59000"))
            since_us = dialect.server_now_us() - 60_000_000
            return (
                await dialect.open_orders(),
                await dialect.orders_since("BTCUSDT", since_us),
                await dialect.trades_since("BTCUSDT", since_us),
                await dialect.positions(),
                await dialect.money(),
                await dialect.mode(),
            )

    resting, orders, trades, positions, money, mode = asyncio.run(scene())
    assert [one.client_id for one in resting] == ["h-momentum-BTC-2"]
    assert sorted(one.client_id for one in orders) == ["h-momentum-BTC-1", "h-momentum-BTC-2"]
    assert [(one.qty, one.price, one.fee, one.is_maker) for one in trades] == [(D("0.010"), D(60000), D("0.3"), False)]
    assert [(one.symbol, one.qty, one.leverage) for one in positions] == [("BTCUSDT", D("0.010"), 3)]
    assert (money.wallet, money.unrealised) == (D(1000), D(1))
    assert not mode.is_hedged


def test_okx_lists_open_orders_under_our_ids_even_hashed(tmp_path):
    async def scene():
        async with opened(tmp_path, "okx") as (venue, dialect, server):
            await dialect.send(order("okx", price="59000"))
            again = Unified(access_to(server, "okx", password="a-pass-phrase"))
            await again.open()
            again.remember(["h-momentum-BTC-1"])
            found = await again.open_orders()
            await again.close()
            return venue, found, await dialect.mode()

    venue, found, mode = asyncio.run(scene())
    assert [one.client_id for one in found] == ["h-momentum-BTC-1"]
    assert all(name.isalnum() and len(name) <= 32 for name in venue.orders)
    assert not mode.is_hedged


def test_hyperliquid_is_told_nothing_but_our_order(tmp_path):
    async def scene():
        async with opened(tmp_path, "hyperliquid") as (venue, dialect, _):
            await dialect.send(order("hyperliquid"))
            return venue

    (action,) = asyncio.run(scene()).writes  # ccxt alone would set a referrer and approve a fee for its authors
    assert action["type"] == "order"
    assert "builder" not in action
    assert len(action["orders"][0]["c"]) == 34


@pytest.mark.parametrize("name", VENUES)
def test_what_a_venue_lacks_is_said_in_sentences(tmp_path, name):
    async def scene():
        async with opened(tmp_path, name) as (_, dialect, _server):
            return dialect.lacks, await dialect.key()

    lacks, key = asyncio.run(scene())
    assert key is None
    assert any("key" in sentence for sentence in lacks)
    assert len(set(lacks)) == len(lacks)


def test_a_refused_stamp_has_the_clock_measured_again(tmp_path):
    async def scene():
        async with opened(tmp_path, "bybit") as (venue, dialect, _):
            venue.ill = ("before", says({"retCode": 10002, "retMsg": "check your timestamp", "result": {}}))
            before = dialect.clock_doubt(5_000)
            await dialect.send(order("bybit", price="59000"))
            doubt = dialect.clock_doubt(5_000)
            while dialect.clock_doubt(5_000):  # noqa: ASYNC110 - it is measured behind our back
                await asyncio.sleep(0.01)
            return before, doubt

    before, doubt = asyncio.run(scene())
    assert before == ""
    assert doubt
