"""From Quote to Fill: see, ask, decide, write down, send.

    event ──▶ exchange.observe ──▶ watch ──▶ ticks journal
                   │ reports                       every loop:  account ──▶ strategies ──▶ intent ──▶ decide ──▶ router
                   └──▶ orders journal, book, router ──▶ submits ◀───────────────────────────────────────────────┘
                                                            └─ journaled and durable, then exchange.submit

The engine has no clock of its own and waits for nothing: the same events give the same records. How it decides and works orders
is the desk's (`executor.desk`).
"""

from collections.abc import Sequence

import msgspec

from executor.desk import Desk
from executor.parts import Parts, Progress
from executor.records.account import Account, Heartbeat
from executor.records.base import Record
from executor.records.market import Gap, MarketEvent, Quote
from executor.records.orders import (
    Ack,
    Fault,
    Fill,
    Funding,
    Halt,
    OrderRecord,
    PolicyChanged,
    Reject,
    Resume,
    Submit,
    SuggestionRefused,
)
from executor.records.trading import Intent
from executor.vitals import Vitals
from executor.watch import Watch

SILENCE_US = 3_600_000_000


class Engine(Desk):
    """One account's trading loop."""

    def __init__(self, parts: Parts, progress: Progress | None = None) -> None:
        super().__init__(parts, progress or Progress(watches={symbol: Watch() for symbol in parts.instruments}))
        self.vitals = Vitals()
        self._loop_us = int(max(parts.loop_s, parts.settings.loop.period_s) * 1e6)
        self._tick_us = 0 if parts.every_tick else int(parts.settings.journal.tick_interval_ms * 1000)

    def step(self, batch: Sequence[MarketEvent], lag_us: int = 0) -> None:
        """Take a batch of events; completes a loop when its time has come. `lag_us` is the runner's lateness."""
        observe, reports, append = self.parts.exchange.observe, self.parts.exchange.reports, self._journals.append
        progress, watches, sampling = self.progress, self.progress.watches, self.sampling
        self.idle(batch)
        others = 0
        for event in batch:
            observe(event)
            if type(event) is not Quote:
                append("ticks", event)
                others += 1
            else:
                watches[event.symbol].observe(event, sampling)
                if self._tick_us == 0 or self._is_due(event):
                    append("ticks", event)
            progress.now_us = event.ts_us
            for report in reports():
                self._report(report)
            if self._outbox:
                self._send()
        self.vitals.quotes += len(batch) - others
        if progress.now_us >= progress.next_loop_us:
            self.loop(lag_us)

    def hear(self, now_us: int) -> None:
        """Take what the venue reports while the market is silent, and send what follows from it."""
        self.progress.now_us = max(now_us, self.progress.now_us)
        for report in self.parts.exchange.reports():
            self._report(report)
        self._send()

    def idle(self, batch: Sequence[MarketEvent]) -> None:
        """Complete the loops that fell due while the market was silent before this batch; silence is no excuse.

        A restart's gap is not silence: nobody was there. A longer one than `SILENCE_US` is not looped through.
        """
        until_us = batch[0].ts_us
        while self.due_before(batch) and until_us - self.progress.next_loop_us <= SILENCE_US:
            self.idle_once()

    def idle_once(self, lag_us: int = 0) -> None:
        """Complete the loop that is due, at its own time; `lag_us` is the runner's lateness."""
        self.progress.now_us = self.progress.next_loop_us
        self.loop(lag_us)

    def due_before(self, batch: Sequence[MarketEvent]) -> bool:
        """Whether a loop falls due before this batch of events."""
        first = batch[0]
        is_restart = isinstance(first, Gap) and first.reason == "restart"
        return 0 < self.progress.next_loop_us < first.ts_us and not is_restart

    def _is_due(self, quote: Quote) -> bool:
        """Whether a quote is to be journaled, at the configured rate."""
        ticked = self.progress.ticked_us
        if quote.ts_us - ticked.get(quote.symbol, 0) < self._tick_us:
            return False
        ticked[quote.symbol] = quote.ts_us
        return True

    def loop(self, lag_us: int = 0) -> None:
        """One pass: suggestions, then the desk's turn; ends with a heartbeat, also when idle."""
        self._steer(self.progress.now_us)
        self._close_loop(self.turn(), lag_us)

    def _steer(self, now_us: int) -> None:
        """Follow what suggestions are due: journaled first, then in force for every later decision."""
        if self.parts.advice is None:
            return
        for record in self.parts.advice.due(self.progress.steering, now_us):
            self._write(record)
            self.progress.steering.take(record)

    def _write(self, record: OrderRecord) -> None:
        book = self.progress.book
        filled = record.client_id if isinstance(record, Fill) and record.client_id in book.live else None
        super()._write(record)
        self.vitals.take(record, completes=filled is not None and filled not in book.live)
        name = COUNTED.get(type(record))
        if name is not None:
            self.progress.counters[name] = self.progress.counters.get(name, 0) + 1

    def _close_loop(self, account: Account, lag_us: int) -> None:
        progress = self.progress
        self._tick_the_silent()
        self._journals.append("positions", account)
        progress.loops += 1
        progress.next_loop_us = progress.now_us - progress.now_us % self._loop_us + self._loop_us
        progress.book.forget_done()
        beat = Heartbeat(progress.now_us, loop=progress.loops, lag_us=lag_us, counters=dict(progress.counters), halted=progress.book.halted)
        self._journals.append("positions", beat)
        self._journals.flush()
        self.vitals.looped(account, lag_us)

    def _tick_the_silent(self) -> None:
        """Every loop says something of every symbol: the quote in force again, where none was journaled since the last."""
        progress = self.progress
        since_us = progress.now_us - self._loop_us
        for symbol, watch in progress.watches.items():
            if watch.quote is None or (self._tick_us == 0 and watch.quote.ts_us > since_us):
                continue
            if progress.ticked_us.get(symbol, 0) <= since_us:
                progress.ticked_us[symbol] = progress.now_us
                self._journals.append("ticks", msgspec.structs.replace(watch.quote, ts_us=progress.now_us))


COUNTED: dict[type[Record], str] = {
    Intent: "intents",
    Submit: "submits",
    Ack: "acks",
    Fill: "fills",
    Reject: "rejects",
    Funding: "fundings",
    Fault: "faults",
    Halt: "halts",
    Resume: "resumes",
    PolicyChanged: "policy_changes",
    SuggestionRefused: "suggestions_refused",
}
