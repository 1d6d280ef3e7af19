"""What a sink is owed: the newest content of each document, and never more than that, however long it was away."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hedge_assets.mirror.copies import Copy, Where
from hedge_assets.mirror.ids import encoded


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a sink acknowledged of one document: the digest, of how many parts, the file's own time, and when it was."""

    digest: str
    parts: int
    written_us: int | None
    at_us: int


def key_of(where: Where) -> str:
    """A place as a name in the ledger, another one for each place."""
    return f"{where.kind}/{encoded(where.account)}/{encoded(where.name)}"


def owed(copies: Sequence[Copy], held: Mapping[str, Held], refused: Mapping[str, str]) -> tuple[Copy, ...]:
    """The copies whose content the sink does not have, the one that waited longest first.

    `refused` are the digests that it said it will never take, by key: they are not offered again.
    """
    missing = [each for each in copies if is_owed(each, held, refused)]
    return tuple(sorted(missing, key=lambda each: acknowledged_us(each, held)))


def is_owed(copy: Copy, held: Mapping[str, Held], refused: Mapping[str, str]) -> bool:
    """Whether the sink has another content of this document, or none, and did not refuse this one."""
    return not is_held(copy, held) and refused.get(key_of(copy.where)) != copy.digest


def is_held(copy: Copy, held: Mapping[str, Held]) -> bool:
    """Whether the sink has acknowledged this very content."""
    there = held.get(key_of(copy.where))
    return there is not None and there.digest == copy.digest


def acknowledged_us(copy: Copy, held: Mapping[str, Held]) -> int:
    """When the sink last took this document; 0 if never."""
    there = held.get(key_of(copy.where))
    return 0 if there is None else there.at_us


def batches(copies: Sequence[tuple[Copy, int]], *, most_writes: int, most_bytes: int) -> Iterator[list[Copy]]:
    """Copies with their writes, put together in order so that no push holds more than it may, unless one alone does."""
    batch: list[Copy] = []
    writes = size = 0
    for copy, needed in copies:
        if batch and (writes + needed > most_writes or size + len(copy.content) > most_bytes):
            yield batch
            batch, writes, size = [], 0, 0
        batch.append(copy)
        writes, size = writes + needed, size + len(copy.content)
    if batch:
        yield batch
