"""What stops new risk by itself. Some brakes let go when what they saw is over; the others wait for `executor resume`."""

from collections.abc import Callable

import msgspec

from executor.book import DAY_US, Book
from executor.settings import Brakes

PASSING = frozenset({"nav_stale", "clock_unsure", "venue_silent"})
"""Brakes that let go by themselves."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What brakes look at, at `now_us`: the book; why the clock is not sure, the lock not ours, the venue not heard (null: well)."""

    now_us: int
    book: Book
    clock_problem: str | None
    lock_problem: str | None
    venue_problem: str | None


Brake = Callable[[Sight, Brakes], str | None]


def nav_stale(sight: Sight, lines: Brakes) -> str | None:
    """The venue's figures are too old to measure any risk by."""
    if lines.nav_age_s == 0:
        return None
    if sight.book.nav_us is None:
        return "the account was never read"
    age_s = (sight.now_us - sight.book.nav_us) / 1e6
    return None if age_s <= lines.nav_age_s else f"NAV is {age_s:.0f} s old, at most {lines.nav_age_s:g} s is allowed"


def drawdown(sight: Sight, lines: Brakes) -> str | None:
    """NAV stands too far below its peak."""
    book = sight.book
    return _fallen(book.nav_usd, book.peak_usd if book.brake_peak_usd is None else book.brake_peak_usd, lines.drawdown_frac, "its peak")


def daily_loss(sight: Sight, lines: Brakes) -> str | None:
    """Too much of the day's opening NAV is gone."""
    if sight.book.day != sight.now_us // DAY_US:
        return None
    opening_usd = sight.book.day_start_usd if sight.book.brake_day_usd is None else sight.book.brake_day_usd
    return _fallen(sight.book.nav_usd, opening_usd, lines.daily_loss_frac, "the day's opening")


def _fallen(nav: float | None, reference: float | None, limit: float, what: str) -> str | None:
    if limit == 0 or nav is None or reference is None or reference <= 0:
        return None
    fallen = 1 - nav / reference
    return None if fallen <= limit else f"NAV {nav:,.2f} USD is {fallen:.2%} below {what}, the limit is {limit:.2%}"


def error_burst(sight: Sight, lines: Brakes) -> str | None:
    """Too many refusals and unknown answers in a short while."""
    since_us = sight.now_us - round(lines.errors_within_s * 1e6)
    count = sum(at_us > since_us for at_us in sight.book.errors_us)
    if lines.errors == 0 or count <= lines.errors:
        return None
    return f"{count} orders were refused or unknown within {lines.errors_within_s:g} s, at most {lines.errors} are allowed"


def clock_unsure(sight: Sight, _: Brakes) -> str | None:
    """Nobody knows what time it is at the venue."""
    return sight.clock_problem


def lock_lost(sight: Sight, _: Brakes) -> str | None:
    """The data directory is not the one that was locked."""
    return sight.lock_problem


def venue_silent(sight: Sight, _: Brakes) -> str | None:
    """What happens to our orders is not heard, or was not compared since it was not."""
    return sight.venue_problem


BRAKES: dict[str, Brake] = {
    "lock_lost": lock_lost,
    "drawdown": drawdown,
    "daily_loss": daily_loss,
    "error_burst": error_burst,
    "clock_unsure": clock_unsure,
    "nav_stale": nav_stale,
    "venue_silent": venue_silent,
}


class Holding(msgspec.Struct, frozen=True):
    """A brake that is on: since when (the executor's clock, microseconds UTC), and what it saw."""

    since_us: int
    detail: str


class Brakeman:
    """Which brakes are on. Those that wait for the operator stay on until `released`, whatever is seen."""

    def __init__(self) -> None:
        self.on: dict[str, Holding] = {}

    def pull(self, rule: str, detail: str, now_us: int) -> None:
        """Put a brake on; one that is on stays as it was."""
        self.on.setdefault(rule, Holding(now_us, detail))

    def look(self, sight: Sight, lines: Brakes) -> None:
        """Put on what must be, let go of what may be."""
        for rule, brake in BRAKES.items():
            detail = brake(sight, lines)
            if detail is not None:
                self.pull(rule, detail, sight.now_us)
            elif rule in PASSING:
                self.on.pop(rule, None)

    def released(self, asked_us: int) -> list[str]:
        """The operator says `resume`: lets go of every brake that was on by then, and names them."""
        gone = [rule for rule, holding in self.on.items() if holding.since_us < asked_us]
        for rule in gone:
            del self.on[rule]
        return gone

    @property
    def first(self) -> tuple[str, str] | None:
        """The brake to name, the gravest first: its rule and what it saw; null where none is on."""
        order = [rule for rule in self.on if rule not in PASSING] or list(self.on)
        return None if not order else (order[0], self.on[order[0]].detail)
