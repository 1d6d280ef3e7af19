"""Every verb against the local venue: what it proves, and what it tells."""

import asyncio
from decimal import Decimal

import msgspec
import pytest

from executor.dialects._binance_line import Call
from executor.dialects.base import Dialect
from executor.protocol.facts import Absent, Accepted, Refused, Unsure
from tests.executor.dialects.venues import opened, submit

D = Decimal


def seen_orders(venue):
    return [seen.params for seen in venue.sent("POST", "/fapi/v1/order")]


def test_a_market_order_is_accepted_once_and_told_as_filled():
    async def scene():
        async with opened() as (venue, dialect):
            verdict = await dialect.send(submit("h-1-1"))
            return venue, verdict

    venue, verdict = asyncio.run(scene())
    assert isinstance(verdict, Accepted)
    assert (verdict.order.client_id, verdict.order.status, verdict.order.filled_qty) == ("h-1-1", "filled", D("0.010"))
    assert venue.oracle.accepted("h-1-1") == 1
    (params,) = seen_orders(venue)
    assert (params["type"], params["newOrderRespType"], params["recvWindow"]) == ("MARKET", "RESULT", "10000")


@pytest.mark.parametrize(
    ("order", "kind", "in_force"),
    [
        (submit("h-1-1", price="59000.1", post_only=True), "LIMIT", "GTX"),
        (submit("h-1-2", price="59000.1"), "LIMIT", "GTC"),
        (submit("h-1-3", price="61000.1", step="fallback"), "LIMIT", "IOC"),
    ],
)
def test_a_limit_rests_as_it_was_meant_to(order, kind, in_force):
    async def scene():
        async with opened() as (venue, dialect):
            return venue, await dialect.send(order)

    venue, verdict = asyncio.run(scene())
    assert isinstance(verdict, Accepted)
    (params,) = seen_orders(venue)
    assert (params["type"], params["timeInForce"], params["price"]) == (kind, in_force, str(order.price))


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (submit("h-1-1", "0.0105"), "qty_off_step"),
        (submit("h-1-1", "0"), "qty_off_step"),
        (submit("h-1-1", "-1"), "qty_off_step"),
        (submit("h-1-1", "NaN"), "qty_off_step"),
        (submit("h-1-1", "Infinity"), "qty_off_step"),
        (submit("h-1-1", "1e-90"), "qty_off_step"),
        (submit("h-1-1", "1e90"), "refused_by_venue"),
        (submit("h-1-1", price="60000.05"), "price_off_tick"),
        (submit("h-1-1", price="-1"), "price_off_tick"),
        (submit("h-1-1", symbol="NOPEUSDT"), "unknown_symbol"),
        (submit("no spaces", "1"), "bad_client_id"),
        (submit("h" * 37, "1"), "bad_client_id"),
        (submit("h-1-1", post_only=True), "post_only_needs_price"),
    ],
)
def test_what_the_rules_forbid_never_leaves_and_is_never_rounded(order, code):
    async def scene():
        async with opened() as (venue, dialect):
            return venue, await dialect.send(order)

    venue, verdict = asyncio.run(scene())
    assert isinstance(verdict, Refused)
    assert code in (verdict.code, "refused_by_venue")
    assert venue.oracle.orders == []
    if code != "refused_by_venue":
        assert seen_orders(venue) == []


def test_a_post_only_order_that_would_take_is_refused_as_such():
    async def scene():
        async with opened() as (_, dialect):
            return await dialect.send(submit("h-1-1", price="61000.1", post_only=True))

    verdict = asyncio.run(scene())
    assert isinstance(verdict, Refused)
    assert (verdict.code, verdict.post_only) == ("post_only_would_cross", True)


def test_an_order_that_is_there_already_is_no_plain_refusal():
    async def scene():
        async with opened() as (venue, dialect):
            await dialect.send(submit("h-1-1", price="59000.1"))
            return venue, await dialect.send(submit("h-1-1", price="59000.1"))

    venue, verdict = asyncio.run(scene())
    assert isinstance(verdict, Refused)
    assert verdict.exists
    assert venue.oracle.accepted("h-1-1") == 1


def test_a_cancel_tells_how_the_order_ended_and_a_second_one_that_nothing_is_left():
    async def scene():
        async with opened() as (_, dialect):
            await dialect.send(submit("h-1-1", price="59000.1"))
            return await dialect.cancel("h-1-1", "BTCUSDT"), await dialect.cancel("h-1-1", "BTCUSDT")

    first, second = asyncio.run(scene())
    assert isinstance(first, Accepted)
    assert (first.order.status, first.order.filled_qty, first.order.price) == ("canceled", D(0), D("59000.1"))
    assert isinstance(second, Refused)
    assert second.code == "gone"


def test_an_order_is_told_by_our_id_and_an_unknown_one_is_absent():
    async def scene():
        async with opened() as (venue, dialect):
            await dialect.send(submit("h-1-1", price="59000.1", post_only=True))
            return venue, await dialect.order("h-1-1", "BTCUSDT"), await dialect.order("h-9-9", "BTCUSDT")

    venue, found, missing = asyncio.run(scene())
    assert (found.status, found.post_only, found.qty) == ("open", True, D("0.010"))
    assert isinstance(missing, Absent)
    assert venue.sent("GET", "/fapi/v1/algoOrder")


CONDITIONAL = {
    "algoType": "CONDITIONAL",
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "0.010",
    "triggerPrice": "50000",
    "clientAlgoId": "by-hand-1",
}
"""Somebody else's conditional order, by the venue's own form."""


def test_conditional_orders_are_listed_asked_for_and_canceled():
    async def scene():
        async with opened() as (_, dialect):
            reply = await dialect.line.send(Call(path="algoOrder", method="POST", params=CONDITIONAL))
            assert reply.status == 200, reply.body
            listed = await dialect.open_orders()
            found = await dialect.order("by-hand-1", "BTCUSDT")
            return listed, found, await dialect.cancel("by-hand-1", "BTCUSDT"), await dialect.open_orders()

    listed, found, canceled, after = asyncio.run(scene())
    assert [(one.client_id, one.is_trigger) for one in listed] == [("by-hand-1", True)]
    assert (found.is_trigger, found.side, found.qty) == (True, "sell", D("0.010"))
    assert isinstance(canceled, Accepted)
    assert canceled.order.status == "canceled"
    assert after == []


def test_demo_keys_have_no_rights_to_tell_and_demo_hosts_are_used():
    async def scene():
        async with opened(mode="demo") as (venue, dialect):
            return await dialect.key(), {seen.host for seen in venue.log}, dialect.lacks

    key, hosts, lacks = asyncio.run(scene())
    assert key is None
    assert {host.partition(":")[0] for host in hosts} == {"demo-fapi.binance.com"}
    assert lacks


def test_the_venue_cancels_what_rests_when_it_hears_nothing():
    async def scene():
        async with opened() as (venue, dialect):
            await dialect.send(submit("h-1-1", price="59000.1"))
            armed = await dialect.arm(["BTCUSDT", "ETHUSDT"], 50)
            await asyncio.sleep(0.3)
            return armed, venue.oracle.open_orders(), await dialect.order("h-1-1", "BTCUSDT")

    armed, left, found = asyncio.run(scene())
    assert armed
    assert left == []
    assert found.status == "canceled"


def test_a_venue_whose_clock_moved_is_measured_again_by_itself():
    async def scene():
        async with opened() as (venue, dialect):
            venue.clock.step(ms=60_000)
            first = await dialect.send(submit("h-1-1"))
            doubted = dialect.line.time.doubts()
            while dialect.line.time.doubts():  # noqa: ASYNC110 - it is measured behind our back
                await asyncio.sleep(0.01)
            return first, doubted, await dialect.send(submit("h-1-2"))

    first, doubted, second = asyncio.run(scene())
    assert isinstance(first, Refused)
    assert first.code == "clock"
    assert doubted
    assert isinstance(second, Accepted)


def test_nothing_is_asked_while_the_venue_forbids_it():
    async def scene():
        async with opened() as (venue, dialect):
            limited = {"status": 429, "body": '{"code":-1003,"msg":"Too many requests."}', "headers": {"Retry-After": "300"}}
            venue.faults.order("body", phase="before", **limited)
            verdict = await dialect.send(submit("h-1-1"))
            before = len(venue.log)
            again, canceled = await dialect.send(submit("h-1-2", reduce_only=True)), await dialect.cancel("h-1-1", "BTCUSDT")
            return verdict, again, canceled, len(venue.log) - before

    verdict, again, canceled, asked = asyncio.run(scene())
    assert isinstance(verdict, Refused)
    assert verdict.retry_us is not None
    assert (again.code, canceled.code) == ("stale_request", "stale_request")
    assert abs(again.retry_us - verdict.retry_us) < 120_000_000  # till then, and not for as long again
    assert asked == 0


def test_a_quantity_is_cut_down_and_never_up():
    async def scene():
        async with opened() as (venue, dialect):
            venue.rules["BTCUSDT"] = msgspec.structs.replace(venue.rules["BTCUSDT"])
            return [dialect.quantised("BTCUSDT", D(qty)) for qty in ("0.0019999", "0.001", "0.0009", "-1", "NaN")]

    assert asyncio.run(scene()) == [D("0.001"), D("0.001"), D(0), D(0), D(0)]


def test_it_is_a_dialect():
    async def scene():
        async with opened() as (_, dialect):
            typed: Dialect = dialect
            return typed.name

    assert asyncio.run(scene()) == "binanceusdm"


def test_an_acknowledgement_of_another_order_proves_nothing():
    async def scene():
        async with opened() as (venue, dialect):
            venue.faults.order("body", body='{"orderId":5,"clientOrderId":"h-2-2","symbol":"BTCUSDT","status":"NEW"}')
            return await dialect.send(submit("h-1-1"))

    assert isinstance(asyncio.run(scene()), Unsure)


def test_closing_in_the_moment_of_a_refused_stamp_ends():
    async def scene():
        for _ in range(5):
            async with opened() as (venue, dialect):
                venue.faults.order("body", phase="before", status=400, body='{"code":-1021,"msg":"no"}')
                await dialect.send(submit("h-1-1"))
        return True

    assert asyncio.run(asyncio.wait_for(scene(), 60))
