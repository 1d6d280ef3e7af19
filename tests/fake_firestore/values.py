"""The limits of values and names that the real service holds to, and how field paths are read."""

from collections.abc import Iterator

import grpc
from google.cloud.firestore_v1 import types

Document = type(types.Document.pb(types.Document()))
Value = type(types.Value.pb(types.Value()))

MOST_BYTES = 1_048_576
DEPTH = 20
NAME_BYTES = 1500


class Refused(Exception):
    """An answer with a status that is not OK."""

    def __init__(self, code: grpc.StatusCode, said: str) -> None:
        super().__init__(said)
        self.code, self.said = code, said


def invalid(said: str) -> Refused:
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, said)


def is_reserved(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def check_document(document: Document) -> None:
    """Refuse what the service would not store."""
    for part in document.name.split("/documents/", 1)[1].split("/"):
        if not part or len(part.encode()) > NAME_BYTES or part in (".", "..") or is_reserved(part):
            raise invalid(f"document id {part[:40]!r} is invalid")
    for name, value in document.fields.items():
        check_field(name)
        check_value(value, depth=1)
    if size_of(document) > MOST_BYTES:
        raise invalid(f"The document cannot be written because its size ({size_of(document):,} bytes) exceeds the maximum allowed size")


def check_field(name: str) -> None:
    if not name or is_reserved(name) or len(name.encode()) > NAME_BYTES:
        raise invalid(f"field name {name[:40]!r} is invalid")


def check_value(value: Value, *, depth: int, in_array: bool = False) -> None:
    kind = value.WhichOneof("value_type")
    if kind == "array_value":
        if in_array:
            raise invalid("Nested arrays are not allowed")
        for each in value.array_value.values:
            check_value(each, depth=depth, in_array=True)
    elif kind == "map_value":
        if depth >= DEPTH:
            raise invalid("maximum nesting depth of 20 exceeded")
        for name, each in value.map_value.fields.items():
            check_field(name)
            check_value(each, depth=depth + 1)


def size_of(document: Document) -> int:
    """The service's own way of counting (its documentation, "Storage size calculations")."""
    names = sum(len(part.encode()) + 1 for part in document.name.split("/documents/", 1)[1].split("/")) + 16
    return names + 32 + sum(len(name.encode()) + 1 + value_bytes(value) for name, value in document.fields.items())


def value_bytes(value: Value) -> int:
    kind = value.WhichOneof("value_type")
    if kind == "string_value":
        return len(value.string_value.encode()) + 1
    if kind == "bytes_value":
        return len(value.bytes_value)
    if kind == "array_value":
        return sum(map(value_bytes, value.array_value.values))
    if kind == "map_value":
        return sum(len(name.encode()) + 1 + value_bytes(each) for name, each in value.map_value.fields.items())
    return 1 if kind in ("boolean_value", "null_value") else 8


def at(document: Document, path: str) -> Value | None:
    """A field by its path, in maps as well; null where there is none."""
    fields, found = document.fields, None
    for part in parts_of(path):
        if part not in fields:
            return None
        found = fields[part]
        fields = found.map_value.fields
    return found


def parts_of(path: str) -> Iterator[str]:
    """`a.b` has two, `` `a.b` `` has one."""
    for part in path.split(".") if "`" not in path else [path]:
        yield part.strip("`")
