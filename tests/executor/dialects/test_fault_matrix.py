"""Every fault of the table, on a market order, a limit, a reduction, a conditional order and cancels: the verdict is right and nothing is
sent twice.

The oracle is the judge: what is called accepted was accepted once, what is called refused never was, and only what the table
leaves open is called unsure.
"""

import asyncio
import itertools

import pytest

from executor.dialects.binanceusdm import BinanceUsdm
from executor.protocol.facts import Accepted, Refused, Unsure
from executor.records.orders import Submit
from tests.executor.dialects.fault_rows import ROWS, Row
from tests.executor.dialects.venues import access_at, gives_up_soon, submit
from tests.local_venue.faults import Fault
from tests.local_venue.venue import LocalVenue

KINDS = {"accepted": Accepted, "refused": Refused, "unsure": Unsure}
ID = "h-case-1"
ORDERS: dict[str, Submit] = {
    "market": submit(ID),
    "limit": submit(ID, price="59000.1", post_only=True),
    "reduce-only": submit(ID, side="sell", reduce_only=True),
    "conditional": submit(ID, trigger="59000"),
}
PATHS = {"conditional": ("/fapi/v1/algoOrder", "clientAlgoId"), "conditional cancel": ("/fapi/v1/algoOrder", "clientAlgoId")}
ORDINARY = ("/fapi/v1/order", "newClientOrderId")
VERBS = (*ORDERS, "cancel", "conditional cancel")


async def judged(name: str, row: Row, verb: str) -> None:
    async with LocalVenue(symbols=("BTCUSDT",), wallet="1000000") as venue:
        venue.incidents.by_hand("BTCUSDT", "BUY", "0.5")
        dialect = BinanceUsdm(access_at(venue))
        await dialect.open()
        try:
            await (canceled if "cancel" in verb else sent)(venue, dialect, row, verb)
        finally:
            await dialect.close()


async def sent(venue: LocalVenue, dialect: BinanceUsdm, row: Row, verb: str) -> None:
    path, name = PATHS.get(verb, ORDINARY)
    hurried(dialect, row)
    venue.faults.add(Fault(method="POST", path=path, **row.fault))
    verdict = await dialect.send(ORDERS[verb])
    await settled(row)
    assert isinstance(verdict, KINDS[row.verdict]), verdict
    assert len([seen for seen in venue.sent("POST", path) if seen.params.get(name) == ID]) == 1
    taken = venue.oracle.waiting.get(ID, []) if verb == "conditional" else venue.oracle.orders_of(ID)
    if isinstance(verdict, Accepted):
        assert len(taken) == 1
        assert verdict.order.order_id == str(getattr(taken[0], "algo_id", None) or taken[0].order_id)
    if isinstance(verdict, Refused):
        assert taken == []
        assert row.code in ("", verdict.code)
    assert len(taken) <= 1
    assert venue.oracle.doubled() == []


async def canceled(venue: LocalVenue, dialect: BinanceUsdm, row: Row, verb: str) -> None:
    is_waiting, (path, _) = verb in PATHS, PATHS.get(verb, ORDINARY)
    await dialect.send(ORDERS["conditional"] if is_waiting else submit(ID, price="59000.1"))
    hurried(dialect, row)
    venue.faults.add(Fault(method="DELETE", path=path, **row.fault))
    verdict = await dialect.cancel(ID, "BTCUSDT")
    await settled(row)
    assert isinstance(verdict, KINDS[row.verdict]), verdict
    assert len(venue.sent("DELETE", path)) == 1
    (order,) = venue.oracle.waiting[ID] if is_waiting else venue.oracle.orders_of(ID)
    if isinstance(verdict, Accepted):
        assert (order.status, verdict.order.status) == ("CANCELED", "canceled")
    if isinstance(verdict, Refused):
        assert order.is_open
        assert row.code in ("", verdict.code)


def hurried(dialect: BinanceUsdm, row: Row) -> None:
    """Where nothing comes that ends the waiting, it ends soon."""
    if "hang" in (row.fault["action"], row.fault.get("then")) or row.fault.get("ms", 0) >= 60_000:
        gives_up_soon(dialect)


async def settled(row: Row) -> None:
    """What the venue does late is done."""
    await asyncio.sleep(row.fault.get("ms", 0) / 1_000 + 0.02 if row.fault["action"] == "late" else 0)


@pytest.mark.parametrize(("name", "verb"), itertools.product(ROWS, VERBS))
def test_the_verdict_is_right_and_nothing_is_sent_twice(name, verb):
    asyncio.run(judged(name, ROWS[name], verb))


def test_the_table_is_wide():
    assert len(ROWS) >= 80


@pytest.mark.parametrize("verb", ["market", "cancel"])
def test_where_nobody_answers_the_door_nothing_was_sent(verb):
    async def scene():
        async with LocalVenue(symbols=("BTCUSDT",)) as venue:
            dialect = BinanceUsdm(access_at(venue))
            await dialect.open()
        try:
            first = await (dialect.send(submit(ID)) if verb == "market" else dialect.cancel(ID, "BTCUSDT"))
            second = await (dialect.send(submit("h-case-2")) if verb == "market" else dialect.cancel("h-case-2", "BTCUSDT"))
            return first, second
        finally:
            await dialect.close()

    first, second = asyncio.run(scene())
    assert isinstance(first, (Unsure, Refused))  # the kept connection may break first
    assert isinstance(second, Refused)
    assert second.code == "unreached"
