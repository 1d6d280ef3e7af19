"""One flat document for syncers."""

from hedge_assets.refreshing.facts import Facts
from hedge_assets.states.nav import nav
from hedge_assets.states.positions import positions
from hedge_assets.states.synced_state import STATE, SyncedState, synced_state
from tests.hedge_assets.builders import account
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.story import END, facts_of, story


def build(facts: Facts) -> SyncedState:
    return synced_state(facts.account, nav(facts.account, facts.ledger), positions(facts.account, facts.ledger, now_us=END))


def test_the_story_s_synced_state():
    document = build(story())
    assert_golden("synced_state", document)
    assert [check.holds(document) for check in STATE.checks] == [None]
    assert document.positions[0].exposure_frac == -10_050 / document.nav_usd


def test_without_journals_it_is_empty():
    document = build(Facts())
    assert (document.status, document.n, document.nav_usd, document.gross_frac) == ("empty", 0, None, None)
    assert "start the executor" in document.reason


def test_flat_is_ok_with_a_reason():
    document = build(facts_of([account()]))
    assert (document.status, document.n, document.gross_usd, document.gross_frac) == ("ok", 0, 0, 0)
    assert "flat" in document.reason
