"""Scores of earlier days are what was known then, whatever happened since."""

import msgspec
import pytest

from executor.flags import read_flags
from hedge_assets.advice.score_history import DAY_US, History
from hedge_assets.folds.account import Account
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.market import Market
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.states.expectancy import expectancy
from hedge_assets.states.symbol_scores import symbol_scores
from tests.hedge_assets.builders import BTC, DAY, ETH, HOUR, MINUTE, T0, quote
from tests.hedge_assets.fills import executions_of, filled
from tests.hedge_assets.trades import closed, ledger_of

NAMES = (BTC, ETH)
TODAY = T0 // DAY_US


def quotes(day):
    """Ten minutes of a day, each day wider than the one before."""
    return [
        quote(T0 + day * DAY + step * MINUTE, name, 100.0 + step % 3, spread=0.02 * (day + 9) * (1 + (name == ETH)))
        for step in range(10)
        for name in NAMES
    ]


def trades(day):
    at = T0 + day * DAY + HOUR
    return [
        closed(3 - (n * 7 + day) % 5, 100 * (day + 9) + n, symbol=NAMES[n % 2], fees=1, opened_us=at, closed_us=at + n) for n in range(8)
    ]


def fills(day):
    number = (day + 9) * 100
    return [filled(number + n, cost_bps=n % 4, step="taker", symbol=NAMES[n % 2], ts_us=T0 + day * DAY + HOUR + n) for n in range(16)]


def history(days, telemetry=None):
    market = Market()
    for day in days:
        for record in quotes(day):
            market.take(record)
    ledger = ledger_of([trade for day in days for trade in trades(day)])
    executions = executions_of([row for day in days for row in fills(day)])
    return History(ledger=ledger, executions=executions, market=market, telemetry=telemetry or Telemetry())


def test_a_day_s_scores_are_those_that_were_published_just_after_it():
    """Of the same facts, the state at the first moment of the next day: edge, drag, execution and market, part by part."""
    telemetry, now_us = Telemetry(), T0 + DAY
    known = history(range(-5, 1))
    market = known.market
    for name in NAMES:
        market.symbols[name].turn_minute(now_us // MINUTE)
    earned = expectancy(known.ledger, Account(), now_us=now_us, telemetry=telemetry, flags=read_flags({}))
    published = symbol_scores(
        earned, market, known.executions, ledger=known.ledger, services=Services(), now_us=now_us, telemetry=telemetry, flags=read_flags({})
    )
    again = {row.symbol: row for row in known.score_as_of(TODAY, NAMES)}
    for row in published.symbols:
        assert row.score == pytest.approx(again[row.symbol].score, abs=1e-9)
        assert [part.value for part in row.parts] == pytest.approx([part.value for part in again[row.symbol].parts], abs=1e-9)
        assert (row.rank, row.n, row.is_mature) == (again[row.symbol].rank, again[row.symbol].n, again[row.symbol].is_mature)


def test_what_happened_since_does_not_change_a_day_that_is_over():
    then, later = history(range(-5, 0)), history(range(-5, 4))
    for name in NAMES:
        then.market.symbols[name].turn_minute(T0 // MINUTE)
    assert then.score_as_of(TODAY - 1, NAMES) == later.score_as_of(TODAY - 1, NAMES)


def test_a_day_s_scores_come_back_from_what_is_stored():
    known = history(range(-3, 2))
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(known.market), type=Market)
    assert msgspec.structs.replace(known, market=stored).score_as_of(TODAY, NAMES) == known.score_as_of(TODAY, NAMES)


def test_a_day_of_which_nothing_is_known_has_no_score():
    rows = history(range(1)).score_as_of(TODAY - 4, NAMES)
    assert [(row.score, row.known_weight_frac) for row in rows] == [(None, 0.0)] * 2


def test_a_window_that_reaches_beyond_the_days_kept_says_so():
    """Sums are kept for 32 days: of a window of 30, days of the week before have lost up to 5."""
    known = history(range(-40, 1))
    assert [known.weakness(TODAY - back) for back in (1, 2, 4)] == [
        None,
        None,
        "the first 2 days of its 30d are no longer kept",
    ]
    assert "older than the 32 days" in (history(range(-40, 1), Telemetry(research_window="all")).weakness(TODAY - 1) or "")
    assert history(range(-3, 1)).weakness(TODAY - 6) is None


def test_no_history_of_executions_is_no_reason_to_fail():
    known = msgspec.structs.replace(history(range(-2, 1)), executions=Executions())
    [first, _] = known.score_as_of(TODAY - 1, NAMES)
    assert next(part.reason for part in first.parts if part.name == "execution") == "0 worked intents of 20 needed"
