"""An executor that trades beside a venue which writes nonsense: nothing of it is journaled, nothing ends, and the way out stays open."""

import asyncio
import json

import pytest

from executor.records.account import Account
from executor.records.orders import Adjust, Ended, Fill, Reject, Transfer
from tests.executor.live.desk import opened

DEEP = '{"msg":"a","x":' + "[" * 20_000 + "]" * 20_000 + "}"
POSITION = '[{"symbol":"BTCUSDT","positionAmt":"%s","entryPrice":"60000","positionSide":"BOTH"}]'
MONEY = '{"totalWalletBalance":"%s","totalUnrealizedProfit":"0","totalInitialMargin":"0","availableBalance":"1"}'
INCOME = '[{"incomeType":"TRANSFER","income":"%s","asset":"USDT","time":NOW,"tranId":77,"symbol":"","info":""}]'
STRANGER = {"orderId": 9, "clientOrderId": "web_x", "symbol": "BTCUSDT", "side": "BUY", "status": "PONDERING", "origQty": "1"}
NONSENSE = {
    "a position that is no number": ("/fapi/v3/positionRisk", POSITION % "NaN"),
    "a position without end": ("/fapi/v3/positionRisk", POSITION % "-Infinity"),
    "an absurd position": ("/fapi/v3/positionRisk", POSITION % "1E+999999"),
    "money that is no number": ("/fapi/v3/account", MONEY % "NaN"),
    "a flow that is no number": ("/fapi/v1/income", INCOME % "NaN"),
    "orders nested beyond measure": ("/fapi/v1/openOrders", DEEP),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_becomes_no_fact_and_an_exit_goes_on_beside_it(name, tmp_path):
    path, body = NONSENSE[name]

    async def scene():
        async with opened(tmp_path) as desk:
            async with desk.running():
                desk.ask("BTCUSDT")
                await desk.told(Ended)
                desk.fails(path, "body", status=200, body=body.replace("NOW", str(desk.venue.clock.now_ms())))
                await desk.until(lambda: len(desk.venue.faults.fired) >= 3, "it was asked")
                desk.ask("BTCUSDT", "sell", purpose="exit")
                await desk.told(Ended, count=2)
                desk.venue.faults.clear()
                await desk.loops()
            assert (desk.of(Adjust), desk.of(Transfer)) == ([], [])
            assert {one.wallet.is_finite() for one in desk.of(Account)} == {True}
            assert desk.of(Fill)[-1].position_qty == desk.venue.oracle.position("BTCUSDT") == 0
            desk.states()

    asyncio.run(scene())


@pytest.mark.parametrize("body", [DEEP, '{"code":"--1","msg":"x"}', '{"code":"' + "9" * 5_000 + '","msg":"x"}'])
def test_an_order_with_a_senseless_answer_is_asked_about_and_found(body, tmp_path):
    async def scene():
        async with opened(tmp_path) as desk:
            async with desk.running():
                desk.venue.faults.order("body", status=400, body=body)
                desk.ask("BTCUSDT")
                await desk.told(Ended)
            assert desk.of(Reject) == []
            (fill,) = desk.of(Fill)
            assert fill.position_qty == desk.venue.oracle.position("BTCUSDT") > 0

    asyncio.run(scene())


def test_a_strangers_order_of_an_unknown_status_stops_no_comparison(tmp_path):
    async def scene():
        async with opened(tmp_path) as desk, desk.running():
            stranger = {**STRANGER, "executedQty": "0"}
            desk.fails("/fapi/v1/openOrders", "body", status=200, body=json.dumps([stranger]))
            desk.fails("/fapi/v1/positionSide/dual", "body", status=200, body='{"dualSidePosition":false,"since":"2026"}')
            await desk.until(lambda: len(desk.venue.faults.fired) >= 4, "it was asked")
            await desk.loops()
            assert set(desk.of(Account)[-1].sources.values()) == {"ok"}
            assert not desk.halted

    asyncio.run(scene())
