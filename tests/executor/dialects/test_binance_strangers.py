"""Orders of others in the venue's lists: what of them is not understood stops nobody, while ours are understood whole or not at all."""

import asyncio
import json

import pytest

from executor.dialects._binance_algos import waiting_of
from executor.dialects._binance_orders import open_orders_of, orders_of
from executor.wire.reply import Unanswered
from tests.executor.dialects.test_binance_decoding import ALGO, ORDER
from tests.executor.dialects.venues import opened, submit
from tests.local_venue.faults import Fault

HAND, HAND_STOP = ORDER | {"orderId": 8, "clientOrderId": "web_x"}, ALGO | {"algoId": 9, "clientAlgoId": "web_y"}
LISTS = {
    "open orders": (open_orders_of, ORDER, HAND, "clientOrderId"),
    "all orders": (lambda body: orders_of(body)[0], ORDER, HAND, "clientOrderId"),
    "conditional orders": (waiting_of, ALGO, HAND_STOP, "clientAlgoId"),
}
SPOILT = [{"side": "BOTH"}, {"price": "-1"}, {"reduceOnly": None}, {"symbol": 5}, {"updateTime": "soon"}, {"price": "NaN"}]


def body(*rows):
    return json.dumps(rows).encode()


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("name", LISTS)
def test_a_strangers_order_that_is_not_understood_is_left_out_and_ours_beside_it_is_told(name, spoilt):
    reader, ours, strange, _ = LISTS[name]
    assert [one.client_id for one in reader(body(strange | spoilt, ours))] == ["h-1-1"]


@pytest.mark.parametrize("spoilt", [*SPOILT, {"status": "PONDERING", "algoStatus": "PONDERING"}])
@pytest.mark.parametrize("name", LISTS)
def test_one_of_ours_that_is_not_understood_makes_the_answer_none(name, spoilt):
    reader, ours, strange, _ = LISTS[name]
    with pytest.raises(Unanswered):
        reader(body(strange, ours | spoilt))


@pytest.mark.parametrize("naming", [None, "", 5])
@pytest.mark.parametrize("name", LISTS)
def test_a_row_that_does_not_say_whose_it_is_may_be_ours(name, naming):
    reader, _, strange, field = LISTS[name]
    with pytest.raises(Unanswered):
        reader(body(strange | {field: naming, "updateTime": "soon"}))


def test_an_open_order_of_a_stranger_counts_as_open_whatever_its_status_is_called():
    (plain,) = open_orders_of(body(HAND | {"status": "PONDERING"}))
    (waiting,) = waiting_of(body(HAND_STOP | {"algoStatus": "PONDERING"}))
    assert [(one.client_id, one.status) for one in (plain, waiting)] == [("web_x", "open"), ("web_y", "open")]
    assert open_orders_of(body(HAND | {"status": "PONDERING", "side": "BOTH"})) == []
    assert waiting_of(body(HAND_STOP | {"algoStatus": "PONDERING", "side": "BOTH"})) == []


def test_a_page_is_as_full_as_the_venue_made_it_not_as_what_is_understood_of_it():
    found, count = orders_of(body(HAND | {"status": "PONDERING"}, ORDER, HAND | {"symbol": 5}))
    assert ([one.client_id for one in found], count) == (["h-1-1"], 3)


def test_the_dialect_goes_on_beside_a_stranger():
    async def scene():
        async with opened() as (venue, dialect):
            await dialect.send(submit("h-1-1", price="59000.1"))
            venue.faults.add(
                Fault(action="body", method="GET", path="/fapi/v1/openOrders", body=body(HAND | {"status": "?"}, ORDER).decode())
            )
            venue.faults.add(Fault(action="body", method="GET", path="/fapi/v1/positionSide/dual", body=MODE))
            return await dialect.open_orders(), await dialect.mode()

    listed, mode = asyncio.run(scene())
    assert [one.client_id for one in listed] == ["web_x", "h-1-1"]
    assert not mode.is_hedged


MODE = '{"dualSidePosition":false,"since":"2026","note":null}'
