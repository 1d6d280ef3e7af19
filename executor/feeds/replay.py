"""A recorded market, tick by tick or bar by bar, in the exchange's own order and time."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from executor.errors import UnreadableFeed
from executor.feeds.base import FeedWiring
from executor.recordings.bars import Bars
from executor.recordings.clocks import clock_notes
from executor.recordings.files import connection, recorded_at
from executor.recordings.ticks import Ticks
from executor.records.market import Gap, Instrument, MarketEvent


class Recording(Protocol):
    """A recording in chunks; a chunk needs what the one before handed on (`memory` for the first)."""

    instruments: dict[str, Instrument]
    loop_s: float
    bar_s: float
    memory: Any

    @property
    def notes(self) -> dict[str, Any]:
        """What it holds."""
        ...

    def __len__(self) -> int: ...

    def read(self, chunk: int, memory: Any) -> tuple[list[list[MarketEvent]], Any]:
        """The batches of a chunk, and what to hand on."""
        ...


class Position(msgspec.Struct):
    """Where the replay stands: the chunk, what it was handed, the next batch in it, how many chunks there were,
    and the time of the last event given with the time before which nothing more is (after a skip)."""

    chunks: int
    chunk: int
    memory: Any
    batch: int = 0
    seen_us: int | None = None
    not_before_us: int | None = None


class ReplayFeed:
    """The recording at the path after `replay:`. Its time is the recording's."""

    time: Literal["wall", "feed"] = "feed"

    def __init__(self, wiring: FeedWiring) -> None:
        con = connection()
        files = recorded_at(con, wiring.path)
        replay = wiring.settings.replay
        recording: Recording
        if files[0].holds == "bars":
            recording = Bars(con, files, where=wiring.path, replay=replay)
        else:
            recording = Ticks(con, files, where=wiring.path, wanted=replay.symbols)
        self._recording = recording
        self.loop_s, self.bar_s = recording.loop_s, recording.bar_s
        self.instruments: Mapping[str, Instrument] = recording.instruments
        self.notes: Mapping[str, Any] = {**recording.notes, "files": [clock_notes(con, file) for file in files]}
        self._at = Position(len(recording), 0, recording.memory)
        self._moved = 0

    async def batches(self) -> AsyncGenerator[Sequence[MarketEvent], None]:
        """Events from where the replay stands to the recording's end."""
        while self._at.chunk < len(self._recording):
            moved = self._moved
            batches, handed_on = self._recording.read(self._at.chunk, self._at.memory)
            while self._at.batch < len(batches) and moved == self._moved:
                batch = batches[self._at.batch]
                self._at.batch += 1
                if self._at.not_before_us is None or batch[0].ts_us >= self._at.not_before_us:
                    yield self._opened(batch)
            if moved == self._moved:
                self._at = msgspec.structs.replace(self._at, chunk=self._at.chunk + 1, memory=handed_on, batch=0)

    def _opened(self, batch: list[MarketEvent]) -> list[MarketEvent]:
        """The batch, with a skipped stretch told first."""
        at = self._at
        since_us, skipped = at.seen_us, at.not_before_us is not None
        at.seen_us, at.not_before_us = batch[-1].ts_us, None
        if not skipped:
            return batch
        return [Gap(batch[0].ts_us, "", batch[0].ts_us if since_us is None else since_us, "restart"), *batch]

    def state(self) -> Any:
        """The position, as plain values."""
        return msgspec.to_builtins(self._at)

    def restore(self, state: Any) -> None:
        """Stand at that position; refuses a recording that has another number of chunks."""
        at = msgspec.convert(state, Position)
        if at.chunks != len(self._recording):
            raise UnreadableFeed(f"the recording had {at.chunks} chunks, now {len(self._recording)}; put it back or use a new --data")
        self._at = at
        self._moved += 1

    def skip_to(self, now_us: int) -> None:
        """Give nothing before `now_us`; the next batch opens with a `Gap`."""
        self._at.not_before_us = now_us


FEED = ReplayFeed
