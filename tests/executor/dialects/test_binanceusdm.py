"""Every verb against the local venue: what it proves, and what it tells."""

import asyncio
from decimal import Decimal

import msgspec
import pytest

from executor.dialects.base import Dialect
from executor.errors import SettingsError
from executor.protocol.facts import Absent, Accepted, Refused, Unsure
from executor.wire.reply import Unanswered
from tests.executor.dialects.venues import opened, submit
from tests.local_venue.faults import Fault

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
    assert (params["type"], params["newOrderRespType"], params["recvWindow"]) == ("MARKET", "RESULT", "2000")


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
    assert verdict.code == code or code == "refused_by_venue"
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


def place_conditional(venue, client_id):
    """Somebody else's conditional order, by the venue's own form."""
    params = {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "STOP_MARKET",
        "quantity": "0.010",
        "triggerPrice": "50000",
        "clientAlgoId": client_id,
    }
    return params


async def signed_post(dialect, path, params):
    from executor.dialects._binance_line import Call  # noqa: PLC0415 - this test alone places such orders

    return await dialect.line.send(Call(path=path, method="POST", params=params))


def test_conditional_orders_are_listed_asked_for_and_canceled():
    async def scene():
        async with opened() as (venue, dialect):
            reply = await signed_post(dialect, "algoOrder", place_conditional(venue, "by-hand-1"))
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
        async with opened(timeout_ms=1_900) as (venue, dialect):
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
        async with opened(timeout_ms=1_900) as (venue, dialect):
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
            while dialect.line.time.doubts():
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
            limited = {"status": 429, "body": '{"code":-1003,"msg":"Too many requests."}', "headers": {"Retry-After": "3"}}
            venue.faults.order("body", phase="before", **limited)
            verdict = await dialect.send(submit("h-1-1"))
            before = len(venue.log)
            again, canceled = await dialect.send(submit("h-1-2", reduce_only=True)), await dialect.cancel("h-1-1", "BTCUSDT")
            return verdict, again, canceled, len(venue.log) - before

    verdict, again, canceled, asked = asyncio.run(scene())
    assert isinstance(verdict, Refused)
    assert verdict.retry_us is not None
    assert (again.code, canceled.code) == ("stale_request", "stale_request")
    assert again.retry_us <= verdict.retry_us + 1_000
    assert asked == 0


def test_what_a_position_was_leveraged_with_may_be_untold():
    async def scene():
        async with opened() as (venue, dialect):
            await dialect.send(submit("h-1-1"))
            venue.faults.add(Fault(action="reset", method="GET", path="/fapi/v1/symbolConfig"))
            return await dialect.positions()

    (held,) = asyncio.run(scene())
    assert (held.qty, held.leverage, held.margin) == (D("0.010"), None, None)


def test_a_quantity_is_cut_down_and_never_up():
    async def scene():
        async with opened() as (venue, dialect):
            venue.rules["BTCUSDT"] = msgspec.structs.replace(venue.rules["BTCUSDT"])
            return [dialect.quantised("BTCUSDT", D(qty)) for qty in ("0.0019999", "0.001", "0.0009", "-1", "NaN")]

    assert asyncio.run(scene()) == [D("0.001"), D("0.001"), D(0), D(0), D(0)]


def test_a_reading_without_a_usable_answer_says_so_and_may_be_repeated():
    async def scene():
        async with opened() as (venue, dialect):
            for body in ("", "[", "{}", '[{"orderId": 5}]', "<html>", '{"code":-1000,"msg":"no"}', "null"):
                venue.faults.add(Fault(action="body", method="GET", path="/fapi/v1/openOrders", body=body))
                with pytest.raises(Unanswered):
                    await dialect.open_orders()
            return await dialect.open_orders()

    assert asyncio.run(scene()) == []


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
