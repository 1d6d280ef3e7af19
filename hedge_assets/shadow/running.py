"""All columns at once, running: shown the market, asked every loop, and held side by side."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from executor.book import Book
from executor.errors import HedgeError
from executor.records.account import Account
from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from executor.records.orders import Halt, Resume, RulesChanged
from executor.records.trading import Decision, Intent
from executor.watch import Sampling, Watch
from hedge_assets.shadow.candidates import Candidate
from hedge_assets.shadow.column import Column
from hedge_assets.shadow.columns import column_of
from hedge_assets.shadow.courses import Courses
from hedge_assets.shadow.hearing import Heard
from hedge_assets.shadow.kept import Kept, Stage, begun
from hedge_assets.shadow.ledger import Asked
from hedge_assets.shadow.pairs import NO_QUOTE, Outcome, outcome, regime_of, silence
from hedge_assets.shadow.placeholder import Shown, last_seen, placeholder
from hedge_assets.shadow.signals import Signals


class Running:
    """The columns that can run under the newest boot's settings; of the others `kept` says why not."""

    def __init__(self, candidates: Sequence[Candidate], stage: Stage, columns: dict[str, Kept], *, live: Book, real: Courses) -> None:
        self._stage = stage
        self._live = live
        self._signals = Signals()
        self.columns: dict[str, Column] = {}
        self._began = False
        self._flat_us = 0
        if stage.settings is not None:
            for candidate in candidates:
                kept = columns.setdefault(candidate.name, begun(Decimal(0)))
                try:
                    self.columns[candidate.name] = column_of(candidate, stage, kept, self._signals)
                    kept.fault = None
                except HedgeError as error:
                    kept.fault = str(error)
        samplings = {id(column.progress.watches): (column.progress.watches, column.sampling) for column in self.columns.values()}
        self._watched: list[tuple[dict[str, Watch], Sampling]] = list(samplings.values())
        self._all = list(self.columns.values())
        self._known = frozenset(stage.instruments)
        self._courses = [real, *(column.kept.courses for column in self._all)]
        self._eyes = [(column.parts.exchange.observe, column.parts.exchange.reports, column) for column in self._all]

    def quote(self, record: Quote, before: Quote | None) -> None:
        """Show a quote to everybody, as the engine does: venue, watch, then reports. Markouts due before it go by the one `before`."""
        symbol, ts_us = record.symbol, record.ts_us
        for courses in self._courses:
            due = courses.due
            if due and symbol in due and due[symbol][0].due_us < ts_us:
                courses.mature_symbol(symbol, before, ts_us)
        if symbol not in self._known:
            return
        for watches, sampling in self._watched:
            watches[symbol].observe(record, sampling)
        for observe, reports, column in self._eyes:
            observe(record)
            found = reports()
            if found:
                column.hear(found, ts_us)

    def event(self, record: Trade | Mark | Settlement | Gap) -> None:
        """Show anything else of the market to everybody."""
        if record.symbol in self._known or (isinstance(record, Gap) and not record.symbol):
            for observe, reports, column in self._eyes:
                observe(record)
                if found := reports():
                    column.hear(found, record.ts_us)

    def loop(self, now_us: int, seen: Account, heard: Mapping[str, Heard], deaf: frozenset[str]) -> None:
        """Every column's loop at this moment of the live desk's."""
        if not self._began:
            self._begin(seen)
        self._listen(heard, deaf, now_us)
        fresh = [watch for watches, _ in self._watched for watch in watches.values() if watch.fresh]
        quiet = not heard and not deaf
        for column in self._all:
            for watch in fresh:
                watch.fresh = True
            column.loop(now_us, is_quiet=quiet and column.echoes)
        for watch in fresh:
            watch.fresh = False

    def _begin(self, seen: Account) -> None:
        """Columns that are new begin flat, with what the live account is worth."""
        self._began = True
        for column in self._all:
            if column.kept.curve.last is None:
                column.kept.venue.wallet = seen.nav
                column.parts.exchange.restore(column.kept.venue)

    def _listen(self, heard: Mapping[str, Heard], deaf: frozenset[str], now_us: int) -> None:
        """Lay out what the live desk asked, saw and suffered in this loop."""
        signals = self._signals
        now = [each.intent for each in heard.values() if each.intent.ts_us == now_us]
        signals.asked = {(intent.strategy, intent.symbol, intent.side, intent.purpose): intent for intent in now}
        signals.entries = {(intent.strategy, intent.symbol): intent for intent in now if intent.purpose == "entry"}
        signals.deaf = deaf
        signals.slices = {each.decision.slice.symbol: each.decision.slice for each in heard.values() if each.decision is not None}
        signals.errors, signals.unknown = 0, {}
        if not (self._live.errors_us or self._live.unknown) or self._stage.settings is None:
            return
        since_us = now_us - self._stage.settings.limits.error_window_s * 1e6
        model = self.columns.get(self._stage.pipeline)
        modelled = sum(at > since_us for at in model.progress.book.errors_us) if model is not None else 0
        signals.errors = max(0, sum(at > since_us for at in self._live.errors_us) - modelled)
        for symbol in self._live.unknown.values():
            signals.unknown[symbol] = signals.unknown.get(symbol, 0) + 1

    def answers(self, heard: Mapping[str, Heard], live_name: str) -> Iterator[Asked]:
        """Every intent that somebody asked for since the last loop, with what each column answered; then all of it is forgotten."""
        intents = {name: each.intent for name, each in heard.items()}
        for column in self._all:
            for name, answer in column.kept.decided.items():
                intents.setdefault(name, answer.intent)
        for name, intent in intents.items():
            journaled = heard.get(name)
            live = None if journaled is None else journaled.decision
            decisions: dict[str, Decision] = {
                each: column.kept.decided[name].decision for each, column in self.columns.items() if name in column.kept.decided
            }
            own = decisions.get(live_name)
            seen = own or live or next(iter(decisions.values()), None)
            yield Asked(
                intent=intent,
                pipeline=self._stage.pipeline,
                is_journaled=journaled is not None,
                live=live,
                decisions=decisions,
                outcomes={
                    each: self._outcome(each, intent, decisions, live if each == self._stage.pipeline else None)
                    for each in (live_name, *self.columns)
                },
                regime=regime_of(None if seen is None else seen.slice),
            )
        for column in self._all:
            column.kept.decided.clear()

    def _outcome(self, name: str, intent: Intent, decisions: Mapping[str, Decision], journaled: Decision | None) -> Outcome:
        """One column's answer; the live pipeline's is what the live desk journaled: facts go before what is made again."""
        decision = journaled or decisions.get(name)
        if decision is not None:
            return outcome(decision, name)
        column = self.columns.get(name)
        return silence(name, NO_QUOTE if column is None else column.silence(intent))

    def flatten(self, wish: Intent) -> None:
        """An operator wants to be flat: every column leaves all that it holds, once, however many symbols the live desk leaves."""
        self._signals.asked[wish.strategy, wish.symbol, wish.side, wish.purpose] = wish
        if wish.ts_us == self._flat_us:
            return
        self._flat_us = wish.ts_us
        for column in self._all:
            column.progress.now_us = wish.ts_us
            column.flatten()

    def halt(self, record: Halt) -> None:
        """New risk stops in every column."""
        for column in self._all:
            column.progress.now_us = record.ts_us
            column.halt(record.rule, record.detail)

    def resume(self, record: Resume) -> None:
        """New risk may be taken again in every column."""
        for column in self._all:
            column.progress.now_us = record.ts_us
            column.resume(record.rule, record.detail)

    def learn(self, record: RulesChanged) -> None:
        """Every column goes by new rules of the venue, also for what it works; their own venue does once they are put together anew."""
        for column in self._all:
            column.progress.now_us = record.ts_us
            column.learn({instrument.symbol: instrument for instrument in record.instruments}, record.reason)

    def transfer(self, amount: Decimal) -> None:
        """Money comes in or goes out of every column."""
        for column in self._all:
            column.transfer(amount)

    def settle(self) -> None:
        """Lay down what every column has in mind."""
        for column in self._all:
            column.settle()

    def placeholder(self, now_us: int, quotes: Mapping[str, Quote]) -> Shown | str:
        """Each column's decision on a placeholder entry in the symbol quoted last; or why there is nothing to decide on."""
        if not self.columns:
            return "no boot record with settings of this version: start the executor"
        seen = last_seen(quotes, self._known)
        if seen is None:
            return "no quote has been seen of any symbol of the universe"
        intent = placeholder(seen.symbol, now_us)
        answers = {name: column.answer(intent) for name, column in self.columns.items()}
        return Shown(intent=intent, decisions={name: decision for name, decision in answers.items() if decision is not None})
