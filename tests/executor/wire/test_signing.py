"""Our signatures are ccxt's, and the venue's own example re-computes."""

import json

import ccxt.async_support
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from executor.wire.secrets import key_of
from executor.wire.signing import query_of, signer_of

PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def ccxt_signs(secret: str, params: dict[str, str]) -> tuple[str, str]:
    """The query that ccxt sends, and its signature."""
    exchange = ccxt.async_support.binanceusdm({"apiKey": "an-api-key", "secret": secret, "options": {"recvWindow": 3000}})
    exchange.nonce = lambda: 1_700_000_000_123
    body = exchange.sign("leverage", ["fapiPrivate"], "POST", params)["body"]
    query, _, signature = body.rpartition("&signature=")
    return query, signature


def test_the_example_of_the_venue_re_computes(shared):
    example = json.loads((shared / "wire/binanceusdm/signing_vector.json").read_text())
    sign = signer_of(key_of("an-api-key", example["secret_hex_ascii"]))
    assert sign(example["payload"]) == example["signature"]


@pytest.mark.parametrize("secret", ["a-shared-secret-of-nobody", PEM])
@given(params=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(min_size=1).filter(lambda one: one.isprintable())))
def test_a_query_and_its_signature_are_those_of_ccxt(secret, params):
    named = {f"x{name}": value for name, value in params.items()}
    query, signature = ccxt_signs(secret, named)
    ours = {"timestamp": "1700000000123", **named, "recvWindow": "3000"}
    assert query_of(ours) == query
    assert signer_of(key_of("an-api-key", secret))(query) == signature
