import json
import re
import subprocess
import sys
from dataclasses import replace

import click
from click.testing import CliRunner

from executor.clock import FixedClock, WallClock
from executor.flags import read_flags
from executor.lock import take_lock
from hedge_assets.catalog import scan
from hedge_assets.cli import hedge
from hedge_assets.cli._board import Screen, board
from hedge_assets.health.condition import Finding
from hedge_assets.health.manifest import manifest
from hedge_assets.health.survey import survey
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.hedge_assets.builders import DAY, SECOND, account, boot, heartbeat, quote
from tests.hedge_assets.cli.programs import well_now
from tests.hedge_assets.journals import write


def desk(tmp_path, time="wall", before_us=0):
    now_us = WallClock().now_us() - before_us
    write(tmp_path, [boot(now_us - 3 * SECOND, time=time), quote(now_us - 2 * SECOND), account(now_us), heartbeat(now_us, loop=7)])
    states = scan()
    outcomes = refresh(
        Place(root=tmp_path), states, [state.name for state in states], clock=FixedClock(now_us + before_us), flags=read_flags({})
    )
    assert [(outcome.name, outcome.reason) for outcome in outcomes if not outcome.is_written] == []
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(hedge, [str(each) for each in arguments])


def test_a_running_desk_is_well_with_exit_code_0(tmp_path):
    result = run("status", "--data", desk(tmp_path))
    assert result.exit_code == 0, result.output
    assert "last loop" in result.output
    count = len(scan()) + 3
    assert f"{count} of {count} files are well" in result.output


def test_a_missing_file_is_exit_code_1_with_its_cure(tmp_path):
    (desk(tmp_path) / "state" / "nav.json").unlink()
    result = run("status", "--data", tmp_path)
    assert result.exit_code == 1
    assert "nav: dagster asset materialize --select nav" in result.output


def test_a_replay_says_by_which_time_its_facts_are_young(tmp_path):
    result = run("status", "--data", desk(tmp_path, time="feed", before_us=DAY))
    assert result.exit_code == 0, result.output
    assert result.output.count("replayed data: ages of facts are up to the feed's end, ") == 1


def test_programs_get_one_object(tmp_path):
    (desk(tmp_path) / "state" / "nav.json").write_text("{")
    result = run("status", "--json", "--data", tmp_path)
    found = json.loads(result.output)
    rows = {row["name"]: row for row in found["files"]}
    assert (result.exit_code, found["healthy"], rows["nav"]["condition"], rows["raw/ticks"]["condition"]) == (1, False, "invalid", "ok")
    assert (found["executor"]["running"], found["executor"]["loop"]) == (False, 7)


def test_an_executor_that_holds_the_lock_is_running(tmp_path):
    take_lock(desk(tmp_path) / "raw")
    assert json.loads(run("status", "--json", "--data", tmp_path).output)["executor"]["running"] is True


def test_a_data_root_that_is_not_there_is_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from hedge_assets.cli import main; main()", "status", "--data", tmp_path / "none"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("hedge: no data root at ")
    assert done.stderr.count("\n") == 1


def test_status_waits_neither_for_dagster_nor_for_a_library_of_tables():
    code = "import sys, hedge_assets.cli.status as s; s.scan(); sys.exit(bool({'dagster', 'rich'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_named_conditions_are_shown_with_since_when_and_their_cure(tmp_path):
    found = survey(Place(root=desk(tmp_path)), manifest(scan()), WallClock().now_us())
    now_us = found.scene.now_us
    full = Finding("disk_full", "disk", "error", "0 bytes are free", "make room", since_us=now_us - 90 * SECOND)
    executor = {"running": True, "pid": 5, "heartbeat_age_s": None, "loop": None, "halted": "by hand"}
    text = "\n".join(board(replace(found, findings=(full,)), executor, "there", on=Screen()))
    assert re.search(r"disk_full +disk +error +90 s +0 bytes are free", text)
    assert "disk_full (disk): make room" in text
    assert "executor: running (pid 5), no heartbeat yet, never seen, halted: by hand" in text
    assert "Dagster: never seen; files are judged all the same" in text


def test_a_long_reason_goes_on_below_itself_and_commands_no_terminal(tmp_path):
    reason = "nobody \x1b[2J knows why " * 20
    found = survey(Place(root=desk(tmp_path)), manifest(scan()), WallClock().now_us())
    found = replace(found, findings=(Finding("disk_full", "disk", "error", reason, "look"),))
    executor = {"running": False, "pid": None, "heartbeat_age_s": 1.0, "loop": 3, "halted": None}
    lines = board(found, executor, "there", on=Screen(width=100, has_colour=True))
    began = next(number for number, line in enumerate(lines) if "disk_full" in line)
    column = click.unstyle(lines[began]).index("nobody")
    assert click.style("error   ", fg="red") in lines[began]
    assert all(line[:column].isspace() and len(line) <= 100 for line in lines[began + 1 : began + 4])
    assert not any("\x1b[2J" in line for line in lines)
    assert lines == [line for line in lines if "\n" not in line]


def test_an_error_beside_the_files_is_exit_code_1_and_a_warning_is_not(tmp_path):
    root = desk(tmp_path)
    config = tmp_path / "hedge.toml"
    for line, code in (("disk_warn_bytes", 0), ("disk_fail_bytes", 1)):
        config.write_text(f"[health]\n{line} = {2**49}\n" + (f"disk_warn_bytes = {2**50}\n" if code else ""))
        result = CliRunner().invoke(hedge, ["status", "--json", "--data", str(root)], env={"HEDGE_CONFIG": str(config)})
        assert [each["condition"] for each in json.loads(result.output)["findings"]] == ["disk_full"]
        assert result.exit_code == code


def test_one_account_with_a_name_is_told_with_the_desk_over_it_and_alone_where_it_is_asked_for(tmp_path):
    config = tmp_path / "desk.toml"
    config.write_text("[accounts.alpha]\n")
    well_now(Place(root=tmp_path / "accounts/alpha", account="alpha"))
    told = ["status", "--json", "--data", str(tmp_path)]
    whole = CliRunner().invoke(hedge, told, env={"HEDGE_CONFIG": str(config)})
    assert whole.exit_code == 1
    found = json.loads(whole.output)["accounts"]
    assert set(found) == {"alpha", "desk"}
    assert {each["condition"] for each in found["desk"]["files"]} == {"missing"}
    alone = CliRunner().invoke(hedge, told, env={"HEDGE_CONFIG": str(config), "HEDGE_ACCOUNT": "alpha"})
    assert alone.exit_code == 0, alone.output
    assert json.loads(alone.output)["files"]
