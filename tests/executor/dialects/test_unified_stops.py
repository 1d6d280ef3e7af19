"""What other venues tell of tiers, and whether a stop can be kept there: used where it can be relied on, else said to be missing."""

import asyncio
from decimal import Decimal

import msgspec
import pytest

from executor.dialects.unified import Unified
from executor.protocol.facts import Accepted, Refused
from tests.executor.dialects.test_unified import SYMBOL, VENUES, opened, order
from tests.executor.wire.scripted import access_to, scripted

D = Decimal


def test_tiers_are_read_where_they_are_told_in_usd(tmp_path):
    async def scene(name):
        async with scripted(tmp_path / name, VENUES[name](), symbols=(SYMBOL[name],)) as server:
            dialect = Unified(access_to(server, name, password="a-pass-phrase"))
            try:
                return (await dialect.open())[SYMBOL[name]], dialect.lacks
            finally:
                await dialect.close()

    for name in VENUES:
        (tmp_path / name).mkdir()
        instrument, lacks = asyncio.run(scene(name))
        assert bool(instrument.brackets) == (name == "bybit")
        assert any("tiers" in sentence for sentence in lacks) == (name != "bybit")
        if name == "bybit":
            assert [(one.cap_usd, one.max_leverage, one.maint_margin_frac) for one in instrument.brackets] == [
                (D(2_000_000), 100, D("0.005")),
                (D(4_000_000), 50, D("0.01")),
            ]
            assert instrument.max_leverage == 100


def stop(name):
    return msgspec.structs.replace(order(name, trigger="59000"), symbol=SYMBOL[name])


def test_a_stop_is_kept_where_it_is_found_again_by_our_id(tmp_path):
    async def scene():
        async with opened(tmp_path, "bybit") as (venue, dialect, _):
            first = stop("bybit")
            sent, listed = await dialect.send(first), await dialect.open_orders()
            canceled = await dialect.cancel(first.client_id, first.symbol)
            second = msgspec.structs.replace(first, client_id="h-stop-2")
            await dialect.send(second)
            venue.orders["h-stop-2"].status = "filled"
            return venue, sent, listed, canceled, await dialect.order("h-stop-2", second.symbol)

    venue, sent, listed, canceled, found = asyncio.run(scene())
    assert isinstance(sent, Accepted)
    assert (sent.order.is_trigger, sent.order.trigger_price) == (True, D(59000))
    write = venue.writes[0]
    told = {
        "triggerPrice": "59000",
        "triggerDirection": 2,
        "triggerBy": "MarkPrice",
        "reduceOnly": True,
        "orderType": "Market",
        "side": "Sell",
    }
    assert {name: write[name] for name in told} == told
    assert [(one.is_trigger, one.trigger_price, one.status) for one in listed] == [(True, D(59000), "open")]
    assert isinstance(canceled, Accepted)
    assert (canceled.order.status, canceled.order.is_trigger) == ("canceled", True)
    assert (found.status, found.is_trigger, found.filled_qty) == ("filled", False, D("0.010"))


@pytest.mark.parametrize("name", ["okx", "hyperliquid"])
def test_where_no_stop_can_be_kept_none_is_sent_and_that_is_said(tmp_path, name):
    async def scene():
        async with opened(tmp_path, name) as (venue, dialect, _):
            return venue, dialect, await dialect.send(stop(name))

    venue, dialect, verdict = asyncio.run(scene())
    assert isinstance(verdict, Refused)
    assert verdict.code == "unsupported"
    assert venue.writes == []
    assert not dialect.keeps_stops
    assert any("stop" in sentence for sentence in dialect.lacks)
