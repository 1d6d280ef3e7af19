"""Who asks: key, signature, and whether the request comes at its time."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.local_venue.refusals import Refusal, missing, refuse
from tests.local_venue.shapes import Call

KEY_SHAPE = re.compile(r"[A-Za-z0-9]{16,80}")
LONGEST_MS = 60_000
USUAL_MS = 5_000
AHEAD_MS = 1_000


def signature(secret: str, total: str) -> str:
    """HMAC-SHA256 over query and body, in hex."""
    return hmac.new(secret.encode(), total.encode(), hashlib.sha256).hexdigest()


def by_secret(secret: str) -> Callable[[str, str], bool]:
    """Whether a text was signed by a shared secret."""
    return lambda total, given: hmac.compare_digest(given.lower().encode(), signature(secret, total).encode())


def by_public_key(key: Ed25519PublicKey) -> Callable[[str, str], bool]:
    """Whether a text was signed by the private half of an Ed25519 key."""

    def verify(total: str, given: str) -> bool:
        try:
            key.verify(base64.b64decode(given, validate=True), total.encode())
        except (InvalidSignature, binascii.Error):
            return False
        return True

    return verify


def unsigned(text: str) -> str:
    """A query or body without its signature."""
    return "&".join(part for part in text.split("&") if part and not part.startswith("signature="))


def require_key(call: Call, key: str) -> None:
    """Refuse a foreign key."""
    if not KEY_SHAPE.fullmatch(call.key):
        raise refuse(-2014)
    if call.key != key:
        raise refuse(-2015)


def require_signed(call: Call, key: str, verify: Callable[[str, str], bool], now_ms: int) -> None:
    """Refuse what is not signed as `verify` demands, or not within its window."""
    require_key(call, key)
    require_time(call, now_ms)
    given = call.params.get("signature")
    if not given:
        raise missing("signature")
    if not verify(call.total, given):
        raise refuse(-1022)


def require_time(call: Call, now_ms: int) -> None:
    """The venue's rule: sent less than a second ahead of its clock, and no longer ago than `recvWindow`."""
    sent = call.params.get("timestamp", "")
    if not sent.isdigit():
        raise missing("timestamp")
    if int(sent) >= now_ms + AHEAD_MS:
        raise Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - int(sent) > window_ms(call):
        raise refuse(-1021)


def window_ms(call: Call) -> int:
    """How long a request may be under way, milliseconds."""
    given = call.params.get("recvWindow", "") or str(USUAL_MS)
    if not given.isdigit() or int(given) > LONGEST_MS:
        raise Refusal(-1131, "recvWindow must be less than 60000")
    return int(given)


def is_too_late(call: Call, now_ms: int) -> bool:
    """Whether a request that reached the matching engine now is outside its window (-5028)."""
    sent = call.params.get("timestamp", "")
    return sent.isdigit() and now_ms - int(sent) > window_ms(call)
