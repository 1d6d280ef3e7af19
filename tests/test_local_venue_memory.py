"""What queries of the local venue see: late, in windows, and not for ever."""

import asyncio

from tests.local_venue.clients import trading
from tests.local_venue.faults import Fault

ONE = {"symbol": "BTCUSDT", "origClientOrderId": "one"}


async def _seen(bare):
    """Which endpoints know the order `one` and its trade."""
    query = (await bare.ask("GET", "/fapi/v1/order", **ONE)).body
    return {
        "order": query.get("code", "found"),
        "openOrders": len((await bare.ask("GET", "/fapi/v1/openOrders", symbol="BTCUSDT")).body),
        "allOrders": len((await bare.ask("GET", "/fapi/v1/allOrders", symbol="BTCUSDT")).body),
        "userTrades": len((await bare.ask("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")).body),
    }


def test_an_order_becomes_visible_later_and_on_each_endpoint_at_its_own_time():
    async def course(venue, bare):
        venue.delays |= {"order": 60_000, "openOrders": 120_000, "allOrders": 180_000, "userTrades": 240_000, "cancel": 60_000}
        await bare.place(newClientOrderId="one")
        venue.market.trade("BTCUSDT", "59000", "0.001", "sell")
        assert await _seen(bare) == {"order": -2013, "openOrders": 0, "allOrders": 0, "userTrades": 0}
        assert (await bare.ask("DELETE", "/fapi/v1/order", **ONE)).body["code"] == -2011
        seen = []
        for _ in range(4):
            venue.clock.step(ms=61_000)
            bare.skew_ms += 61_000
            seen.append(await _seen(bare))
        assert [row["order"] for row in seen] == ["found"] * 4
        assert [row["openOrders"] for row in seen] == [0, 1, 1, 1]
        assert [row["allOrders"] for row in seen] == [0, 0, 1, 1]
        assert [row["userTrades"] for row in seen] == [0, 0, 0, 1]

    trading(course)


def test_a_cancelled_order_without_trades_is_forgotten_after_three_days_a_traded_one_is_not():
    async def course(venue, bare):
        await bare.place(newClientOrderId="one")
        await bare.place(newClientOrderId="two", price=None)
        await bare.ask("DELETE", "/fapi/v1/order", **ONE)
        for days, known in ((2.9, 200), (0.2, 400)):
            venue.clock.step(days=days)
            bare.skew_ms += int(days * 86_400_000)
            assert (await bare.ask("GET", "/fapi/v1/order", **ONE)).status == known
        assert (await bare.ask("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="two")).status == 200
        rows = (await bare.ask("GET", "/fapi/v1/allOrders", symbol="BTCUSDT")).body
        assert [row["clientOrderId"] for row in rows] == ["two"]
        assert venue.oracle.accepted("one") == 1

    trading(course)


def test_trades_are_read_by_pages_and_by_windows_of_at_most_seven_days():
    async def course(venue, bare):
        began_ms = venue.clock.now_ms()
        for _ in range(5):
            await bare.place(price=None)
            venue.clock.step(days=2)
            bare.skew_ms += 2 * 86_400_000
        every = [trade.trade_id for trade in venue.oracle.fills]

        async def read(**asked):
            answer = (await bare.ask("GET", "/fapi/v1/userTrades", symbol="BTCUSDT", **asked)).body
            return [row["id"] for row in answer] if isinstance(answer, list) else answer["code"]

        assert await read() == every[2:]
        assert await read(startTime=began_ms - 1) == every[:4]
        assert await read(startTime=began_ms - 1, limit=2) == every[:2]
        assert await read(fromId=every[1]) == every[1:]
        assert await read(fromId=every[1], limit=2) == every[1:3]
        assert await read(fromId=every[1], startTime=began_ms) == -1128
        assert await read(startTime=began_ms, endTime=began_ms + 8 * 86_400_000) == -1127
        assert await read(startTime="then") == -1130

    trading(course)


def test_an_order_of_a_clock_that_was_set_back_is_still_found_in_its_window():
    async def course(venue, bare):
        since_ms = venue.clock.now_ms() - 60_000
        await bare.place(newClientOrderId="one")
        venue.clock.step(ms=-50_000)
        bare.skew_ms = -50_000
        await bare.place(newClientOrderId="two")
        rows = (await bare.ask("GET", "/fapi/v1/allOrders", symbol="BTCUSDT", startTime=since_ms)).body
        assert [row["clientOrderId"] for row in rows] == ["one", "two"]

    trading(course)


def test_requests_are_seen_with_what_they_asked_before_they_are_carried_out():
    async def course(venue, bare):
        met = []
        venue.arrived = lambda seen: met.append((seen.client_id, venue.oracle.accepted("one")))
        venue.faults.order("reset", where={"newClientOrderId": "two"}, phase="before")
        await bare.place(newClientOrderId="one")
        await asyncio.gather(bare.place(newClientOrderId="two"), bare.place(newClientOrderId="three"), return_exceptions=True)
        assert met[0] == ("one", 0)
        assert venue.sent("POST", "/fapi/v1/order")[0].client_id == "one"
        assert {name for name in ("one", "two", "three") if venue.oracle.accepted(name)} == {"one", "three"}
        assert [seen.client_id for _, seen in venue.faults.fired] == ["two"]

    trading(course)


def test_a_fault_fires_from_its_nth_request_as_often_as_it_says_and_by_its_chance():
    async def course(venue, bare):
        ping = "/fapi/v1/ping"
        venue.faults.add(_status(path=ping, nth=2, times=2))
        assert [(await bare.bare("GET", ping)).status for _ in range(5)] == [200, 599, 599, 200, 200]
        venue.faults.clear()
        venue.faults.add(_status(path=ping, times=None, chance=0.4))
        statuses = [(await bare.bare("GET", ping)).status for _ in range(200)]
        assert 50 < statuses.count(599) < 110
        assert (await bare.bare("GET", "/fapi/v1/time")).status == 200

    trading(course)


def _status(**more):
    return Fault(action="status", status=599, **more)


def test_headers_are_added_and_slow_answers_are_true():
    async def course(venue, bare):
        venue.faults.add(Fault(action="headers", path=".*/ping", headers={"Retry-After": "3"}))
        venue.faults.add(Fault(action="slow", path=".*/order", ms=30))
        assert (await bare.bare("GET", "/fapi/v1/ping")).headers["Retry-After"] == "3"
        assert (await bare.place(newClientOrderId="one")).body["clientOrderId"] == "one"

    trading(course)
