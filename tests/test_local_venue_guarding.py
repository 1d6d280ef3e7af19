"""Who may ask the local venue, when, and how often."""

import asyncio
import time

import aiohttp
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.local_venue.clients import exchange, trading
from tests.local_venue.limits import Limits
from tests.local_venue.signing import by_public_key, signature


def let_stand(venue, bare):
    """Stop both clocks: no minute ends and no request is late, unless the test says so."""
    now_ms = venue.clock.now_ms()
    venue.clock.now_ms = lambda: now_ms + venue.clock.offset_ms
    bare.now_ms = lambda: now_ms


def test_the_documentations_own_example_of_a_signature_is_reproduced(shared):
    vector = msgspec.json.decode((shared / "wire/binanceusdm/signing_vector.json").read_bytes())
    assert signature(vector["secret_hex_ascii"], vector["payload"]) == vector["signature"]


def test_query_and_body_are_signed_together():
    async def course(venue, bare):
        query, body = f"symbol=BTCUSDT&timestamp={int(time.time() * 1_000)}", "leverage=9"
        signed = f"{body}&signature={signature(venue.secret, query + body)}"
        answer = await bare.bare("POST", f"/fapi/v1/leverage?{query}", signed)
        assert (answer.status, answer.body["leverage"]) == (200, 9)

    trading(course)


def test_a_foreign_key_a_bad_signature_and_no_signature_each_have_their_code():
    async def course(venue, bare):
        bare.secret = "another"
        assert (await bare.place()).body["code"] == -1022
        now_ms = int(time.time() * 1_000)
        assert (await bare.bare("GET", f"/fapi/v1/openOrders?timestamp={now_ms}")).body["code"] == -1102
        assert (await bare.bare("GET", "/fapi/v1/openOrders")).body["code"] == -1102
        bare.key = "k" * 64
        refused = await bare.place()
        assert (refused.status, refused.body["code"]) == (401, -2015)
        bare.key = "?"
        assert (await bare.bare("POST", "/fapi/v1/listenKey")).body["code"] == -2014
        assert venue.oracle.orders == []

    trading(course)


def test_a_key_without_trading_rights_reads_and_does_not_trade():
    async def course(venue, bare):
        venue.account.rights.enable_futures = False
        assert (await bare.place()).body["code"] == -2015
        assert (await bare.ask("GET", "/fapi/v1/openOrders")).body == []

    trading(course)


@pytest.mark.parametrize(
    ("skew_ms", "window", "code"),
    [(0, 5_000, None), (-4_000, 5_000, None), (-4_000, 3_000, -1021), (700, 5_000, None), (1_500, 5_000, -1021), (0, 60_001, -1131)],
)
def test_a_request_is_taken_within_its_window_only(skew_ms, window, code):
    async def course(venue, bare):
        let_stand(venue, bare)
        bare.skew_ms = skew_ms
        answer = await bare.place(recvWindow=window)
        assert answer.body.get("code") == code
        if code == -1021:
            words = "was 1000ms ahead" if skew_ms > 0 else "outside of the recvWindow"
            assert words in answer.body["msg"]

    trading(course)


def test_a_late_request_outside_its_window_is_never_carried_out():
    async def course(venue, bare):
        for window, name in ((60_000, "in-time"), (40, "too-late")):
            venue.faults.order("late", ms=1_500, then="reset")
            with pytest.raises(aiohttp.ClientConnectionError):
                await bare.place(newClientOrderId=name, recvWindow=window)
            assert venue.oracle.accepted(name) == 0
        await asyncio.sleep(1.6)  # in the venue's own loop: what was due before is done before
        assert (venue.oracle.accepted("in-time"), venue.oracle.accepted("too-late")) == (1, 0)

    trading(course)


def test_an_ed25519_key_signs_as_well():
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    async def course(venue, bare):
        venue.verify = by_public_key(private.public_key())
        assert (await bare.place()).body["code"] == -1022
        async with exchange(venue, secret=pem) as ccxt_:
            assert (await ccxt_.create_order("BTC/USDT:USDT", "market", "buy", 0.01))["status"] == "closed"

    trading(course)


def test_every_answer_tells_the_weight_used_and_orders_are_counted():
    async def course(venue, bare):
        let_stand(venue, bare)
        first = await bare.ask("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
        assert first.headers["X-MBX-USED-WEIGHT-1M"] == "5"
        assert "X-MBX-ORDER-COUNT-10S" not in first.headers
        placed = await bare.place()
        assert placed.headers["X-MBX-USED-WEIGHT-1M"] == "5"
        assert (placed.headers["X-MBX-ORDER-COUNT-10S"], placed.headers["X-MBX-ORDER-COUNT-1M"]) == ("1", "1")
        everything = await bare.ask("GET", "/fapi/v1/openOrders")
        assert everything.headers["X-MBX-USED-WEIGHT-1M"] == "45"

    trading(course)


def test_who_spends_more_than_the_budget_is_slowed_down_and_then_banned():
    async def course(venue, bare):
        let_stand(venue, bare)
        venue.limits.ban_after = 2
        answers = [await bare.ask("GET", "/fapi/v1/openOrders") for _ in range(5)]
        assert [answer.status for answer in answers] == [200, 429, 429, 418, 418]
        assert all(1 <= int(answer.headers["Retry-After"]) <= 120 for answer in answers[1:])
        assert str(venue.limits.banned_until_ms) in answers[-1].body["msg"]
        venue.clock.step(ms=130_000)
        bare.skew_ms = 130_000
        assert (await bare.ask("GET", "/fapi/v1/openOrders")).status == 200

    trading(course, limits=Limits(weight_1m=60))


def test_too_many_orders_are_refused_by_the_ten_seconds_and_by_the_minute():
    async def course(venue, bare):
        let_stand(venue, bare)
        answers = [await bare.place() for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 429, 429]
        assert (answers[-1].body["code"], answers[-1].headers["X-MBX-ORDER-COUNT-10S"]) == (-1015, "4")
        assert len(venue.oracle.orders) == 2

    trading(course, limits=Limits(orders_10s=2))
