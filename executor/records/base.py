"""What every record has: a kind, and a time."""

import re
from typing import Literal

import msgspec

type_tag = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Side = Literal["buy", "sell"]


def kind_of(class_name: str) -> str:
    """The journal's word for a record class: `AccountState` is `account_state`."""
    return type_tag.sub("_", class_name).lower()


class Record(msgspec.Struct, frozen=True, gc=False, tag_field="kind", tag=kind_of):
    """One fact. `ts_us` is when the executor knew it, by its own clock (microseconds UTC)."""

    ts_us: int


def sign(side: Side) -> int:
    """+1 for a buy, -1 for a sell."""
    return 1 if side == "buy" else -1


def opposite(side: Side) -> Side:
    """The other side."""
    return "sell" if side == "buy" else "buy"
