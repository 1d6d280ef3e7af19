"""Nothing of a secret is left in a text, whatever form it travels in, and what is named like one is hidden unseen."""

import json
import unicodedata
from base64 import b64encode
from functools import cache
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from executor.wire.redaction import DETAIL, GRAM, HIDDEN, LONGEST, Censor, redacted

PRINTABLE = "".join(map(chr, range(33, 127)))
SECRETS = st.text(PRINTABLE, min_size=GRAM, max_size=64)
TEXTS = st.text(max_size=60)
FORMS = {
    "plain": lambda secret: secret,
    "URL": lambda secret: quote(secret, safe=""),
    "URL, slashes kept": quote,
    "URL, form": quote_plus,
    "URL, lower case": lambda secret: quote(secret, safe="").lower(),
    "URL twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"a": secret})),
    "JSON, slashes escaped": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    "Python": repr,
    "bytes": lambda secret: repr(secret.encode()),
    "upper case": str.upper,
    "cut": lambda secret: secret[: max(GRAM, len(secret) // 2)],
}
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIFz0aK3mV8xQ\n-----END PRIVATE KEY-----\n"


def grams(text: str) -> set[str]:
    return {text[at : at + GRAM].lower() for at in range(len(text) - GRAM + 1)}


def left_of(secret: str, text: str) -> set[str]:
    return grams(secret) & grams(text)


@given(secret=SECRETS, before=TEXTS, after=TEXTS, form=st.sampled_from(sorted(FORMS)))
def test_nothing_of_a_secret_survives_in_any_form(secret: str, before: str, after: str, form: str) -> None:
    assume("***" not in secret)
    written = FORMS[form](secret)
    for text in (redacted(before + written + after, [secret]), Censor([secret]).line(before + written + after)):
        assert left_of(secret, text) == set()
        assert left_of(FORMS["URL"](secret), text) == set()
        assert form in ("JSON in JSON", "Python", "bytes") or left_of(written, text) == set()


@given(key=SECRETS, secret=SECRETS, around=st.tuples(TEXTS, TEXTS), lead=st.integers(0, 3))
def test_nothing_survives_of_base64_of_key_and_secret_wherever_it_begins(key: str, secret: str, around: tuple[str, str], lead: int) -> None:
    before, after = around
    assume("***" not in key + secret)
    text = redacted(f"{before} Basic {b64encode(f'{key}:{secret}'.encode()).decode()} {after}", [key, secret])
    assert left_of(b64encode(f"{key}:{secret}".encode()).decode().rstrip("="), text) == set()
    shifted = b64encode(bytes(lead) + secret.encode() + b"...").decode()
    inner = shifted[(lead * 8 + 5) // 6 : ((lead + len(secret)) * 8) // 6]
    assert left_of(inner, redacted(before + shifted + after, [key, secret])) == set()


@given(one=SECRETS, other=SECRETS, shared=st.integers(1, 5))
def test_secrets_that_run_into_each_other_are_both_gone(one: str, other: str, shared: int) -> None:
    assume("***" not in one + other)
    second = one[-shared:] + other
    text = redacted(one + other, [one, second])
    assert left_of(one, text) | left_of(second, text) == set()


@given(TEXTS)
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assume(not any(sign in text for sign in ":=,"))
    assert redacted(text, ["Kq7vT2mZx9LbW4"]) == text


@given(st.text(), st.integers(10, 40))
def test_a_line_is_one_line_that_shows_what_cannot_be_seen(text: str, longest: int) -> None:
    line = Censor().line(text + "\r\n\x1b[2J\u202e\u2028\x85\ud800", longest)
    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in line if letter not in invisible_letters())
    line.encode()


@cache
def invisible_letters() -> set[str]:
    """Letters of scripts that Unicode counts as format: they turn no line around."""
    formats = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"}
    return formats - set("\u202e\u202d\u2066\u2067\u200b\u200e\u200f\ufeff")


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("GET /fapi/v1/order?a=1&signature=deadbeef01&b=2", "deadbeef01"),
        ("x?signature=aa%2Bbb%3D%3D failed", "aa%2Bbb%3D%3D"),
        ("redirect=%2Forder%3Fsignature%3Ddeadbeef01", "deadbeef01"),
        ('{"signature":"ab\\/cd+ef=="}', "cd+ef"),
        ("{'signature': 'deadbeef01'}", "deadbeef01"),
        ('{\\"signature\\": \\"deadbeef01\\"}', "deadbeef01"),
        ("{'X-MBX-APIKEY': 'vmPUZE6mv9SD'}", "vmPUZE6mv9SD"),
        ("X-MBX-APIKEY: vmPUZE6mv9SD\r\nHost: a", "vmPUZE6mv9SD"),
        ("[(b'X-MBX-APIKEY', b'vmPUZE6mv9SD')]", "vmPUZE6mv9SD"),
        ("<CIMultiDict('X-MBX-APIKEY': 'vmPUZE6mv9SD')>", "vmPUZE6mv9SD"),
        ('{"listenKey":"pqia91ma19a5s61cv6a81va65sdf19v8"}', "pqia91ma"),
        ("wss://host/ws/pqia91ma19a5s61cv6a81va65sdf19v8a65a1 closed", "pqia91ma"),
        ("wss://host/private/ws?listenKey=pqia91ma19a5s61", "pqia91ma"),
        ("apiKey=vmPUZE6mv9SD secret=NhqPtmdSJY password: hunter2x", "vmPUZE6mv9SD"),
        ("apiKey=vmPUZE6mv9SD secret=NhqPtmdSJY password: hunter2x", "NhqPtmdSJY"),
        ("apiKey=vmPUZE6mv9SD secret=NhqPtmdSJY password: hunter2x", "hunter2x"),
        ("Authorization: Basic dm1QVVpFNm12OVNEOnNlY3JldA==", "dm1QVVpF"),
        (f"key was {PEM} then", "MC4CAQAw"),
        (f"key was {json.dumps(PEM)} then", "MC4CAQAw"),
        (f"cut {PEM[:50]}", "MC4CAQAw"),
        ("OK-ACCESS-SIGN: bm90aGluZw== OK-ACCESS-PASSPHRASE: hunter2x", "bm90aGluZw"),
    ],
)
def test_what_is_named_like_a_secret_is_hidden_though_nobody_knows_it(text: str, gone: str) -> None:
    cleaned = redacted(text, [])
    assert gone not in cleaned
    assert HIDDEN in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "order h-3f-1 of BTCUSDT filled 0.010 at 60000.10, fee 0.12 USDT",
        "wss://fstream.binance.com/ws/btcusdt@bookTicker and /stream?streams=!markPrice@arr",
        "the secret is not told, the key may trade; signature not valid (-1022)",
        "venue.acknowledged was 'ba7816bf8f', reachable: no",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redacted(text, ["Kq7vT2mZx9LbW4"]) == text


def test_a_pem_key_is_known_by_its_body_not_by_the_words_around_it() -> None:
    body = PEM.splitlines()[1]
    assert left_of(body, redacted(f"odd: {body} {body[8:]}", [PEM])) == set()
    assert redacted("----- a ruled line -----", [PEM]) == "----- a ruled line -----"


def test_a_censor_learns_what_was_read_later_and_shows_nothing_itself() -> None:
    censor = Censor()
    assert censor.text("Kq7vT2mZx9LbW4") == "Kq7vT2mZx9LbW4"
    censor.learn(["Kq7vT2mZx9LbW4"])
    assert censor.text("a Kq7vT2mZx9LbW4 b") == f"a {HIDDEN} b"
    assert "7vT2" not in repr(censor)


def test_an_error_becomes_a_short_line_of_a_journal() -> None:
    censor = Censor(["Kq7vT2mZx9LbW4"])
    told = censor.error(RuntimeError("GET https://h/order?k=Kq7vT2mZx9LbW4&signature=deadbeef01 \n" + "x" * 5000))
    assert told.startswith(f"RuntimeError: GET https://h/order?k={HIDDEN}&signature={HIDDEN} \\n")
    assert len(told) < DETAIL + 60
    assert censor.error(TimeoutError()) == "TimeoutError"
    assert len(censor.line("y" * 1_000_000)) < LONGEST + 60
