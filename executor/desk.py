"""What trades one account: decides on intents, puts approved plans to work, follows what the venue reports, keeps the book.

    intent ──▶ slice ──▶ decide ──▶ router ──▶ outbox ──▶ exchange
                            ▲          ▲                     │
                           book ◀── records ◀──── reports ◀──┘

Who shows it the market, when loops come and where records go is its subclass's business: the engine's live, the shadow's on record.
"""

from collections.abc import Iterable, Mapping

from executor import stops
from executor.asking import UNOWNED, intent_id, intent_of, plain_policy, unowned_exits, view_of
from executor.parts import Parts, Progress
from executor.records.account import Account
from executor.records.base import Side
from executor.records.market import Instrument, Quote
from executor.records.orders import Cancel, Ended, Fault, Halt, OrderRecord, Report, Resume, RulesChanged, Submit
from executor.records.trading import Approved, Intent, Slice
from executor.settings import leverage_of, lines_of
from executor.slicing import cut_slice
from executor.strategies.base import View, Wish
from executor.watch import sampling_of


class Desk:
    """One account's orders and book. The same code decides and works live and in the shadow."""

    def __init__(self, parts: Parts, progress: Progress) -> None:
        self.parts = parts
        self.progress = progress
        self.lines = lines_of(parts.settings)
        self.sampling = sampling_of(parts.settings, parts.bar_s)
        self._plain = plain_policy(parts.settings)
        self._journals = parts.journals
        self._outbox: list[Submit | Cancel] = []
        self.instruments: dict[str, Instrument] = dict(parts.instruments)

    def turn(self) -> Account:
        """One pass at the present moment: account, orders in work, wishes, decisions, sending; gives the books it began with."""
        now_us = self.progress.now_us
        account = self.parts.exchange.account(now_us)
        self.progress.book.settle(account)
        self._act(self.parts.router.on_time(now_us, self.quotes()))
        if any(watch.quote is not None for watch in self.progress.watches.values()):
            self._ask(view_of(self.progress, self.sampling, self.parts.router.busy))
        self._protect()
        self._send()
        return account

    def _protect(self) -> None:
        """Keep a stop at the venue for every position, where the settings want that."""
        progress, settings = self.progress, self.parts.settings
        if stops.is_idle(progress.book, settings.exits):
            return

        def named(symbol: str, side: Side) -> str:
            return intent_id(settings.account, stops.STRATEGY, Wish(symbol=symbol, side=side, purpose="stop", reason=""), progress.now_us)

        sight = stops.Sight(
            book=progress.book, quotes=self.quotes(), instruments=self.instruments, exits=settings.exits, now_us=progress.now_us
        )
        for action in list(stops.due(sight, progress.stops, named)):
            if isinstance(action, Fault):
                self._write(action)
            else:
                self._act((action,))

    def _ask(self, view: View) -> None:
        """Decide on every wish, but for symbols in which another order is being worked (an exit goes before an entry)."""
        router = self.parts.router
        for name, strategy in self.parts.strategies.items():
            for wish in strategy.wishes(view):
                if wish.symbol not in (router.exiting if wish.purpose == "exit" else router.busy):
                    self.decide(self.intent_for(name, wish))
        for wish in unowned_exits(view, self.parts.strategies):
            if wish.symbol not in router.exiting:
                self.decide(self.intent_for(UNOWNED, wish))

    def intent_for(self, strategy: str, wish: Wish) -> Intent:
        """A strategy's wish, named and dated."""
        return intent_of(self.parts.settings.account, strategy, wish, self.progress.now_us)

    def decide(self, intent: Intent) -> None:
        """Journal an intent, decide on it, journal the decision, and put an approved plan to work."""
        self._write(intent)
        quote = self.progress.watches[intent.symbol].quote
        if quote is None:
            self._write(Fault(intent.ts_us, where="engine.decide", detail=f"no quote of {intent.symbol} yet"))
            return
        view = self.slice_of(intent, quote)
        decision = self.parts.pipeline.decide(intent, view, self.lines, self.progress.steering.policy(intent.symbol, self._plain))
        self._write(decision)
        if isinstance(decision.verdict, Approved) and decision.plan is not None:
            instrument = self.instruments[intent.symbol]
            self._act(self.parts.router.begin(intent, decision, quote=quote, instrument=instrument, now_us=intent.ts_us))

    def slice_of(self, intent: Intent, quote: Quote) -> Slice:
        """What a decision on an intent may look at now."""
        return cut_slice(
            quote,
            self.instruments[intent.symbol],
            book=self.progress.book,
            mids=self.held_mids(),
            vol_bps=self.progress.watches[intent.symbol].minute_vol_bps(self.sampling),
            limits=self.lines.limits,
            leverage=leverage_of(self.parts.settings),
            now_us=intent.ts_us,
        )

    def learn(self, changed: Mapping[str, Instrument], reason: str) -> None:
        """Go by new rules of the venue from here on: later decisions, later orders of what is worked, and no entry where none is taken."""
        self._write(RulesChanged(self.progress.now_us, instruments=tuple(changed.values()), reason=reason))
        self.instruments |= changed
        self._act(self.parts.router.revise(changed, self.progress.now_us))
        self._send()

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
        self._durable()
        outbox, self._outbox = self._outbox, []
        for action in outbox:
            if isinstance(action, Submit):
                self.parts.exchange.submit(action)
            else:
                self.parts.exchange.cancel(action.client_id, action.symbol, action.ts_us)

    def _durable(self) -> None:
        """Return when everything written is durable."""
        self._journals.commit()

    def _write(self, record: OrderRecord) -> None:
        """Write a record down, and take it into the book."""
        self._journals.append("orders", record)
        self.progress.book.take(record)

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
            self.decide(self.intent_for(held.strategy or "operator", wish))
        self._send()

    def quotes(self) -> dict[str, Quote]:
        """The newest quote of each symbol that has one."""
        return {symbol: watch.quote for symbol, watch in self.progress.watches.items() if watch.quote is not None}

    def held_mids(self) -> dict[str, float]:
        """The newest mid of each symbol that is held and has one."""
        watches = self.progress.watches
        held = ((symbol, watches[symbol].quote) for symbol in self.progress.book.holdings if symbol in watches)
        return {symbol: (quote.bid + quote.ask) / 2 for symbol, quote in held if quote is not None}
