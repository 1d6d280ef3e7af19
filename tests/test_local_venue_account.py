"""What happens to the local venue's account: modes, incidents, conditional orders, and the countdown."""

import asyncio
from decimal import Decimal

import pytest

from tests.local_venue.clients import trading


def test_a_mode_that_is_so_already_is_refused_and_a_change_needs_a_flat_account():
    async def course(venue, bare):
        margin = {"symbol": "BTCUSDT", "marginType": "CROSSED"}
        assert (await bare.ask("POST", "/fapi/v1/marginType", **margin)).body["code"] == -4046
        assert (await bare.ask("POST", "/fapi/v1/positionSide/dual", dualSidePosition="false")).body["code"] == -4059
        await bare.place(price=None)
        margin["marginType"] = "ISOLATED"
        assert (await bare.ask("POST", "/fapi/v1/marginType", **margin)).body["code"] == -4048
        assert (await bare.ask("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")).body["code"] == -4068
        assert (await bare.ask("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=126)).body["code"] == -4028

    trading(course)


def test_a_hedged_account_refuses_one_way_orders():
    async def course(venue, bare):
        venue.incidents.mode(is_hedged=True, is_multi_asset=True)
        assert (await bare.place()).body["code"] == -4061
        assert (await bare.ask("GET", "/fapi/v1/positionSide/dual")).body == {"dualSidePosition": True}
        assert (await bare.ask("GET", "/fapi/v1/multiAssetsMargin")).body == {"multiAssetsMargin": True}

    trading(course)


def test_newer_positions_name_only_what_is_held_or_asked_for_and_older_ones_everything():
    async def course(venue, bare):
        assert (await bare.ask("GET", "/fapi/v3/positionRisk")).body == []
        assert len((await bare.ask("GET", "/fapi/v2/positionRisk")).body) == 4
        await bare.place(price=None)
        (row,) = (await bare.ask("GET", "/fapi/v3/positionRisk")).body
        assert (row["symbol"], row["positionAmt"], row["entryPrice"]) == ("BTCUSDT", "0.010", "60000.1")
        older = (await bare.ask("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")).body[0]
        assert (older["leverage"], older["marginType"]) == ("20", "cross")

    trading(course)


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_at_the_liquidation_price_equity_is_the_maintenance_margin(side):
    async def course(venue, bare):
        await bare.place(side, quantity="2", price=None)
        price = venue.account.liquidation_price("BTCUSDT")
        venue.market.mark("BTCUSDT", price)
        figures = venue.figures()
        assert figures.maintenance > 0
        assert abs(figures.equity - figures.maintenance) < Decimal("0.000001")

    trading(course)


def test_funding_and_transfers_come_to_the_wallet_and_the_ledger():
    async def course(venue, bare):
        assert venue.incidents.funding("BTCUSDT", "0.001") is None
        await bare.place("SELL", quantity="0.1", price=None)
        before = venue.account.wallet
        venue.market.mark("BTCUSDT", "60000")
        venue.incidents.funding("BTCUSDT", "0.001")
        venue.incidents.transfer("-250")
        assert venue.account.wallet == before + 6 - 250
        rows = (await bare.ask("GET", "/fapi/v1/income", incomeType="FUNDING_FEE")).body
        assert [(row["income"], row["symbol"], row["tradeId"]) for row in rows] == [("6.00000000", "BTCUSDT", "")]
        settled = (await bare.bare("GET", "/fapi/v1/fundingRate?symbol=BTCUSDT")).body
        assert [row["fundingRate"] for row in settled] == ["0.00100000", "0.00100000"]

    trading(course)


def test_liquidation_and_deleveraging_trade_under_the_venues_own_client_ids():
    async def course(venue, bare):
        await bare.place(quantity="0.1", price=None)
        venue.incidents.deleverage("BTCUSDT", "0.4")
        venue.incidents.liquidate("BTCUSDT")
        assert venue.oracle.position("BTCUSDT") == 0
        names = [trade.client_id for trade in venue.oracle.fills]
        assert names[1] == "adl_autoclose"
        assert names[2].startswith("autoclose-")
        rows = (await bare.ask("GET", "/fapi/v1/allOrders", symbol="BTCUSDT")).body
        assert [row["type"] for row in rows] == ["MARKET", "MARKET", "LIQUIDATION"]

    trading(course)


def test_an_order_by_hand_is_on_the_account_and_not_by_us():
    async def course(venue, bare):
        placed = venue.incidents.by_hand("ETHUSDT", "buy", "0.5", "2900")
        rows = (await bare.ask("GET", "/fapi/v1/openOrders")).body
        assert [row["clientOrderId"] for row in rows] == [placed.client_id]
        assert venue.oracle.acceptances[0].source == "hand"
        venue.incidents.cancel(placed.client_id)
        assert venue.oracle.endings[0].why == "by hand"

    trading(course)


ALGO = {"symbol": "BTCUSDT", "side": "SELL", "algoType": "CONDITIONAL", "quantity": "0.1", "clientAlgoId": "stop"}


def test_a_conditional_order_waits_and_then_becomes_an_order_of_the_same_client_id():
    async def course(venue, bare):
        await bare.place(quantity="0.1", price=None)
        wanted = ALGO | {"type": "STOP_MARKET", "triggerPrice": "59000", "reduceOnly": "true"}
        placed = await bare.ask("POST", "/fapi/v1/algoOrder", **wanted)
        assert (placed.body["algoStatus"], placed.body["actualOrderId"]) == ("NEW", "")
        assert (await bare.ask("POST", "/fapi/v1/algoOrder", **wanted)).body["code"] == -4116
        assert (await bare.ask("GET", "/fapi/v1/openOrders")).body == []
        assert len((await bare.ask("GET", "/fapi/v1/openAlgoOrders")).body) == 1
        venue.market.quote("BTCUSDT", "58999", "58999.1")
        found = (await bare.ask("GET", "/fapi/v1/algoOrder", clientAlgoId="stop")).body
        order = venue.oracle.orders_of("stop")[0]
        assert (found["algoStatus"], found["actualOrderId"]) == ("FINISHED", str(order.order_id))
        assert (order.status, venue.oracle.position("BTCUSDT")) == ("FILLED", 0)
        assert (await bare.ask("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop")).body["code"] == -2011
        assert len((await bare.ask("GET", "/fapi/v1/allAlgoOrders", symbol="BTCUSDT")).body) == 1

    trading(course)


def test_a_conditional_order_that_is_due_at_once_is_refused_and_one_without_a_position_is_rejected_later():
    async def course(venue, bare):
        due = ALGO | {"type": "STOP_MARKET", "triggerPrice": "61000"}
        assert (await bare.ask("POST", "/fapi/v1/algoOrder", **due)).body["code"] == -2021
        whole = ALGO | {"type": "TAKE_PROFIT_MARKET", "triggerPrice": "61000", "closePosition": "true", "workingType": "MARK_PRICE"}
        assert (await bare.ask("POST", "/fapi/v1/algoOrder", **whole)).status == 200
        venue.market.mark("BTCUSDT", "61000")
        assert (await bare.ask("GET", "/fapi/v1/algoOrder", clientAlgoId="stop")).body["algoStatus"] == "REJECTED"
        assert venue.oracle.orders == []

    trading(course)


def test_a_trailing_stop_follows_the_best_price_and_sells_when_it_turns():
    async def course(venue, bare):
        await bare.place(quantity="0.1", price=None)
        trailing = ALGO | {"type": "TRAILING_STOP_MARKET", "callbackRate": "1"}
        assert (await bare.ask("POST", "/fapi/v1/algoOrder", **trailing)).status == 200
        for price in ("60000", "62000", "61400"):
            venue.market.trade("BTCUSDT", price, "1", "buy")
            venue.market.quote("BTCUSDT", price, f"{price}.1")
            assert venue.oracle.accepted("stop") == 0
        venue.market.quote("BTCUSDT", "61379", "61379.1")
        assert venue.oracle.fills[-1].price == 61379

    trading(course)


def test_the_countdown_cancels_a_symbols_orders_unless_it_is_asked_again():
    async def course(venue, bare):
        await bare.place(newClientOrderId="btc")
        venue.incidents.by_hand("ETHUSDT", "buy", "0.5", "2900", client_id="eth")

        async def arm(within_ms):
            answer = await bare.ask("POST", "/fapi/v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=within_ms)
            assert answer.body == {"symbol": "BTCUSDT", "countdownTime": str(within_ms)}

        def pass_by(ms):
            venue.clock.step(ms=ms)
            bare.skew_ms += ms

        await arm(60_000)
        await arm(0)
        pass_by(61_000)
        assert len(venue.oracle.open_orders()) == 2
        await arm(60_000)
        pass_by(35_000)
        await arm(60_000)
        pass_by(35_000)
        assert len(venue.oracle.open_orders()) == 2
        pass_by(26_000)
        assert [order.client_id for order in venue.oracle.open_orders()] == ["eth"]
        assert venue.oracle.endings[0].why == "countdown"
        await bare.place(newClientOrderId="again")
        ended = asyncio.Event()
        venue.matching.tell = lambda event: ended.set() if event["o"]["X"] == "CANCELED" else None
        await arm(50)
        await asyncio.wait_for(ended.wait(), 60)

    trading(course)
