"""Bytes become a document, or one sentence saying what is wrong with them."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from hedge_assets.document import Document, Envelope

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENVELOPE = tuple(Envelope.model_fields)
REMEMBERED, LARGE_REMEMBERED = 48, 6
REMEMBERED_BYTES, LARGE_BYTES = 256 * 1024, 2 * 1024 * 1024
"""So many sound files are remembered, and so many of the few that are larger than that: whoever looks twice a second reads each once."""
Model = TypeVar("Model", Envelope, Document)


class Unsound(ValueError):
    """What is wrong with a file's content, in one line."""


@dataclass(frozen=True)
class Parsed:
    """A sound file: its envelope, and its own fields as its shape has them."""

    envelope: Envelope
    document: Document


def parse(content: bytes, shape: type[Document]) -> Parsed:
    """A file's content as envelope and document; raises Unsound with what is wrong. The same content is not read twice in a row."""
    if len(content) <= REMEMBERED_BYTES:
        return parsed_before(content, shape)
    return large_before(content, shape) if len(content) <= LARGE_BYTES else parsed(content, shape)


def parsed(content: bytes, shape: type[Document]) -> Parsed:
    """The same, read anew."""
    plain = plain_object(content)
    head = {"schema_" if key == "schema" else key: value for key, value in plain.items() if key == "schema" or key in ENVELOPE}
    own = {key: value for key, value in plain.items() if key != "schema" and key not in ENVELOPE}
    envelope = _validated(Envelope, head)
    for name in ("written_ts", "event_ts", "as_of_ts"):
        when = getattr(envelope, name)
        if when is not None and when.tzinfo is None:
            raise Unsound(f"field {name}: no time zone; times are RFC 3339 in UTC")
    event_us = None if envelope.event_ts is None else microseconds(envelope.event_ts)
    body = {"status": envelope.status, "n": envelope.n, "reason": envelope.reason, "event_us": event_us, **own}
    return Parsed(envelope, _validated(shape, body))


parsed_before = lru_cache(maxsize=REMEMBERED)(parsed)
large_before = lru_cache(maxsize=LARGE_REMEMBERED)(parsed)


def microseconds(when: datetime) -> int:
    """A moment with a time zone as microseconds UTC, exact."""
    return (when - EPOCH) // timedelta(microseconds=1)


def plain_object(content: bytes) -> dict[str, Any]:
    """A JSON object from UTF-8 bytes: no doubled keys, nothing but finite numbers."""
    if not content:
        raise Unsound("the file is empty (0 bytes)")
    if content.startswith(b"\xef\xbb\xbf"):
        raise Unsound("it begins with a byte order mark; JSON must not")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unsound(f"not UTF-8 at byte {error.start}") from None
    try:
        plain = json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise Unsound("nested too deeply to be one of ours") from None
    except json.JSONDecodeError as error:
        raise Unsound(f"not JSON: {error.msg} at character {error.pos} of {len(text)}") from None
    except Unsound:
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise Unsound(f"a number cannot be read: {str(error)[:80]}") from None
    if "\\ud" in text.lower() and not _is_text(plain):
        raise Unsound("a text has half a surrogate pair, which no UTF-8 can hold")
    if not isinstance(plain, dict):
        raise Unsound(f"a JSON {type(plain).__name__}, must be an object")
    return plain


def _is_text(plain: Any) -> bool:
    try:
        json.dumps(plain, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        names = [key for key, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise Unsound(f"key {doubled[:40]!r} is there twice")
    return plain


def _refuse_constant(word: str) -> NoReturn:
    raise Unsound(f"{word} is not a number JSON has")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Unsound(f"number {text[:20]} is beyond any float")
    return value


def _validated(shape: type[Model], plain: dict[str, Any]) -> Model:
    try:
        return shape.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or shape.__name__
        raise Unsound(f"field {where[:60]}: {first['msg'][:120]}") from None
    except (OverflowError, RecursionError) as error:
        raise Unsound(f"a value is beyond its field: {str(error)[:80]}") from None
