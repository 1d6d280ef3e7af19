"""Conditional orders of ours: sent once to their own endpoint, found again, canceled, and judged by the order that came of them."""

import asyncio
from decimal import Decimal

import pytest

from executor.dialects._binance_algos import Algo, is_forgotten
from executor.protocol.facts import Absent, Accepted, OrderFact, Refused, Unsure
from executor.records.orders import Trigger
from executor.wire.reply import Unanswered
from tests.executor.dialects.venues import opened, submit
from tests.local_venue.faults import Fault

D = Decimal
ID = "h-stop-1"


async def held(venue, dialect, qty="0.010"):
    """A position with a stop at 59,000."""
    venue.incidents.by_hand("BTCUSDT", "BUY", qty)
    return await dialect.send(submit(ID, qty, trigger="59000"))


def test_a_stop_goes_to_its_own_endpoint_once_and_waits_there():
    async def scene():
        async with opened() as (venue, dialect):
            return venue, await held(venue, dialect), await dialect.open_orders(), await dialect.order(ID, "BTCUSDT")

    venue, verdict, listed, found = asyncio.run(scene())
    assert isinstance(verdict, Accepted)
    assert (verdict.order.order_id, verdict.order.is_trigger) == (str(venue.oracle.waiting[ID][0].algo_id), True)
    (seen,) = venue.sent("POST", "/fapi/v1/algoOrder")
    told = {"type": "STOP_MARKET", "triggerPrice": "59000", "workingType": "MARK_PRICE", "reduceOnly": "true", "clientAlgoId": ID}
    assert {name: seen.params[name] for name in told} == told
    assert [(one.client_id, one.is_trigger, one.trigger_price, one.qty) for one in listed] == [(ID, True, D(59000), D("0.010"))]
    assert found == listed[0]
    assert [one.source for one in venue.oracle.orders] == ["hand"]


def test_a_stop_may_wait_for_the_last_trade_and_become_a_limit():
    async def scene():
        async with opened() as (venue, dialect):
            venue.incidents.by_hand("BTCUSDT", "BUY", "0.010")
            order = submit(ID, price="58900", side="sell", reduce_only=True)
            order = type(order)(
                **{name: getattr(order, name) for name in order.__struct_fields__} | {"trigger": Trigger(price=D(59000), by="last")}
            )
            return venue, await dialect.send(order)

    venue, verdict = asyncio.run(scene())
    assert isinstance(verdict, Accepted)
    (seen,) = venue.sent("POST", "/fapi/v1/algoOrder")
    assert [seen.params[name] for name in ("type", "price", "timeInForce", "workingType")] == ["STOP", "58900", "GTC", "CONTRACT_PRICE"]


@pytest.mark.parametrize(
    ("trigger", "qty", "code"),
    [("59000.05", "0.010", "price_off_tick"), ("-1", "0.010", "price_off_tick"), ("59000", "0.0105", "qty_off_step")],
)
def test_a_stop_that_the_rules_forbid_never_leaves(trigger, qty, code):
    async def scene():
        async with opened() as (venue, dialect):
            return venue, await dialect.send(submit(ID, qty, trigger=trigger))

    venue, verdict = asyncio.run(scene())
    assert isinstance(verdict, Refused)
    assert verdict.code == code
    assert venue.sent("POST", "/fapi/v1/algoOrder") == []


def test_a_stop_that_would_go_off_at_once_is_refused_as_such():
    async def scene():
        async with opened() as (_, dialect):
            return await dialect.send(submit(ID, trigger="61000"))

    verdict = asyncio.run(scene())
    assert isinstance(verdict, Refused)
    assert verdict.code == "would_trigger"


def test_a_stop_is_canceled_at_its_own_endpoint_before_it_was_ever_listed_and_then_there_is_nothing_left():
    async def scene():
        async with opened() as (venue, dialect):
            await held(venue, dialect)
            return venue, await dialect.cancel(ID, "BTCUSDT"), await dialect.cancel(ID, "BTCUSDT"), await dialect.order(ID, "BTCUSDT")

    venue, first, second, found = asyncio.run(scene())
    assert isinstance(first, Accepted)
    assert (first.order.status, first.order.is_trigger) == ("canceled", True)
    assert isinstance(second, Refused)
    assert second.code == "gone"
    assert found.status == "canceled"
    assert venue.sent("DELETE", "/fapi/v1/order") == []


@pytest.mark.parametrize("prefix", ["", "venue-"])
def test_a_stop_that_went_off_is_what_the_order_that_came_of_it_is(prefix):
    async def scene():
        async with opened() as (venue, dialect):
            venue.algos.child_prefix = prefix
            await held(venue, dialect)
            venue.market.quote("BTCUSDT", "58990", "58990.1")
            return venue, await dialect.order(ID, "BTCUSDT"), await dialect.open_orders()

    venue, found, listed = asyncio.run(scene())
    child = venue.oracle.orders[-1]
    assert child.client_id == prefix + ID
    assert (found.client_id, found.order_id, found.is_trigger) == (ID, str(child.order_id), False)
    assert (found.status, found.filled_qty) == ("filled", D("0.010"))
    assert listed == []


@pytest.mark.parametrize("prefix", ["", "venue-"])
def test_a_stop_that_traded_only_in_part_is_never_called_filled(prefix):
    async def scene():
        async with opened() as (venue, dialect):
            venue.algos.child_prefix = prefix
            await held(venue, dialect, "0.100")
            venue.market.quote("BTCUSDT", "58990", "58990.1", "0.002", "0.002")
            return await dialect.order(ID, "BTCUSDT")

    found = asyncio.run(scene())
    assert (found.status, found.qty, found.filled_qty) == ("expired", D("0.100"), D("0.040"))


def test_while_the_order_that_came_of_a_stop_is_not_told_of_nothing_is_said():
    async def scene():
        async with opened() as (venue, dialect):
            venue.algos.child_prefix = "venue-"
            await held(venue, dialect)
            venue.delays["order"] = 60_000
            venue.market.quote("BTCUSDT", "58990", "58990.1")
            with pytest.raises(Unanswered, match="became order"):
                await dialect.order(ID, "BTCUSDT")

    asyncio.run(scene())


def test_an_order_forgotten_because_nothing_of_it_traded_is_not_asked_for_for_ever():
    told = {"algoId": 1, "clientAlgoId": ID, "actualOrderId": "7", "updateTime": 1_000}
    assert is_forgotten(Algo(algoStatus="FINISHED", **told), 4 * 86_400_000_000)
    assert not is_forgotten(Algo(algoStatus="FINISHED", **told), 2 * 86_400_000_000)
    assert not is_forgotten(Algo(algoStatus="TRIGGERED", **told), 4 * 86_400_000_000)


def test_a_stop_that_found_nothing_to_reduce_was_refused_by_the_venue():
    async def scene():
        async with opened() as (venue, dialect):
            await held(venue, dialect)
            venue.incidents.by_hand("BTCUSDT", "SELL", "0.010")
            venue.market.quote("BTCUSDT", "58990", "58990.1")
            return await dialect.order(ID, "BTCUSDT")

    found = asyncio.run(scene())
    assert (found.status, found.filled_qty, found.is_trigger) == ("refused", D(0), True)


def test_a_stop_of_which_the_venue_knows_nothing_is_absent():
    async def scene():
        async with opened() as (_, dialect):
            return await dialect.order(ID, "BTCUSDT")

    assert isinstance(asyncio.run(scene()), Absent)


def test_a_stop_whose_answer_was_lost_is_unsure_and_found_by_its_id():
    async def scene():
        async with opened(timeout_ms=3_000) as (venue, dialect):
            venue.faults.add(Fault(action="hang", method="POST", path="/fapi/v1/algoOrder"))
            return await held(venue, dialect), await dialect.order(ID, "BTCUSDT"), await dialect.cancel(ID, "BTCUSDT")

    verdict, found, canceled = asyncio.run(scene())
    assert isinstance(verdict, Unsure)
    assert isinstance(found, OrderFact)
    assert (found.status, found.is_trigger) == ("open", True)
    assert isinstance(canceled, Accepted)
