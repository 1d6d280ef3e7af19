"""A signature over a query, as venues of Binance's kind want it: HMAC-SHA256 in hex, or Ed25519 in base64 for a PEM key."""

import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import quote

from executor.wire.secrets import Key

Signer = Callable[[str], str]
"""From a query to its signature, ready to be put behind `signature=`."""

PLAIN = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII).fullmatch
"""What percent-encoding leaves as it is: nearly all that an order says."""


def signer_of(key: Key) -> Signer:
    """What signs with this key. The secret is bound inside and shown nowhere."""
    return _ed25519(key.secret.reveal()) if key.is_pem else _hmac(key.secret.reveal().encode())


def query_of(params: Mapping[str, str]) -> str:
    """Parameters in their order, percent-encoded as ccxt does it."""
    return "&".join([f"{name}={value if PLAIN(value) else quote(value, safe='')}" for name, value in params.items()])


def _hmac(secret: bytes) -> Signer:
    def sign(query: str) -> str:
        return hmac.digest(secret, query.encode(), "sha256").hex()

    return sign


def _ed25519(pem: str) -> Signer:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - only such keys need it
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError("only Ed25519 keys come as PEM (executor.wire.secrets refuses others)")

    def sign(query: str) -> str:
        return quote(b64encode(private.sign(query.encode())).decode(), safe="")

    return sign
