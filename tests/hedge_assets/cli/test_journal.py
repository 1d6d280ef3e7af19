import json

from click.testing import CliRunner

from executor.settings import Settings
from hedge_assets.cli import hedge
from tests.hedge_assets.builders import SECOND, T0, heartbeat, quote
from tests.hedge_assets.journals import write
from tests.runs import ran


def run(*arguments):
    return CliRunner().invoke(hedge, [str(each) for each in arguments])


def test_whole_journals_are_exit_code_0(tmp_path):
    write(tmp_path, [quote(T0), heartbeat(T0)])
    result = run("journal", "verify", "--data", tmp_path)
    assert result.exit_code == 0
    assert "ticks: whole; records 1..1 in 1 segments" in result.output


def test_a_damaged_journal_is_named_with_exit_code_1(tmp_path):
    write(tmp_path, [quote(T0 + number * SECOND) for number in range(3)])
    path = next((tmp_path / "raw" / "ticks").glob("*.jsonl"))
    path.write_bytes(path.read_bytes().replace(b"BTC", b"XTC", 1))
    result = run("journal", "verify", "ticks", "--data", tmp_path)
    assert result.exit_code == 1
    assert "ticks: DAMAGED" in result.output


def test_the_newest_records_are_printed_one_a_line(tmp_path):
    write(tmp_path, [heartbeat(T0 + number, loop=number) for number in range(5)])
    lines = run("journal", "tail", "positions", "-n", 2, "--data", tmp_path).output.splitlines()
    assert [(line.partition(" ")[0], json.loads(line.partition(" ")[2])["loop"]) for line in lines] == [("4", 3), ("5", 4)]


def test_no_journals_is_said(tmp_path):
    result = run("journal", "verify", "--data", tmp_path)
    assert "no journals at" in str(result.exception)


def test_a_journal_that_ends_before_its_checkpoint_is_damaged_though_nothing_is_left_of_it(tmp_path):
    ran(tmp_path, Settings(), 5)
    for path in (tmp_path / "raw" / "orders").iterdir():
        path.unlink()
    result = run("journal", "verify", "--data", tmp_path)
    assert result.exit_code == 1
    assert "orders: DAMAGED: records 1 to 1 are gone: the checkpoint knows of them" in result.output
    assert "ticks: whole" in result.output
