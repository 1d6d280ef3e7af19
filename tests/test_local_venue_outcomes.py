"""Every fault raises in ccxt what the reliability study measured, and the oracle knows what really happened."""

import asyncio

import ccxt
import pytest

from tests.local_venue import faults as ill
from tests.local_venue.clients import exchange
from tests.local_venue.venue import LocalVenue

BTC = "BTC/USDT:USDT"
GIVEN_UP_MS = 1_000

# name: action, what is scripted, the class ccxt raises (null: it returns an order without an id), accepted or not
OUTCOMES = {
    "timeout before": ("hang", {"phase": "before"}, ccxt.RequestTimeout, 0),
    "timeout after": ("hang", {}, ccxt.RequestTimeout, 1),
    "reset before": ("reset", {"phase": "before"}, ccxt.ExchangeNotAvailable, 0),
    "reset after": ("reset", {}, ccxt.ExchangeNotAvailable, 1),
    "cut body": ("cut", {}, ccxt.ExchangeError, 1),
    "garbage": ("body", {"body": "}{garbage"}, None, 1),
    "empty": ("body", {"body": ""}, None, 1),
    "html": ("body", {"phase": "before", "body": "<html>hello</html>", "content_type": "text/html"}, None, 0),
    "503 unknown": ("body", ill.UNKNOWN_503, ccxt.OperationFailed, 1),
    "503 unavailable": ("body", {"phase": "before", **ill.UNAVAILABLE_503_CODED}, ccxt.OperationFailed, 0),
    "503 unavailable -1016": ("body", {"phase": "before", **ill.UNAVAILABLE_503}, ccxt.BadRequest, 0),
    "503 internal": ("body", {"phase": "before", **ill.INTERNAL_503}, ccxt.OperationFailed, 0),
    "503 overload": ("body", {"phase": "before", **ill.OVERLOAD_503}, ccxt.OperationFailed, 0),
    "502": ("body", {"phase": "before", **ill.BAD_GATEWAY_502}, ccxt.ExchangeNotAvailable, 0),
    "503 of a proxy": ("body", {"phase": "before", **ill.PROXY_503}, ccxt.ExchangeNotAvailable, 0),
    "403": ("body", {"phase": "before", **ill.FORBIDDEN_403}, ccxt.ExchangeNotAvailable, 0),
    "504": ("body", ill.GATEWAY_TIMEOUT_504, ccxt.RequestTimeout, 1),
    "408": ("body", ill.TIMEOUT_408, ccxt.RequestTimeout, 1),
    "-1006": ("body", ill.UNEXPECTED_1006, ccxt.OperationFailed, 1),
    "429": ("body", {"phase": "before", **ill.TOO_MANY_429}, ccxt.DDoSProtection, 0),
    "418": ("body", {"phase": "before", "status": 418, "body": '{"code":-1003,"msg":"Way too much"}'}, ccxt.DDoSProtection, 0),
    "late": ("late", {"ms": 10}, ccxt.RequestTimeout, 1),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_fault_raises_what_was_measured_of_the_real_host(name):
    action, scripted, raised, accepted = OUTCOMES[name]

    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            venue.faults.order(action, **scripted)
            patience_ms = ccxt_.timeout
            if action in ("hang", "late"):
                ccxt_.timeout = GIVEN_UP_MS
            if raised is None:
                order = await ccxt_.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "c-1"})
                assert (order["id"], order["status"]) == (None, None)
            else:
                with pytest.raises(raised) as caught:
                    await ccxt_.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "c-1"})
                assert caught.type is raised
            assert venue.oracle.accepted("c-1") == accepted
            assert len(venue.sent("POST", "/fapi/v1/order")) == 1
            ccxt_.timeout = patience_ms
            again = await ccxt_.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "c-2"})
            assert again["status"] == "closed"

    asyncio.run(course())


REFUSED = {
    "-4164": (("limit", "buy", 0.001, 59000, {}), ccxt.InvalidOrder),
    "-2022": (("market", "sell", 0.01, None, {"reduceOnly": True}), ccxt.InvalidOrder),
    "-4116": (("limit", "buy", 0.01, 59000, {"clientOrderId": "resting"}), ccxt.InvalidOrder),
    "-5022": (("limit", "buy", 0.01, 61000, {"timeInForce": "GTX"}), ccxt.OrderNotFillable),
    "-5021": (("limit", "buy", 0.01, 59000, {"timeInForce": "FOK"}), ccxt.OrderNotFillable),
    "-2019": (("market", "buy", 100, None, {}), ccxt.InsufficientFunds),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_true_refusal_raises_what_was_measured_of_the_real_host(code):
    asked, raised = REFUSED[code]

    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            await ccxt_.create_order(BTC, "limit", "buy", 0.01, 58000, {"clientOrderId": "resting"})
            with pytest.raises(raised, match=code) as caught:
                await ccxt_.create_order(BTC, *asked)
            assert caught.type is raised
            assert len(venue.oracle.orders) == 1

    asyncio.run(course())


def test_a_clock_that_is_off_is_an_invalid_nonce_both_ways():
    async def course():
        async with LocalVenue() as venue, exchange(venue) as ccxt_:
            for step_ms, said in ((60_000, "outside of the recvWindow"), (-120_000, "ahead of the server's time")):
                venue.clock.step(ms=step_ms)
                with pytest.raises(ccxt.InvalidNonce, match=said):
                    await ccxt_.fetch_open_orders(BTC)

    asyncio.run(course())


def test_a_client_that_sends_again_after_a_lost_answer_gets_a_second_order():
    """The trap: a client id is unique only among open orders, and a market order is over at once."""

    async def course():
        options = {"fetchCurrencies": False, "defaultType": "swap", "maxRetriesOnFailure": 1}
        async with LocalVenue() as venue, exchange(venue, options=options) as ccxt_:
            ccxt_.timeout = GIVEN_UP_MS
            venue.faults.order("hang")
            await ccxt_.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "again"})
            assert venue.oracle.accepted("again") == 2
            assert venue.oracle.doubled() == ["again"]
            assert [str(trade.qty) for trade in venue.oracle.fills_of("again")] == ["0.01", "0.01"]

    asyncio.run(course())
