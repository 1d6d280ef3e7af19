"""Websocket frames as a server sends them: whole, unmasked, made once for all listeners."""

TEXT, PING = 0x81, 0x89


def frame(payload: bytes, kind: int = TEXT) -> bytes:
    """One frame."""
    size = len(payload)
    if size < 126:
        return bytes((kind, size)) + payload
    if size < 65_536:
        return bytes((kind, 126)) + size.to_bytes(2, "big") + payload
    return bytes((kind, 127)) + size.to_bytes(8, "big") + payload
