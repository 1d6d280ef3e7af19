"""The whitelist of proofs: what is not on it proves nothing, whatever an answer looks like."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.dialects._binance_answers import REFUSALS, UNDECIDED, complaint_of, held_us, refusal_of
from executor.dialects._binance_orders import canceled_verdict, sent_verdict
from executor.protocol.facts import Accepted, Refused, Unsure
from executor.wire.reply import Reply
from tests.executor.dialects.venues import submit

ORDER = submit("h-1-1", price="59000.1")
STATUSES = st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 408, 418, 429, 500, 502, 503, 504])
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "msg", "orderId", "clientOrderId", "x"]), inner),
    max_leaves=8,
)


def reply(body, status=400, **headers) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, body=raw, headers={name.replace("_", "-"): value for name, value in headers.items()})


@given(st.binary(max_size=200) | PLAIN.map(lambda value: json.dumps(value).encode()), STATUSES)
def test_any_answer_gives_a_verdict_and_only_a_proof_gives_a_sure_one(body, status):
    told = reply(body, status)
    for verdict in (sent_verdict(told, ORDER, 1), canceled_verdict(told, "h-1-1", 1)):
        assert isinstance(verdict, (Accepted, Refused, Unsure))
        if isinstance(verdict, Accepted):
            assert status < 300
            assert json.loads(body)["clientOrderId"] == "h-1-1"
        if isinstance(verdict, Refused):
            assert status >= 400
            assert verdict.code == "gone" or complaint_of(told) is not None


@given(st.integers(-99_999, 0), STATUSES)
def test_a_code_that_is_not_listed_refuses_nothing(code, status):
    found = refusal_of(reply({"code": code, "msg": "Whatever."}, status), 1)
    listed = code in REFUSALS and 400 <= status < 500 and status != 408
    assert (found is not None) == (listed or (code == -1008 and status >= 500))


def test_codes_that_leave_the_fate_open_are_never_listed():
    assert not UNDECIDED & REFUSALS.keys()


@pytest.mark.parametrize("kind", ["timeout", "reset", "cut", "garbled", "oversize"])
def test_a_failure_on_the_way_is_unsure_and_names_no_address(kind):
    verdict = sent_verdict(Reply(failure=kind), ORDER, 1)
    assert isinstance(verdict, Unsure)
    assert "http" not in verdict.reason


def test_how_long_a_venue_wants_to_be_left_alone_is_read_from_all_it_says():
    words = {"code": -1003, "msg": "Way too much request weight used; IP banned until 1700000060000. Please use the websocket."}
    server_us = 1_700_000_000_000_000
    told = {
        "by header": reply(words, 429, Retry_After="7"),
        "by words": reply(words, 418),
        "by both": reply(words, 418, Retry_After="90"),
        "by neither": reply({"code": -1003, "msg": "Too many."}, 429),
        "by nonsense": reply({"code": -1003, "msg": "Too many."}, 429, Retry_After="soon"),
        "for longer than is believed": reply({"code": -1003, "msg": "Too many."}, 429, Retry_After="999999999"),
    }
    seconds = {name: held_us(one, complaint_of(one), server_us).us / 1e6 for name, one in told.items()}
    assert seconds == {
        "by header": 60.0,
        "by words": 60.0,
        "by both": 90.0,
        "by neither": 10.0,
        "by nonsense": 10.0,
        "for longer than is believed": 259_200.0,
    }


def test_an_overloaded_venue_still_takes_reductions():
    told = reply({"code": -1008, "msg": "Request throttled by system-level protection."}, 503)
    assert held_us(told, complaint_of(told), 0) is None
    assert refusal_of(told, 5).retry_us is not None
