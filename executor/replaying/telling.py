"""A replay in lines for people: what was played, what came of it, and where that is not what came of it then. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator

from executor.replaying.replay import Replayed

MOST = 20
"""So many lines of a kind are said, then how many more there are."""


def lines_of(found: Replayed) -> Iterator[str]:
    """The whole report, the verdict last."""
    yield f"played {found.seconds:.1f} s of {found.what} in {found.took_s:.1f} s"
    if found.dropped:
        yield f"note: {found.dropped} lines are missing on the cassette, which was full or had no disk when they came"
    if found.failure:
        yield f"note: the run ended with {found.failure}"
    for now, then in found.moved.items():
        yield f"note: intent {now} is {then} of the cassette, decided at another moment"
    yield from _some("not on the cassette", _counted(found.missing))
    yield from _some("not sent this time", found.unsent)
    yield from _some("differs", found.differs)
    told = f"{len(found.recorded.orders)} orders, {found.recorded.trades} trades, {len(found.recorded.positions)} positions"
    yield f"{told}: all as on the cassette" if not found.differs else f"{told} on the cassette: {len(found.differs)} differences"


def _counted(asked: Iterable[str]) -> list[str]:
    return [question if count == 1 else f"{question} ({count} times)" for question, count in Counter(asked).items()]


def _some(word: str, told: Iterable[str]) -> Iterator[str]:
    lines = list(told)
    yield from (f"{word}: {line}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"{word}: {len(lines) - MOST} more"
