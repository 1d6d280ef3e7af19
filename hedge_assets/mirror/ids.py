"""Names made into ids that every remote store takes: no slash, no dot alone, nothing reserved, never too long."""

import hashlib
from urllib.parse import quote

MOST_BYTES = 1500
"""Firestore's limit of one id (its documentation, "Usage and limits")."""
HASHED = "%~"


def encoded(name: str, most_bytes: int = MOST_BYTES) -> str:
    """A name as an id of at most so many bytes; two names never have one id.

    Letters, digits and `_.-~` stay as they are, all else is percent-encoded UTF-8. `.`, `..`, `__x__` and the empty name, which
    are reserved, lose their first letter to its code. What is too long keeps its beginning, and the hash of the whole.
    """
    text = quote(name, safe="", errors="surrogatepass")
    if not text:
        return "%"
    if text in (".", "..") or (text.startswith("__") and text.endswith("__")):
        text = f"%{ord(text[0]):02X}{text[1:]}"
    if len(text) <= most_bytes:
        return text
    mark = HASHED + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return text[: most_bytes - len(mark)] + mark
