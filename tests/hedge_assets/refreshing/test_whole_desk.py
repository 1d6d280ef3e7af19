"""The desk as a whole is made from the files of its accounts as they lie: two are traded by the real executor, refreshed, and added up."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from executor.clock import FixedClock, WallClock
from hedge_assets.catalog import scan_desk
from hedge_assets.health.parsing import microseconds
from hedge_assets.refreshing.whole_desk import refresh_desk
from hedge_assets.settings import Place
from tests.hedge_assets.refreshing.two_accounts import FLAGS, STATES, two_accounts

ROOT = Path(__file__).parents[3]
WHOLE = scan_desk()
NAMES = {state.name for state in WHOLE}


@pytest.fixture
def desk(tmp_path) -> tuple[Place, tuple[Place, ...]]:
    return two_accounts(tmp_path)


def refreshed(desk: tuple[Place, tuple[Place, ...]]) -> dict[str, dict]:
    place, accounts = desk
    outcomes = refresh_desk(place, WHOLE, NAMES, accounts=accounts, states=STATES, clock=WallClock(), flags=FLAGS)
    assert [outcome.reason for outcome in outcomes if not outcome.is_written] == []
    return {outcome.name: json.loads(outcome.path.read_bytes()) for outcome in outcomes}


def of(place: Place, file: str) -> dict:
    return json.loads((place.state / file).read_bytes())


def test_the_desk_is_its_accounts_added_up_and_says_what_it_was_made_from(desk):
    place, accounts = desk
    made = refreshed(desk)
    navs = [of(each, "nav.json")["nav_usd"] for each in accounts]
    assert made["nav"]["nav_usd"] == pytest.approx(sum(navs))
    assert (made["nav"]["account"], made["nav"]["n"]) == ("desk", 2)
    assert {each["name"] for each in made["nav"]["inputs"]} == {"alpha/nav", "beta/nav"}
    assert made["exposure"]["gross_usd"] == pytest.approx(sum(of(each, "positions.json")["gross_usd"] for each in accounts))
    assert [row["account"] for row in made["nav"]["rows"]] == ["alpha", "beta"]
    assert {path.name for path in place.state.iterdir()} == {"desk_nav.json", "desk_exposure.json", "desk_health.json"}


def test_a_file_that_is_damaged_or_anothers_is_no_input(desk):
    _, (alpha, beta) = desk
    (alpha.state / "nav.json").write_bytes(b"{")
    made = refreshed(desk)
    assert made["nav"]["nav_usd"] is None
    assert "alpha (invalid: not JSON" in made["nav"]["reason"]
    assert {each["name"] for each in made["nav"]["inputs"]} == {"beta/nav"}
    (alpha.state / "nav.json").write_bytes((beta.state / "nav.json").read_bytes())
    assert "it is of account 'beta'" in refreshed(desk)["nav"]["reason"]


def test_what_was_not_written_in_time_is_no_last_word(desk):
    place, accounts = desk
    written = datetime.fromisoformat(of(accounts[0], "nav.json")["written_ts"])
    later = FixedClock(microseconds(written) + 3_600_000_000)
    outcomes = refresh_desk(place, WHOLE, NAMES, accounts=accounts, states=STATES, clock=later, flags=FLAGS)
    made = {outcome.name: outcome.document for outcome in outcomes}
    assert "alpha (stale: written 60 min ago, deadline 600 s)" in made["nav"].reason
    assert [row.is_well for row in made["health"].rows] == [None, None]


def test_an_account_that_never_ran_is_named(desk):
    place, accounts = desk
    more = Place(root=place.root / "accounts/gamma", account="gamma")
    made = refreshed((place, (*accounts, more)))
    assert {row["account"]: row["worst"] for row in made["health"]["rows"]}["gamma"] == "health is not known: missing"
    assert made["nav"]["reason"] == "no sum over all accounts without gamma (missing)"
