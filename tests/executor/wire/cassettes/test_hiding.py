"""Nothing of a secret gets onto a cassette, in no form in which it travels; and what is no secret stays as it was, or it would not play."""

import json
import re
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from executor.wire.cassettes.hiding import GRAM, Hiding
from executor.wire.redaction import HIDDEN
from executor.wire.reply import Request
from tests.executor.wire.test_redaction import FORMS, PEM, PRINTABLE

SECRETS = st.text(PRINTABLE, min_size=GRAM, max_size=64)
TEXTS = st.text(max_size=60)
LISTEN_KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
NUMBERS = st.one_of(
    st.integers(0, 10**18), st.decimals(0, 10**9, allow_nan=False, places=8).map(str), st.sampled_from(["BTCUSDT", "bookTicker"])
)


def grams(text: str) -> set[str]:
    """Every run of `GRAM` letters, but those of digits alone."""
    found = {text[at : at + GRAM].lower() for at in range(len(text) - GRAM + 1)}
    return {gram for gram in found if not gram.isdecimal()}


@given(secret=SECRETS, before=TEXTS, after=TEXTS, form=st.sampled_from(sorted(set(FORMS) - {"cut"})))
def test_nothing_of_a_secret_survives_in_any_form(secret: str, before: str, after: str, form: str) -> None:
    assume("***" not in secret)
    kept = Hiding([secret]).text(before + FORMS[form](secret) + after)
    assert grams(secret) & grams(kept) == set()
    assert secret.lower() not in kept.lower()


@given(st.dictionaries(st.text("abcdefgs_T", min_size=1, max_size=12), st.one_of(NUMBERS, st.lists(NUMBERS, max_size=5)), max_size=20))
def test_numbers_and_names_of_a_venue_stay_as_they_are_whatever_the_key_is_made_of(answer: dict[str, object]) -> None:
    hiding = Hiding(["0123456789abcdef" * 4, "fedcba9876543210" * 4, "7f3a9c" * 10])
    text = json.dumps(answer)
    assert hiding.text(text) == text


def test_a_secret_of_digits_alone_is_hidden_where_it_is_whole() -> None:
    assert Hiding(["83471920"]).text('{"p":"83471920","q":"183471921"}') == f'{{"p":"{HIDDEN}","q":"183471921"}}'
    assert Hiding(["short7"]).text("a short7 b") == f"a {HIDDEN} b"


def test_what_is_named_like_a_secret_once_is_known_wherever_it_stands_later() -> None:
    hiding = Hiding()
    answer = hiding.text(f'{{"listenKey":"{LISTEN_KEY}"}}')
    assert json.loads(answer) == {"listenKey": HIDDEN}
    assert LISTEN_KEY not in hiding.text(f'{{"e":"x","k":"{LISTEN_KEY}"}}')
    assert LISTEN_KEY[10:30] not in hiding.text(f"wss://host/ws/{LISTEN_KEY} and {LISTEN_KEY[10:40]}")


def test_a_word_that_follows_a_telling_one_is_not_learnt() -> None:
    hiding = Hiding()
    hiding.text("signature: timestamp")
    assert hiding.text('{"timestamp":1}') == '{"timestamp":1}'


def test_a_private_key_in_letters_is_hidden_whole() -> None:
    assert "MC4CAQ" not in Hiding([PEM]).text(json.dumps({"text": PEM}))


def test_a_request_is_kept_without_headers_signature_and_key() -> None:
    headers = {"X-MBX-APIKEY": "an-api-key-of-nobody"}
    url = "https://host/fapi/v1/order?symbol=BTC%2FUSDT&note=&timestamp=5&signature=0a1b2c3d4e5f"
    kept = Hiding().asked(Request(method="GET", url=url, headers=headers), is_gated=False)
    assert kept.url == f"https://host/fapi/v1/order?symbol=BTC%2FUSDT&note=&timestamp=5&signature={HIDDEN}"
    form = Hiding().asked(Request(method="POST", url="https://host/x", body=b"symbol=BTCUSDT&apiKey=abc&signature=ff"), is_gated=True)
    assert (form.body, form.is_gated) == (f"symbol=BTCUSDT&apiKey={HIDDEN}&signature={HIDDEN}", True)


@given(signature=st.dictionaries(st.sampled_from("rsv"), st.text("abcdef0123456789", min_size=8), min_size=1))
def test_a_body_of_json_is_kept_without_what_is_named_like_a_secret_however_deep(signature: dict[str, str]) -> None:
    sent = {"action": {"type": "order", "orders": [{"c": "0x1", "sz": "0.5"}]}, "nonce": 7, "signature": signature}
    body = Hiding().body(json.dumps(sent).encode())
    assert json.loads(body) == {**sent, "signature": HIDDEN}


@given(st.binary(max_size=80))
def test_any_body_can_be_kept(body: bytes) -> None:
    assert isinstance(Hiding(["an-api-key-of-nobody"]).body(body), str)


@given(st.text(PRINTABLE, min_size=20, max_size=40))
def test_parameters_that_are_encoded_are_found(secret: str) -> None:
    kept = Hiding([secret]).address(f"https://host/path?note={quote(secret, safe='')}&b=1")
    assert grams(secret) & grams(kept) == set()
    assert re.search(r"b=1$", kept)
