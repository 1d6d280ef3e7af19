"""The one writing thread: batches in order, one durable flush for many waiters, and no second try after a failure."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Collection

from executor.errors import JournalError
from executor.journal.archive import Archive
from executor.journal.pen import Pen, unwritable
from executor.records.streams import Stream

BACKLOG_BYTES = 64 * 1024 * 1024
LISTEN_S = 1.0

Batch = list[tuple[Stream, str, bytes]]


class Scribe:
    """Takes batches of (stream, segment name, bytes). After a failure nothing more is written, ever."""

    def __init__(self, pens: dict[Stream, Pen], archive: Archive, *, on_failure: Callable[[JournalError], None]) -> None:
        self.failure: JournalError | None = None
        self._pens = pens
        self._archive = archive
        self._on_failure = on_failure
        self._changed = threading.Condition()
        self._batches: deque[Batch] = deque()
        self._in_line: Counter[Stream] = Counter()
        self._backlog_bytes = 0
        self._handed = self._wanted = self._safe = 0
        self._promised: list[tuple[int, Callable[[JournalError | None], None]]] = []
        self._orders_safe = 0
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether everything handed over is known to be on the disk."""
        return self._safe >= self._handed

    def hand(self, batch: Batch) -> None:
        """Queue a batch; waits only while more than 64 MiB are queued already."""
        size = sum(len(data) for _, _, data in batch)
        with self._changed:
            while self._backlog_bytes > BACKLOG_BYTES and self.failure is None:
                self._wait()
            self._batches.append(batch)
            self._in_line.update({stream for stream, _, _ in batch})
            self._handed += 1
            self._backlog_bytes += size
            self._changed.notify_all()

    def has_in_line(self, stream: Stream) -> bool:
        """Whether the thread has something of this stream still to write: until then the stream's file is its own."""
        return self._in_line[stream] > 0

    def note_beside(self) -> None:
        """Somebody else writes to a file that this thread has nothing for: the next flush counts it in. Wakes nobody."""
        with self._changed:
            self._batches.append([])
            self._handed += 1

    def fail(self, failure: JournalError) -> None:
        """Write nothing more, ever: somebody else could not, beside this thread."""
        with self._changed:
            self.failure = self.failure or failure
            due, self._promised = [then for _, then in self._promised], []
            self._changed.notify_all()
        for then in due:
            then(self.failure)
        self._on_failure(self.failure)

    def settle(self) -> None:
        """Wait until everything handed over is on the disk."""
        with self._changed:
            self._wanted = self._handed
            self._changed.notify_all()
            while self._safe < self._wanted and self.failure is None:
                self._wait()

    def promise(self, then: Callable[[JournalError | None], None]) -> None:
        """Call `then` once all orders handed over are on the disk, or with what failed; from the writing thread, or at once.

        Orders alone: nobody who is about to send waits for the flush of ticks.
        """
        with self._changed:
            waits = max(self._safe, self._orders_safe) < self._handed
            if waits:
                self._listen()
            if self.failure is None and waits:
                self._promised.append((self._handed, then))
                self._changed.notify_all()
                return
            failure = self.failure
        then(failure)

    def close(self) -> None:
        """Write what is queued, end the thread and let go of the files."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        for pen in self._pens.values():
            pen.close()

    def _wait(self) -> None:
        """Wait for the thread to say something."""
        self._changed.wait(LISTEN_S)
        self._listen()

    def _listen(self) -> None:
        """A thread that died of a defect says nothing, and that is a failure too."""
        if not self._thread.is_alive() and self.failure is None:
            self.failure = JournalError("journal cannot be written: its writing thread ended; see the traceback above, then start again")

    def _run(self) -> None:
        done = 0
        while True:
            with self._changed:
                while (
                    not self._batches and self._safe >= self._wanted and not self._promised and not self._closing and self.failure is None
                ):
                    self._changed.wait()
                if self.failure is not None:
                    return
                batches, self._batches = self._batches, deque()
                wanted, promised = self._wanted > self._safe, bool(self._promised)
                if not batches and not wanted and not promised:
                    return
            done += len(batches)
            failure = self._written(batches, settle=tuple(self._pens) if wanted else ("orders",) if promised else ())
            with self._changed:
                self._backlog_bytes -= sum(len(data) for batch in batches for _, _, data in batch)
                for batch in batches:
                    self._in_line.subtract({stream for stream, _, _ in batch})
                due = self._kept(done, failure, is_all=wanted, is_orders=wanted or promised)
                self._changed.notify_all()
            for then in due:
                then(failure)
            if failure is not None:
                self._on_failure(failure)
                return

    def _kept(
        self, done: int, failure: JournalError | None, *, is_all: bool, is_orders: bool
    ) -> list[Callable[[JournalError | None], None]]:
        """Note what is safe now; gives the promises to be kept, all of them after a failure."""
        self.failure = self.failure or failure
        if self.failure is not None:
            due, self._promised = [then for _, then in self._promised], []
            return due
        self._safe = done if is_all else self._safe
        self._orders_safe = done if is_orders else self._orders_safe
        due = [then for number, then in self._promised if number <= self._orders_safe]
        self._promised = [one for one in self._promised if one[0] > self._orders_safe]
        return due

    def _written(self, batches: deque[Batch], *, settle: Collection[Stream]) -> JournalError | None:
        path = None
        try:
            for batch in batches:
                for stream, name, data in batch:
                    path = self._pens[stream].path
                    self._pens[stream].write(name, data, self._archive)
            for stream in settle:
                path = self._pens[stream].path
                self._pens[stream].sync()
        except JournalError as fault:
            return fault
        except OSError as fault:
            return unwritable(path, fault)
        return None
