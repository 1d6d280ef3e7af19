"""How every file has been over the last day, drawn anew each minute, and when something new is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hedge_assets.document import moment
from hedge_assets.health.ages import age_text
from hedge_assets.health.incident_log import entries
from hedge_assets.health.looks import read_looks
from hedge_assets.health.timeline import DAY_US, Lane, Stretch, timeline
from hedge_assets.settings import Place
from hedge_assets.showing.marks import strip

MINUTE_US = 60_000_000
SAID = {"unwatched": "nobody looked"}


@dataclass(frozen=True)
class Day:
    """One file's day: its drawing, the share of the watched time it was well (0..1, null where nobody looked), its longest ill word."""

    name: str
    svg: str
    ok_frac: float | None
    worst: str


@dataclass
class Days:
    """Every file's day at one place; remembers the newest drawing."""

    place: Place
    names: Sequence[str]
    known: tuple[object, tuple[Day, ...]] | None = field(default=None)

    def at(self, now_us: int) -> tuple[Day, ...]:
        """The day that ended with this minute."""
        minute_us = now_us // MINUTE_US * MINUTE_US
        stamp = (minute_us, *self.stamps())
        if self.known is None or self.known[0] != stamp:
            lanes = timeline(self.names, entries(self.place.watch), read_looks(self.place.watch), minute_us)
            self.known = (stamp, tuple(drawn(lane, minute_us) for lane in lanes))
        return self.known[1]

    def stamps(self) -> tuple[tuple[str, int, int], ...]:
        """What changes when an incident is told."""
        found = []
        for path in sorted(self.place.watch.glob("incidents*.jsonl")):
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((path.name, status.st_size, status.st_mtime_ns))
        return tuple(found)


def drawn(lane: Lane, now_us: int) -> Day:
    """One lane as a strip, with words for those who do not see it."""
    start_us = now_us - DAY_US
    rects = [
        (each.word, (each.from_us - start_us) / DAY_US, (each.until_us - start_us) / DAY_US, worded(each))
        for each in lane.stretches
        if each.until_us > each.from_us
    ]
    ill = [each for each in lane.stretches if each.word not in ("ok", "unwatched")]
    worst = max(ill, key=lambda each: each.until_us - each.from_us, default=None)
    alt = f"{lane.name} over the last 24 hours: " + (f"well, but for {worded(worst)}" if worst is not None else "nothing was ill")
    return Day(lane.name, strip(rects, alt), lane.ok_frac, "" if worst is None else worst.word)


def worded(each: Stretch) -> str:
    """One stretch in words."""
    span = f"{moment(each.from_us):%H:%M} to {moment(each.until_us):%H:%M} UTC ({age_text((each.until_us - each.from_us) / 1e6)})"
    return f"{SAID.get(each.word, each.word)} {span}{'' if each.reason is None else ': ' + each.reason}"
