"""Scores as they stood at the end of earlier UTC days, made again from the same sums."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from hedge_assets.advice.score_parts import Takings, drag, execution, liquidity, typical, volatility
from hedge_assets.advice.scored import Scored, ranks, scored
from hedge_assets.folds.execution_tally import ExecutionTally
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.ledger import Ledger
from hedge_assets.folds.market import Market
from hedge_assets.folds.moments import Moments
from hedge_assets.folds.rolling import DAY_HOURS, DAYS_KEPT, HOUR_US, Rolling, Tally
from hedge_assets.folds.tally import TradeTally
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.shrinkage import Book, book_of, posterior, shrinkage_of
from hedge_assets.statistics.stats import Estimate, known, unknown
from hedge_assets.statistics.windows import span_of

DAY_US = DAY_HOURS * HOUR_US
DAYS_BACK = 7

T = TypeVar("T", bound=Tally)


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier days are made again from: the sums of trades and executions, and the market at each day's end."""

    ledger: Ledger
    executions: Executions
    market: Market
    telemetry: Telemetry

    def score_as_of(self, day: int, names: Sequence[str]) -> tuple[Scored, ...]:
        """Scores of these symbols by what was known at the end of a UTC day (since 1970), in the windows as they lay then."""
        trades, worked = self._trades(day, names), self._worked(day, names)
        closes = {name: self.market.symbols[name].days.get(day) for name in names if name in self.market.symbols}
        usual = typical({name: each for name, each in closes.items() if each is not None})
        prior = self._prior(day, trades)
        mature = self.telemetry.mature_trades
        rows = []
        for name in names:
            close, own, work = closes.get(name), trades.get(name, Traded()), worked.get(name, Worked())
            parts = {
                "edge": edge_of(own, prior),
                "execution": execution(work, self.telemetry),
                "drag": drag(own.takings, work.slippage_bps),
                "volatility": volatility(close, usual),
                "liquidity": liquidity(close, usual),
            }
            n = own.n
            rows.append(scored(name, parts, n=n, is_mature=n >= mature))
        return ranks(rows)

    def weakness(self, day: int) -> str | None:
        """What of the day's window of trades is no longer kept by day; null where nothing is missing."""
        results, first = self.ledger.results, first_day(self.telemetry.research_window, day)
        over = results.sealed(TradeTally)
        forgotten = traded_in(over.total) - sum(traded_in(sums) for sums in over.days.values())
        lost = results.hour // DAY_HOURS - DAYS_KEPT + 1 - (first or 0)
        if forgotten == 0 or lost <= 0:
            return None
        if first is None:
            return f"{forgotten} trades are older than the {DAYS_KEPT} days that are kept by day, and left out"
        return f"the first {lost} days of its {self.telemetry.research_window} are no longer kept"

    def _trades(self, day: int, names: Sequence[str]) -> dict[str, "Traded"]:
        found: dict[str, Traded] = {}
        for sums in days_between(self.ledger.results, TradeTally, first=first_day(self.telemetry.research_window, day), last=day):
            for name in names:
                tally = sums.get(f"symbols/{name}")
                if tally is not None:
                    found.setdefault(name, Traded()).add(tally)
        return found

    def _prior(self, day: int, trades: Mapping[str, "Traded"]) -> Book:
        """The book as it was then, with the strength that its symbols asked for."""
        whole, telemetry = Moments(), self.telemetry
        for sums in days_between(self.ledger.results, TradeTally, first=first_day(telemetry.research_window, day), last=day):
            if "overall/all" in sums:
                whole.plus(sums["overall/all"].bps)
        book = book_of(whole, strength=telemetry.shrink_trades, mature_trades=telemetry.mature_trades)
        own = [trades[name].bps for name in sorted(trades)]
        return book.toward(shrinkage_of("symbols", own, usual_trades=telemetry.shrink_trades))

    def _worked(self, day: int, names: Sequence[str]) -> dict[str, "Worked"]:
        found: dict[str, Worked] = {}
        for sums in days_between(self.executions.rolling, ExecutionTally, first=first_day(self.telemetry.execution_window, day), last=day):
            for name in names:
                tally = sums.get(f"symbol/{name}")
                if tally is not None:
                    worked = found.setdefault(name, Worked())
                    worked.n += tally.intents.n
                    worked.slippage.plus(tally.intents.slippage)
                    worked.posted += tally.orders.posted
                    worked.refused += tally.orders.posted_refused
        return found


class Traded(msgspec.Struct):
    """What a score needs of closed trades: how many, what each earned in bps; gross, fees and entry notional in USD."""

    n: int = 0
    gross_usd: Decimal = Decimal(0)
    fees_usd: Decimal = Decimal(0)
    notional_usd: Decimal = Decimal(0)
    bps: Moments = msgspec.field(default_factory=Moments)

    def add(self, tally: TradeTally) -> None:
        """Some more of them."""
        self.n += tally.n
        self.gross_usd += tally.gross_usd
        self.fees_usd += tally.fees_usd
        self.notional_usd += tally.notional_usd
        self.bps.plus(tally.bps)

    @property
    def takings(self) -> Takings:
        """What they made and paid."""
        return Takings(self.n, float(self.gross_usd), float(self.fees_usd), float(self.notional_usd))


class Worked(msgspec.Struct):
    """What a score needs of executions: intents that orders left for, their slippage in bps, post-only orders and refusals of them."""

    n: int = 0
    slippage: Moments = msgspec.field(default_factory=Moments)
    posted: int = 0
    refused: int = 0

    @property
    def slippage_bps(self) -> float | None:
        """The mean slippage of an intent; null without one."""
        return self.slippage.mean if self.slippage.n else None

    @property
    def reject_frac(self) -> float | None:
        """The share of post-only orders that were refused; null without one."""
        return self.refused / self.posted if self.posted else None


def traded_in(sums: Mapping[str, TradeTally]) -> int:
    """How many trades these sums are of."""
    whole = sums.get("overall/all")
    return 0 if whole is None else whole.n


def days_between(rolling: Rolling[T], kind: type[T], *, first: int | None, last: int) -> Iterator[Mapping[str, T]]:
    """Sums of whole days, oldest first; the hour that nothing came after yet belongs to its day."""
    open_day = rolling.hour // DAY_HOURS
    days = rolling.sealed(kind).days
    for day in sorted(days):
        if (first is None or day >= first) and day <= last:
            yield days[day]
    if (first is None or open_day >= first) and open_day <= last:
        yield rolling.filling


def first_day(window: str, day: int) -> int | None:
    """The first whole day of a window that ends with a day; null for all times."""
    start_us = span_of(window).start_us((day + 1) * DAY_US)
    return None if start_us is None else start_us // DAY_US


def edge_of(traded: Traded, prior: Book) -> Estimate:
    """How sure it was that a trade earns."""
    if traded.n == 0:
        return unknown("no closed trade in the window", 0)
    sure = posterior(traded.bps, prior, is_book=False)["edge_prob_frac"]
    return unknown(sure.reason or "expectancy has no interval", traded.n) if sure.value is None else known(sure.value, traded.n)
