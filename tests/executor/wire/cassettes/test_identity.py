"""The same question is the same question, whenever it is asked and however it is signed; another one is another."""

import json

from hypothesis import given
from hypothesis import strategies as st

from executor.wire.cassettes.identity import OWN, identity, nameless
from executor.wire.cassettes.lines import Asked

URL = "https://fapi.binance.com/fapi/v1/order"
NUMBER = st.integers(10**9, 10**15)


def asked(query: str = "", method: str = "GET", body: str | None = None) -> Asked:
    return Asked(method=method, url=f"{URL}?{query}" if query else URL, body=body)


@given(stamps=st.tuples(NUMBER, NUMBER), signatures=st.tuples(st.text("abc123", min_size=8), st.text("abc123", min_size=8)))
def test_stamps_windows_and_signatures_make_no_difference(stamps: tuple[int, int], signatures: tuple[str, str]) -> None:
    first, second = (
        asked(f"symbol=BTCUSDT&startTime={stamp}&limit=100&recvWindow={stamp % 9}&timestamp={stamp}&signature={signature}")
        for stamp, signature in zip(stamps, signatures, strict=True)
    )
    assert identity(first) == identity(second)


def test_what_is_asked_makes_the_difference() -> None:
    questions = [
        asked("symbol=BTCUSDT"),
        asked("symbol=ETHUSDT"),
        asked("symbol=BTCUSDT", "DELETE"),
        asked("symbol=BTCUSDT&origClientOrderId=h-aaaaaaaaaaaaaaaa-1"),
        asked("symbol=BTCUSDT&fromId=17"),
        asked("symbol=BTCUSDT&startTime=now"),
        Asked(method="GET", url="https://other.host/fapi/v1/order?symbol=BTCUSDT"),
    ]
    assert len({identity(one) for one in questions}) == len(questions)


def test_the_order_of_parameters_and_where_they_stand_make_none() -> None:
    assert identity(asked("a=1&b=2")) == identity(asked("b=2&a=1"))
    assert identity(asked(method="POST", body="a=1&b=2&signature=x")) == identity(asked("a=1", "POST", "b=2"))


@given(st.lists(st.tuples(NUMBER, st.text("abcdef", min_size=8)), min_size=2, max_size=2))
def test_a_body_of_json_is_looked_into(moments: list[tuple[int, str]]) -> None:
    bodies = [
        json.dumps({"action": {"type": "order", "orders": [{"c": "0x1"}]}, "nonce": nonce, "signature": {"r": r, "v": 27}})
        for nonce, r in moments
    ]
    assert identity(asked(method="POST", body=bodies[0])) == identity(asked(method="POST", body=bodies[1]))
    other = json.dumps({"action": {"type": "order", "orders": [{"c": "0x2"}]}})
    assert identity(asked(method="POST", body=bodies[0])) != identity(asked(method="POST", body=other))


@given(st.text(max_size=30))
def test_any_body_has_an_identity(body: str) -> None:
    assert identity(asked(method="POST", body="{" + body)).startswith("POST ")


def test_an_order_without_its_name_is_what_it_asks_for() -> None:
    first, second = (identity(asked(f"newClientOrderId=h-{letter * 16}-1&side=BUY", "POST")) for letter in "ab")
    assert first != second
    assert nameless(first) == nameless(second)
    assert OWN.search(first)[1] == "a" * 16
