import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.flags import read_flags
from hedge_assets.refreshing import runs
from hedge_assets.refreshing.building import Basket
from hedge_assets.refreshing.runs import Wrote, decoded, line_after, note_run, read_runs, run_of, whole
from hedge_assets.settings import Telemetry

SETTINGS = [Telemetry(), Telemetry(min_fills=3), Telemetry(windows=("all",), research_window="all")]
FLAGS = [read_flags({}), read_flags({"ENV": "test", "INTEL_V6_ENABLED": "0"})]


def run(as_of_us=1, telemetry=SETTINGS[0], flags=FLAGS[0]):
    basket = Basket({}, (), as_of_us, "wall", None, telemetry, flags, "code")
    return run_of(basket, {"nav": Wrote(as_of_us + 1, as_of_us + 2)})


@given(st.lists(st.tuples(st.sampled_from(SETTINGS), st.sampled_from(FLAGS)), max_size=6), st.binary(max_size=20))
def test_each_refresh_has_its_settings_and_flags_back_whatever_lies_between(told, torn):
    content = torn
    for number, (telemetry, flags) in enumerate(told):
        content += line_after(content, run(number, telemetry, flags))
    found = list(whole(decoded(content)))
    assert [(each.as_of_us, each.settings(), each.switches()) for each in found] == [(n, *both) for n, both in enumerate(told)]


def test_settings_are_told_once_as_long_as_they_stay():
    first = line_after(b"", run(1))
    second = line_after(first, run(2))
    assert (b'telemetry"' in first, b'telemetry"' in second) == (True, False)


def test_the_record_holds_a_bounded_number_of_bytes_and_each_file_says_its_settings_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "MOST_BYTES", 4_000)
    for number in range(60):
        note_run(tmp_path, run(number))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs.1.jsonl", "runs.jsonl"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 12_000
    (tmp_path / "runs.1.jsonl").unlink()
    found = read_runs(tmp_path)
    assert found[-1].as_of_us == 59
    assert all(each.settings() == SETTINGS[0] for each in found)


def test_settings_that_this_version_does_not_know_are_none(tmp_path):
    other = msgspec.structs.replace(run(), telemetry={"min_fills": "many"}, flags={"ENV": "moon"})
    note_run(tmp_path, other)
    assert [(each.settings(), each.switches()) for each in read_runs(tmp_path)] == [(None, None)]


@pytest.mark.parametrize(
    "garbage",
    [
        b"{" + b'"telemetry":' + b"[" * 90_000,
        b'{"as_of_us":1}',
        b"\xff\x00",
        b"null",
        b'{"inputs":{"raw/ticks":"1..' + b"9" * 9_000 + b'"}}',
    ],
)
def test_lines_of_somebody_else_are_passed_over(tmp_path, garbage):
    (tmp_path / "runs.jsonl").write_bytes(garbage + b"\n")
    note_run(tmp_path, run(7))
    assert [each.as_of_us for each in read_runs(tmp_path)] == [7]
    assert read_runs(tmp_path)[0].settings() == SETTINGS[0]


@pytest.mark.parametrize("what", ["folder", "pipe", "none"])
def test_what_lies_in_its_way_hurts_nobody(tmp_path, what):
    import os  # noqa: PLC0415 - only this test makes such things

    tables = tmp_path / "tables" if what == "none" else tmp_path
    if what == "folder":
        (tmp_path / "runs.jsonl").mkdir()
    elif what == "pipe":
        os.mkfifo(tmp_path / "runs.jsonl")
    note_run(tables, run())
    assert read_runs(tables) == []
