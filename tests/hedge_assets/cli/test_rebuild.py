import json

import pytest
from click.testing import CliRunner

from hedge_assets.cli import hedge
from hedge_assets.tables.building import build
from hedge_assets.tables.catalog import raw_tables
from tests.hedge_assets.builders import SECOND, T0, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, journaled


def run(*arguments):
    return CliRunner().invoke(hedge, [str(each) for each in arguments])


@pytest.fixture
def root(tmp_path):
    write(tmp_path, [boot(T0, time="wall"), quote(T0 + SECOND), account(T0 + 2 * SECOND), heartbeat(T0 + 2 * SECOND)])
    return tmp_path


def test_every_state_but_health_is_built_as_of_a_moment(root):
    result = run("rebuild", "--as-of", "2026-01-05T00:00:03Z", "--out", root / "out", "--data", root)
    nav = json.loads((root / "out" / "nav.json").read_text())
    assert result.exit_code == 0, result.output
    assert nav["as_of_ts"] == nav["written_ts"] == "2026-01-05T00:00:03Z"
    assert not (root / "out" / "health.json").exists()
    assert not (root / "state").exists()


@pytest.mark.parametrize("out", ["state", "raw/../state", "way", "accounts/beta/state", "tables/day", "."])
def test_a_folder_that_the_running_system_writes_to_is_refused_also_by_a_detour(root, out):
    (root / "state").mkdir()
    (root / "way").symlink_to(root / "state")
    result = run("rebuild", "--out", root / out, "--data", root)
    assert result.exit_code == 2
    assert "it must name a folder that no part of the desk" in result.output
    assert list((root / "state").iterdir()) == []


@pytest.mark.parametrize("time", ["noon", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_is_none_is_refused_with_an_example(root, time):
    result = run("rebuild", "--as-of", time, "--out", root / "out", "--data", root)
    assert result.exit_code == 2
    assert "write it like 2026-01-05T12:00:00Z" in result.output


def test_files_that_are_not_there_cannot_be_verified(root):
    result = run("rebuild", "--verify", "--data", root)
    assert result.exit_code == 1
    assert "nav: the file is absent" in result.output


def test_states_from_tables_are_those_from_journals(tmp_path):
    place = journaled(tmp_path)
    list(build(place, raw_tables(), [FIRST, SECOND_DAY]))
    asked = ("rebuild", "--as-of", "2026-01-07T00:06:00Z", "--data", tmp_path)
    assert run(*asked, "--out", tmp_path / "journals").exit_code == 0
    result = run(*asked, "--out", tmp_path / "days", "--from-tables")
    assert result.exit_code == 0, result.output
    wanted = {path.name: path.read_bytes() for path in (tmp_path / "journals").iterdir()}
    assert len(wanted) > 10
    assert {path.name: path.read_bytes() for path in (tmp_path / "days").iterdir()} == wanted
    assert run("rebuild", "--verify", "--from-tables", "--data", tmp_path).exit_code == 2
