"""How the executor was started before, and where everything began: read from its journals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from executor.assembly import exchange_of, feed_of
from executor.checkpoint import FORMAT, Checkpoint
from executor.configuration import carried
from executor.errors import CorruptJournal, HedgeError, SettingsError
from executor.flags import Flags, read_flags
from executor.journal.reader import Cursor, read
from executor.journal.segments import listed
from executor.parts import Progress
from executor.records.market import Gap
from executor.records.orders import Boot
from executor.records.streams import STREAMS, Stream
from executor.router import Router
from executor.settings import Settings
from executor.watch import Watch


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a process traded: its settings, its flags, and whose clock its records carry."""

    settings: Settings
    flags: Flags
    time: Literal["wall", "feed"]


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A start on journals that were already there. `ts_us` is its first event's time, `from_us` the last instant seen before
    it where time had passed unseen (else null), `manner` null where the boot record was lost with the process."""

    ts_us: int
    from_us: int | None
    manner: Manner | None


def manner_of(boot: Boot) -> Manner:
    """What a boot record says of its process; settings that this version does not know are left out, for what was decided by them
    is compared with the journal. Refuses one whose settings or flags mean something else now."""
    settings, _ = carried(boot.settings, Settings)
    try:
        return Manner(settings=msgspec.convert(settings, Settings), flags=read_flags(boot.flags), time=boot.time)
    except (msgspec.ValidationError, HedgeError) as error:
        raise CorruptJournal(
            f"boot {boot.boot} was of another version ({error}), its decisions cannot be made again; start that version once and stop it"
        ) from error


def starts_after(raw: Path, seqs: Mapping[Stream, int]) -> list[Start]:
    """Every start whose records come after these sequence numbers, oldest first."""
    boots = {one.ts_us: one for _, one in read(raw, "orders", Cursor(seq=seqs["orders"])) if isinstance(one, Boot)}
    gaps = {one.ts_us: one for _, one in read(raw, "ticks", Cursor(seq=seqs["ticks"])) if isinstance(one, Gap) and one.reason == "restart"}
    return [
        Start(
            ts_us=ts_us,
            from_us=gaps[ts_us].from_us if ts_us in gaps else None,
            manner=manner_of(boots[ts_us]) if ts_us in boots else None,
        )
        for ts_us in sorted({*boots, *gaps})
    ]


def from_the_beginning(raw: Path, today: Manner) -> Checkpoint | None:
    """The checkpoint that the first process began with, made again; null where nothing was ever journaled.

    Refuses journals whose first records are gone.
    """
    firsts = {stream: segments[0].first_seq for stream in STREAMS if (segments := listed(raw / stream))}
    if not firsts:
        return None
    first = next(iter(read(raw, "ticks")), None) if firsts.get("ticks") == 1 else None
    late = [stream for stream, seq in firsts.items() if seq > 1]
    if first is None or late:
        stream = late[0] if late else "ticks"
        raise CorruptJournal(
            f"there is no checkpoint in {raw} and the first {stream} record is {firsts.get(stream, 'missing')}, 1 is needed to go through "
            f"everything again; restore checkpoint.json from a backup, or move {raw.parent} aside to start anew"
        )
    _, event = first
    boots = [one for _, one in read(raw, "orders") if isinstance(one, Boot)]
    manner = manner_of(boots[0]) if boots else today
    start_us = event.from_us if isinstance(event, Gap) and event.reason == "restart" else event.ts_us
    return fresh_checkpoint(manner, start_us=start_us, boots=max((int(one.boot) for one in boots), default=0))


def fresh_checkpoint(manner: Manner, *, start_us: int, boots: int) -> Checkpoint:
    """The state of everything before the first event."""
    feed = feed_of(manner.settings, start_us)
    nothing: dict[Stream, int] = dict.fromkeys(STREAMS, 0)
    exchange: Any = exchange_of(manner.settings, feed).state()
    return Checkpoint(
        format=FORMAT,
        feed=manner.settings.feed,
        time=manner.time if feed.time == "wall" else "feed",
        boots=boots,
        start_us=start_us,
        settings=manner.settings,
        flags=manner.flags.as_text(),
        seqs=nothing,
        progress=Progress(watches={symbol: Watch() for symbol in feed.instruments}),
        router=Router().state(),
        exchange=exchange,
        feed_state=feed.state(),
    )


def refuse_another_market(restored: Checkpoint, settings: Settings, speed: float, raw: Path) -> None:
    """A data root holds one market; and a live one does not come back: a paper account on it ends with its process."""
    before = (restored.feed, restored.settings.seed, restored.settings.synthetic, restored.settings.replay)
    now = (settings.feed, settings.seed, settings.synthetic, settings.replay)
    if before != now:
        raise SettingsError(
            f"feed was {settings.feed!r} (seed {settings.seed}), {raw} holds a market of {restored.feed!r} with other settings;"
            " go on with those or name another --data"
        )
    if restored.feed.partition(":")[0] == "live":
        raise SettingsError(
            f"feed was {restored.feed!r} on paper, a live market does not come back and its paper account ended with its process; "
            f"name a new --data, {raw.parent} stays readable"
        )
    if restored.time == "wall" and speed != 1:
        raise SettingsError(f"--speed was {speed or 'max'}, {raw} was written in real time; leave --speed out or name another --data")
