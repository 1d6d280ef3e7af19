"""Closed trades one by one: the newest, whole, and few enough to be read."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from executor.records.base import Record
from hedge_assets.document import moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.ledger import RECENT_KEPT, Ledger
from hedge_assets.folds.tally import TradeTally
from hedge_assets.refreshing.facts import Facts
from hedge_assets.states.trades import STATE, Trades, trades
from tests.hedge_assets.builders import DAY, HOUR, T0
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.lifecycles import JOURNALS, folded
from tests.hedge_assets.story import END, story
from tests.hedge_assets.trades import book, closed, ledger_of

UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def build(ledger: Ledger, now_us: int = END) -> Trades:
    return trades(ledger, Account(), now_us=now_us)


def broken(document: Trades) -> list[str]:
    return [check.name for check in STATE.checks if check.holds(document) is not None]


def test_the_story_s_trade_names_the_intents_by_which_it_can_be_explained():
    facts = story()
    document = trades(facts.ledger, facts.account, now_us=END)
    assert_golden("trades", document)
    (row,) = document.trades
    assert (row.intent_id, row.exit_intent_id, row.strategy, row.exit_reason) == ("i1", "i2", "momentum", "take")
    assert (document.event_us, broken(document)) == (END, [])


def test_without_a_trade_it_is_empty_and_says_so():
    facts = Facts()
    document = trades(facts.ledger, facts.account, now_us=END)
    assert (document.status, document.n, document.reason, document.whole_since_ts) == ("empty", 0, "no closed trade yet", None)


def test_what_closed_more_than_thirty_days_ago_is_counted_and_not_listed():
    document = build(ledger_of(book([1, 2])), T0 + 2 * HOUR + 30 * DAY)
    assert (document.n, [row.number for row in document.trades]) == (2, [2])
    later = build(ledger_of(book([1, 2])), T0 + 60 * DAY)
    assert (later.status, later.n, later.trades, later.reason) == ("ok", 2, (), "no trade closed in the last 30 days")
    assert broken(document) == broken(later) == []


def test_of_more_trades_than_are_kept_it_says_since_when_they_are_whole():
    ledger = ledger_of(book(["1.5", "-2.25"] * 300))
    now_us = T0 + 600 * HOUR
    document = build(ledger, now_us)
    assert (document.n, len(document.trades)) == (600, RECENT_KEPT)
    assert document.whole_since_ts == moment(T0 + 101 * HOUR)
    assert build(ledger_of(book([1])), now_us).whole_since_ts == moment(now_us - 30 * DAY)
    assert len(document.model_dump_json()) < 400_000
    assert broken(document) == []


@pytest.mark.parametrize("stop_usd", [None, 20.0])
def test_what_was_earned_is_told_in_bps_of_the_entry_and_in_risks(stop_usd):
    (row,) = build(ledger_of([closed("-5", notional=1_000, initial_risk_usd=stop_usd)])).trades
    assert (row.net_usd, row.net_bps, row.net_r) == (-5, -50, None if stop_usd is None else -0.25)


@UNHURRIED
@given(JOURNALS)
def test_the_rows_are_the_trades_that_closed_and_add_up_to_the_book(records: list[Record]):
    ledger = folded(*records)
    document = build(ledger, max((record.ts_us for record in records), default=T0))
    assert broken(document) == []
    assert [row.number for row in document.trades] == list(range(ledger.closed, 0, -1))[:RECENT_KEPT]
    whole = ledger.results.since(None, TradeTally).get("overall/all", TradeTally())
    assert sum(row.net_usd for row in document.trades) == pytest.approx(float(whole.net_usd), abs=1e-4)
    assert sum(Decimal(str(row.fees_usd)) for row in document.trades) == pytest.approx(whole.fees_usd, abs=Decimal("1e-4"))


def test_rows_out_of_order_and_money_that_does_not_add_up_are_not_written():
    document = build(ledger_of(book([1, 2])), T0 + DAY)
    assert broken(document.model_copy(update={"trades": document.trades[::-1]})) == ["newest_first"]
    assert broken(document.model_copy(update={"trades": document.trades[1:]})) == ["newest_first"]
    wrong = document.trades[0].model_copy(update={"net_usd": 3.0})
    assert broken(document.model_copy(update={"trades": (wrong, document.trades[1])})) == ["net_adds_up"]
