"""The incidents journal on disk: one JSON object a line, appended and flushed by the watch, read by whoever wants to know.

`incidents.jsonl` is written, `incidents.1.jsonl` is what was written before it was turned over. A line that
cannot be read is passed over: the newest whole line of an incident is what it is.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.store import look

LOG = "incidents.jsonl"
OLDER = "incidents.1.jsonl"
MOST_BYTES = 64 * 1024 * 1024
READER = msgspec.json.Decoder(Entry)


def entries(folder: Path) -> Iterator[Entry]:
    """Every whole line, oldest first."""
    for name in (OLDER, LOG):
        content = look(folder / name, MOST_BYTES).content or b""
        for line in content.splitlines():
            try:
                yield READER.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue


def read_incidents(folder: Path) -> tuple[Incident, ...]:
    """Every incident as it is now, the newest first, open ones before closed ones."""
    return newest_first(entry.incident for entry in entries(folder))


def newest_first(told: Iterable[Incident]) -> tuple[Incident, ...]:
    """The last word on each incident, in the order a person reads them."""
    known = {incident.id: incident for incident in told}
    return tuple(sorted(known.values(), key=lambda each: (not each.is_open, -each.opened_us, each.id)))
