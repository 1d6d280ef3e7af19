"""From Quote to Fill: see, ask, decide, write down, send.

    event ──▶ exchange.observe ──▶ watch ──▶ ticks journal
                   │ reports                       every loop:  account ──▶ strategies ──▶ intent ──▶ decide ──▶ router
                   └──▶ orders journal, book, router ──▶ submits ◀───────────────────────────────────────────────┘
                                                            └─ journaled and durable, then exchange.submit

The engine has no clock of its own and waits for nothing: the same events give the same records.
"""

from collections.abc import Iterable, Sequence

import msgspec

from executor.asking import UNOWNED, intent_of, plain_policy, unowned_exits, view_of
from executor.parts import Parts, Progress
from executor.records.account import Account, Heartbeat
from executor.records.base import Record
from executor.records.market import Gap, MarketEvent, Quote
from executor.records.orders import (
    Ack,
    Cancel,
    Ended,
    Fault,
    Fill,
    Funding,
    Halt,
    OrderRecord,
    PolicyChanged,
    Reject,
    Report,
    Resume,
    Submit,
    SuggestionRefused,
)
from executor.records.trading import Approved, Intent
from executor.settings import lines_of
from executor.slicing import cut_slice
from executor.strategies.base import View, Wish
from executor.vitals import Vitals
from executor.watch import Watch, sampling_of

SILENCE_US = 3_600_000_000


class Engine:
    """One account's trading loop."""

    def __init__(self, parts: Parts, progress: Progress | None = None) -> None:
        self.parts = parts
        self.progress = progress or Progress(watches={symbol: Watch() for symbol in parts.instruments})
        self.vitals = Vitals()
        self.lines = lines_of(parts.settings)
        self._plain = plain_policy(parts.settings)
        self._loop_us = int(max(parts.loop_s, parts.settings.loop.period_s) * 1e6)
        self._sampling = sampling_of(parts.settings, parts.bar_s)
        self._tick_us = 0 if parts.every_tick else int(parts.settings.journal.tick_interval_ms * 1000)
        self._journals = parts.journals
        self._outbox: list[Submit | Cancel] = []

    def step(self, batch: Sequence[MarketEvent], lag_us: int = 0) -> None:
        """Take a batch of events; completes a loop when its time has come. `lag_us` is the runner's lateness."""
        observe, reports, append = self.parts.exchange.observe, self.parts.exchange.reports, self._journals.append
        progress, watches, sampling = self.progress, self.progress.watches, self._sampling
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
        """One pass: suggestions, account, orders in work, wishes, decisions; ends with a heartbeat, also when idle."""
        now_us = self.progress.now_us
        self._steer(now_us)
        account = self.parts.exchange.account(now_us)
        self.progress.book.settle(account)
        self._act(self.parts.router.on_time(now_us, self.quotes()))
        if any(watch.quote is not None for watch in self.progress.watches.values()):
            self._ask(view_of(self.progress, self._sampling, self.parts.router.busy))
        self._send()
        self._close_loop(account, lag_us)

    def _steer(self, now_us: int) -> None:
        """Follow what suggestions are due: journaled first, then in force for every later decision."""
        if self.parts.advice is None:
            return
        for record in self.parts.advice.due(self.progress.steering, now_us):
            self._write(record)
            self.progress.steering.take(record)

    def _ask(self, view: View) -> None:
        """Decide on every wish, but for symbols in which another order is being worked (an exit goes before an entry)."""
        router = self.parts.router
        for name, strategy in self.parts.strategies.items():
            for wish in strategy.wishes(view):
                if wish.symbol not in (router.exiting if wish.purpose == "exit" else router.busy):
                    self.decide(intent_of(self.parts.settings.account, name, wish, self.progress.now_us))
        for wish in unowned_exits(view, self.parts.strategies):
            if wish.symbol not in router.exiting:
                self.decide(intent_of(self.parts.settings.account, UNOWNED, wish, self.progress.now_us))

    def decide(self, intent: Intent) -> None:
        """Journal an intent, decide on it, journal the decision, and put an approved plan to work."""
        self._write(intent)
        quote = self.progress.watches[intent.symbol].quote
        if quote is None:
            self._write(Fault(intent.ts_us, where="engine.decide", detail=f"no quote of {intent.symbol} yet"))
            return
        instrument = self.parts.instruments[intent.symbol]
        view = cut_slice(
            quote,
            instrument,
            book=self.progress.book,
            mids=self.mids(),
            vol_bps=self.progress.watches[intent.symbol].minute_vol_bps(self._sampling),
            limits=self.lines.limits,
            now_us=intent.ts_us,
        )
        decision = self.parts.pipeline.decide(intent, view, self.lines, self.progress.steering.policy(intent.symbol, self._plain))
        self._write(decision)
        if isinstance(decision.verdict, Approved) and decision.plan is not None:
            self._act(self.parts.router.begin(intent, decision, quote=quote, instrument=instrument, now_us=intent.ts_us))

    def _report(self, report: Report) -> None:
        self._write(report)
        self._act(self.parts.router.on_report(report, quotes=self.quotes(), now_us=self.progress.now_us))

    def _act(self, actions: Iterable[Submit | Cancel]) -> None:
        for action in actions:
            self._write(action)
            self._outbox.append(action)
        for over in self.parts.router.endings():
            self._write(
                Ended(
                    self.progress.now_us,
                    intent_id=over.intent_id,
                    symbol=over.symbol,
                    filled_qty=over.filled_qty,
                    unfilled_qty=over.unfilled_qty,
                    reason=over.reason,
                )
            )

    def _send(self) -> None:
        """Journal before order: nothing leaves until its intent is durable."""
        if not self._outbox:
            return
        self._journals.commit()
        outbox, self._outbox = self._outbox, []
        for action in outbox:
            if isinstance(action, Submit):
                self.parts.exchange.submit(action)
            else:
                self.parts.exchange.cancel(action.client_id, action.symbol, action.ts_us)

    def _write(self, record: OrderRecord) -> None:
        self._journals.append("orders", record)
        book = self.progress.book
        filled = record.client_id if isinstance(record, Fill) and record.client_id in book.live else None
        book.take(record)
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

    def halt(self, rule: str, detail: str) -> None:
        """Stop new risk, and ask back what is out for it; exits and cancels go on."""
        if self.progress.book.halted is None:
            self._write(Halt(self.progress.now_us, rule=rule, detail=detail))
            self._act(self.parts.router.recall_entries(f"halt: {rule}", self.progress.now_us))
            self._send()

    def resume(self, rule: str, detail: str) -> None:
        """Allow new risk again."""
        if self.progress.book.halted is not None:
            self._write(Resume(self.progress.now_us, rule=rule, detail=detail))

    def flatten(self) -> None:
        """Ask for an exit of every holding, reduce-only."""
        for symbol, held in sorted(self.progress.book.holdings.items()):
            wish = Wish(symbol=symbol, side="sell" if held.qty > 0 else "buy", purpose="exit", reason="flatten", qty=abs(held.qty))
            self.decide(intent_of(self.parts.settings.account, held.strategy or "operator", wish, self.progress.now_us))
        self._send()

    def quotes(self) -> dict[str, Quote]:
        """The newest quote of each symbol that has one."""
        return {symbol: watch.quote for symbol, watch in self.progress.watches.items() if watch.quote is not None}

    def mids(self) -> dict[str, float]:
        """The newest mid of each symbol that has one."""
        return {symbol: (quote.bid + quote.ask) / 2 for symbol, quote in self.quotes().items()}


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
