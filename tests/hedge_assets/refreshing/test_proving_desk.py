"""A desk's sums are proved from the accounts' files, and these from the journals: one command for all of it."""

import json

import pytest
from click.testing import CliRunner

from executor.clock import WallClock
from hedge_assets.catalog import scan_desk
from hedge_assets.cli import hedge
from hedge_assets.refreshing.proving_desk import compare_desk
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.refreshing.whole_desk import refresh_desk
from hedge_assets.settings import Place
from tests.hedge_assets.refreshing.two_accounts import FLAGS, NEEDED, STATES, two_accounts

WHOLE = scan_desk()
Desk = tuple[Place, tuple[Place, ...]]


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Desk:
    return two_accounts(tmp_path_factory.mktemp("desk"))


@pytest.fixture(autouse=True)
def _refreshed(desk):
    place, accounts = desk
    refresh_desk(place, WHOLE, {state.name for state in WHOLE}, accounts=accounts, states=STATES, clock=WallClock(), flags=FLAGS)


def proved(desk: Desk) -> dict:
    place, accounts = desk
    return {each.name: each for each in compare_desk(place, WHOLE, accounts=accounts, states=STATES, flags=FLAGS)}


def test_every_desk_level_file_is_what_the_accounts_files_give(desk):
    found = proved(desk)
    assert {*found} == {state.name for state in WHOLE}
    assert [each for each in found.values() if not each.is_same] == []


def test_a_sum_that_was_changed_is_found_where_it_was(desk):
    path = desk[0].state / "desk_nav.json"
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps({**content, "nav_usd": content["nav_usd"] + 0.01}, separators=(",", ":")))
    wrong = proved(desk)["nav"]
    assert (wrong.is_same, str(wrong.where).partition(":")[0]) == (False, "nav_usd")


def test_a_sum_of_files_that_were_written_anew_names_the_first_of_them(desk):
    refresh(desk[1][0], STATES, NEEDED, clock=WallClock(), flags=FLAGS)
    assert proved(desk)["nav"].fault == "alpha/nav is not the file any more that it was made from; refresh it, then prove it"


def test_a_sum_that_lacked_an_account_is_proved_as_of_then(desk):
    place, (alpha, _) = desk
    kept = (alpha.state / "nav.json").read_bytes()
    (alpha.state / "nav.json").unlink()
    refresh_desk(place, WHOLE, {"nav"}, accounts=desk[1], states=STATES, clock=WallClock(), flags=FLAGS)
    assert proved(desk)["nav"].is_same
    (alpha.state / "nav.json").write_bytes(kept)
    assert proved(desk)["nav"].fault == "alpha/nav was no part of it when it was made; refresh it, then prove it"


def test_a_file_that_is_not_there_is_said(desk):
    (desk[0].state / "desk_nav.json").unlink()
    assert proved(desk)["nav"].fault == "the file is absent"


def test_one_command_proves_every_account_and_the_desk_over_them(desk):
    refresh_all(desk)
    said = CliRunner().invoke(
        hedge, ["rebuild", "--verify", "--data", str(desk[0].root)], env={"HEDGE_CONFIG": str(desk[0].root / "desk.toml"), "ENV": "dev"}
    )
    assert said.exit_code == 0, said.output
    lines = said.output.splitlines()
    assert all(line.endswith("same, byte for byte") for line in lines)
    assert {line.partition("/")[0] for line in lines} == {"alpha", "beta", "desk"}
    assert "desk/nav: same, byte for byte" in lines


def refresh_all(desk: Desk) -> None:
    """Every state of every account, and the desk's of these."""
    place, accounts = desk
    for each in accounts:
        refresh(each, STATES, [state.name for state in STATES], clock=WallClock(), flags=FLAGS)
    refresh_desk(place, WHOLE, {state.name for state in WHOLE}, accounts=accounts, states=STATES, clock=WallClock(), flags=FLAGS)
