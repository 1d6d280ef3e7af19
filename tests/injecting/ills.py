"""What can be wrong with a state file, done to one whole document: each ill with the word that must be shown for it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from hedge_assets.document import moment
from hedge_assets.health.manifest import Row

DAY_US = 86_400_000_000
STALE_IN_US = 500_000


@dataclass(frozen=True)
class Ill:
    """One way to be wrong. `damage` gives what then lies under the name, null for nothing; `as_link` for a link to the whole file.

    `begins_us` is how long after it was done the file is first wrong: a stale one only at its deadline.
    """

    name: str
    word: Literal["missing", "invalid", "stale"]
    damage: Callable[[bytes, Row, int, Random], bytes | None]
    begins_us: int = 0


def changed(content: bytes, **fields: Any) -> bytes:
    """The document with some of its fields replaced."""
    return json.dumps(json.loads(content) | fields, separators=(",", ":")).encode()


def text(us: int) -> str:
    return moment(us).isoformat()


def cut(content: bytes, row: Row, now_us: int, chance: Random) -> bytes:
    return content[: chance.randrange(1, len(content) - 1)]


def flipped(content: bytes, row: Row, now_us: int, chance: Random) -> bytes:
    """One bit of it: the high one, which no text of ours has set."""
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 0x80]) + content[place + 1 :]


def of_another_account(content: bytes, row: Row, now_us: int, chance: Random) -> bytes:
    return changed(content, account="somebody-else")


def of_another_schema(content: bytes, row: Row, now_us: int, chance: Random) -> bytes:
    other = chance.choice([{"name": "weather", "version": row.schema_version}, {"name": row.name, "version": row.schema_version + 1}])
    return changed(content, schema=other)


def of_tomorrow(content: bytes, row: Row, now_us: int, chance: Random) -> bytes:
    return changed(content, written_ts=text(now_us + DAY_US))


def about_to_be_stale(content: bytes, row: Row, now_us: int, chance: Random) -> bytes:
    assert row.written_deadlines is not None
    return changed(content, written_ts=text(now_us + STALE_IN_US - round(row.written_deadlines.fail_s * 1e6)))


def renewed(content: bytes, now_us: int) -> bytes:
    """The same document as if it had been written now from facts of now."""
    whole = json.loads(content)
    ahead = moment(now_us) - datetime.fromisoformat(whole["written_ts"])
    stamps = {name: shifted(whole[name], ahead) for name in ("written_ts", "event_ts") if whole.get(name)}
    return changed(content, **stamps)


def shifted(stamp: str, ahead: timedelta) -> str:
    return (datetime.fromisoformat(stamp) + ahead).isoformat()


ILLS = (
    Ill("missing", "missing", lambda *_: None),
    Ill("empty", "invalid", lambda *_: b""),
    Ill("truncated", "invalid", cut),
    Ill("corrupt", "invalid", flipped),
    Ill("foreign account", "invalid", of_another_account),
    Ill("foreign schema", "invalid", of_another_schema),
    Ill("future", "invalid", of_tomorrow),
    Ill("stale", "stale", about_to_be_stale, begins_us=STALE_IN_US),
)
DAMAGED = ILLS[:4]
WHOLE = ILLS[4:]  # good documents that must not be believed
