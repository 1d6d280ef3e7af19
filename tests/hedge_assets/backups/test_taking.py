"""A backup has everything that cannot be made again, as of one moment, from a desk that goes on; or there is none."""

import itertools
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from executor.errors import CorruptJournal
from executor.flags import read_flags
from executor.journal.form import FORM
from executor.journal.frame import marks_of
from executor.journal.reader import verify
from executor.journal.recovery import recovered
from executor.journal.segments import listed
from executor.journal.writer import Journals
from executor.records.streams import STREAMS
from executor.settings import Journal
from hedge_assets.backups.archive import checked
from hedge_assets.backups.shapes import BackupError, BackupRefused
from hedge_assets.backups.taking import Earlier
from hedge_assets.catalog import scan
from hedge_assets.refreshing.proving import compare
from hedge_assets.settings import Place
from tests.hedge_assets.backups.desks import LATER, SETTINGS, kept_files, restored, taken, traded
from tests.hedge_assets.builders import T0, heartbeat, quote
from tests.runs import ran, refreshed, shared_facts


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return traded(tmp_path_factory.mktemp("desk") / "desk")


def copy_of(desk: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(desk, tmp_path / "copy"))


def test_what_was_backed_up_comes_out_again_byte_for_byte_and_proves_itself(desk: Path, tmp_path: Path) -> None:
    manifest = taken(desk, tmp_path / "one")
    root = restored(tmp_path / "one", root=tmp_path / "there")
    assert kept_files(root) == kept_files(desk)
    assert checked(tmp_path / "one") == manifest
    assert manifest.faults == manifest.left_out == ()
    assert {each.name: each.is_same for each in compare(Place(root=root), scan(), flags=read_flags({}))} == {
        state.name: True for state in scan() if state.is_rebuildable
    }


def test_a_desk_goes_on_from_a_backup_as_if_nothing_had_happened(desk: Path, tmp_path: Path) -> None:
    taken(desk, tmp_path / "one")
    root = restored(tmp_path / "one", root=tmp_path / "there")
    ran(root, SETTINGS, LATER)
    unbroken = copy_of(desk, tmp_path)
    ran(unbroken, SETTINGS, LATER)
    refreshed(root)
    refreshed(unbroken)
    assert shared_facts(root) == shared_facts(unbroken)
    assert [verify(root / "raw", stream).holes for stream in STREAMS] == [0, 0, 0]


def test_the_newest_start_and_the_settings_without_secrets_lie_beside_the_manifest(desk: Path, tmp_path: Path) -> None:
    taken(desk, tmp_path / "one", settings="[alerts]\n")
    root = restored(tmp_path / "one", root=tmp_path / "there")
    assert (root / "backup" / "settings.toml").read_text() == "[alerts]\n"
    assert b'"kind":"boot"' in (root / "backup" / "boot.json").read_bytes()
    assert (root / "backup" / "manifest.json").is_file()


@trying(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.tuples(*[st.integers(0, 4_000)] * 3))
def test_an_open_segment_is_cut_at_its_last_whole_line(desk: Path, tmp_path_factory: pytest.TempPathFactory, cuts: tuple[int, ...]) -> None:
    """Whatever the executor has written of its newest lines just then: what comes out is whole and has all that is whole."""
    place = tmp_path_factory.mktemp("cut")
    root = copy_of(desk, place)
    expected = {}
    for stream, lost in zip(STREAMS, cuts, strict=True):
        newest = listed(root / "raw" / stream)[-1]
        if newest.packed:
            expected[stream] = verify(root / "raw", stream).last_seq
            continue
        size = max(1, newest.path.stat().st_size - lost)
        os.truncate(newest.path, size)
        expected[stream] = newest.first_seq + newest.path.read_bytes().count(b"\n") - 1
    (root / "raw" / "checkpoint.json").unlink()
    taken(root, place / "one")
    again = restored(place / "one", root=place / "there")
    reports = {stream: verify(again / "raw", stream) for stream in STREAMS}
    assert {stream: (report.last_seq or 0, report.holes, report.loose_bytes) for stream, report in reports.items()} == {
        stream: (last, 0, 0) for stream, last in expected.items()
    }


def test_sealed_segments_of_an_earlier_backup_are_only_named_and_come_out_of_it(desk: Path, tmp_path: Path) -> None:
    root = copy_of(desk, tmp_path)
    first = taken(root, tmp_path / "first")
    ran(root, SETTINGS, LATER)
    refreshed(root)
    second = taken(root, tmp_path / "second", Earlier(first, "first"))
    ran(root, SETTINGS, LATER + 100)
    third = taken(root, tmp_path / "third", Earlier(second, "second"))
    named = [part.path for part in second.parts if part.held]
    assert named
    assert all(part.endswith(".jsonl.zst") for part in named)
    assert (tmp_path / "second").stat().st_size < (tmp_path / "first").stat().st_size + (tmp_path / "third").stat().st_size
    assert {part.held for part in third.parts} == {"", first.id, second.id}
    again = restored(tmp_path / "third", root=tmp_path / "there")
    assert kept_files(again) == kept_files(root)


def test_a_desk_with_several_accounts_is_backed_up_whole(desk: Path, tmp_path: Path) -> None:
    root = tmp_path / "several"
    for name in ("alpha", "beta"):
        shutil.copytree(desk, root / "accounts" / name)
    (root / "state").mkdir()
    (root / "state" / "desk.json").write_text("{}")
    manifest = taken(root, tmp_path / "one")
    assert set(manifest.ranges) == {f"accounts/{name}/raw/{stream}" for name in ("alpha", "beta") for stream in STREAMS}
    second = taken(root, tmp_path / "two", Earlier(manifest, "one"))
    assert {part.path.split("/")[1] for part in second.parts if part.held} == {"alpha", "beta"}
    again = restored(tmp_path / "two", root=tmp_path / "there")
    assert (again / "state" / "desk.json").read_text() == "{}"
    for name in ("alpha", "beta"):
        assert kept_files(again / "accounts" / name) == kept_files(desk)
        assert (again / "backup" / f"boot-{name}.json").is_file()


def test_a_damaged_journal_is_backed_up_as_it_is_and_told(desk: Path, tmp_path: Path) -> None:
    root = copy_of(desk, tmp_path)
    sealed = listed(root / "raw" / "ticks")[0].path
    content = bytearray(sealed.read_bytes())
    content[len(content) // 2] ^= 1
    sealed.write_bytes(content)
    manifest = taken(root, tmp_path / "one")
    assert len(manifest.faults) == 1
    assert sealed.name in manifest.faults[0]
    assert kept_files(restored(tmp_path / "one", root=tmp_path / "there")) == kept_files(root)


def test_damage_in_what_is_written_to_is_backed_up_as_it_is_and_told(desk: Path, tmp_path: Path) -> None:
    root = copy_of(desk, tmp_path)
    segment = listed(root / "raw" / "orders")[-1]
    lines = segment.path.read_bytes().splitlines(keepends=True)
    newest = marks_of(lines[-1].rstrip())
    assert newest is not None
    broken = newest.d - segment.first_seq  # of all that is known to be durable the newest
    lines[broken] = b"x" * (len(lines[broken]) - 1) + b"\n"
    segment.path.write_bytes(b"".join(lines))
    [fault] = taken(root, tmp_path / "one").faults
    assert segment.path.name in fault
    again = restored(tmp_path / "one", root=tmp_path / "there")
    assert kept_files(again) == kept_files(root)
    with pytest.raises(CorruptJournal, match="is missing or broken"):
        recovered(again / "raw" / "orders", "orders")


def test_a_note_of_the_form_that_is_damaged_is_told_and_hinders_nothing(desk: Path, tmp_path: Path) -> None:
    root = copy_of(desk, tmp_path)
    (root / "raw" / "form.json").write_text("{")
    manifest = taken(root, tmp_path / "one")
    assert manifest.faults == ("raw/form.json cannot be read",)
    assert manifest.journal_form == FORM
    assert kept_files(restored(tmp_path / "one", root=tmp_path / "there")) == kept_files(root)


def test_a_hole_between_segments_is_told(desk: Path, tmp_path: Path) -> None:
    root = copy_of(desk, tmp_path)
    listed(root / "raw" / "ticks")[1].path.unlink()
    assert "is missing" in taken(root, tmp_path / "one").faults[0]


def test_what_is_no_plain_file_is_left_out_and_told_and_never_followed(desk: Path, tmp_path: Path) -> None:
    root = copy_of(desk, tmp_path)
    (tmp_path / "key.json").write_text("secret")
    (root / "state" / "key.json").symlink_to(tmp_path / "key.json")
    os.mkfifo(root / "state" / "pipe.json")
    manifest = taken(root, tmp_path / "one")
    assert [each.partition(":")[0] for each in manifest.left_out] == ["state/key.json", "state/pipe.json"]
    assert b"secret" not in (tmp_path / "one").read_bytes()


def test_what_is_only_about_a_process_or_can_be_made_again_is_left_out(desk: Path, tmp_path: Path) -> None:
    root = copy_of(desk, tmp_path)
    for name in ("run/x.log", "dagster/runs.db", "tables/carry/x", "tables/damaged/nav.json", "cassettes/1/x", "raw/.checkpoint.json.new"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    tops = {part.path for part in taken(root, tmp_path / "one").parts}
    assert {path for path in tops if path.startswith(("run/", "dagster/", "tables/carry", "tables/damaged", "cassettes/"))} == set()
    assert tops & {"raw/pulse.json", "raw/owner.pid", "raw/.checkpoint.json.new"} == set()


def test_a_standing_order_to_halt_goes_with_the_desk(desk: Path, tmp_path: Path) -> None:
    root = copy_of(desk, tmp_path)
    (root / "control").mkdir()
    (root / "control" / "wish.json").write_text('{"wanted":"halt","reason":"night","asked_us":1}')
    taken(root, tmp_path / "one")
    assert (restored(tmp_path / "one", root=tmp_path / "there") / "control" / "wish.json").is_file()


def test_a_place_without_journals_a_name_that_is_taken_and_one_inside_the_desk_are_refused(desk: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no journals at"):
        taken(tmp_path, tmp_path / "one")
    (tmp_path / "one").write_text("old")
    with pytest.raises(BackupRefused, match="never overwritten"):
        taken(desk, tmp_path / "one")
    with pytest.raises(BackupRefused, match="lost with it"):
        taken(desk, desk / "one")
    assert (tmp_path / "one").read_text() == "old"


def test_where_it_cannot_be_written_there_is_one_line_and_no_file(desk: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="cannot be written"):
        taken(desk, tmp_path / "nowhere" / "one")


@contextmanager
def written_to(root: Path) -> Iterator[None]:
    """The executor's own writer at work, with segments so small that it seals, packs and prunes all the time."""
    journals = Journals(root, Journal(fsync="group", rotate_bytes=16_384, max_bytes=60_000, keep_days=0.0), boot="0001")
    over = threading.Event()

    def writing() -> None:
        for number in itertools.count():
            journals.append("ticks", quote(T0 + number * 1_000))
            journals.append("positions", heartbeat(T0 + number * 1_000))
            if number % 20 == 0:
                journals.commit()
                if over.wait(0.002):
                    break
        journals.close()

    thread = threading.Thread(target=writing, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_journals_that_are_written_sealed_packed_and_pruned_meanwhile_come_out_whole(tmp_path: Path) -> None:
    desk, manifests = tmp_path / "desk", []
    with written_to(desk):
        until_s = time.monotonic() + 600
        while len(manifests) < 6 and time.monotonic() < until_s:
            begun_at = manifests[-1].ranges["raw/ticks"].first_seq if manifests else 1
            if not any(segment.first_seq > begun_at for segment in listed(desk / "raw" / "ticks")[:1]):
                time.sleep(0.05)  # until it prunes
                continue
            earlier = Earlier(manifests[-1], f"{len(manifests) - 1}") if manifests else None
            manifests.append(taken(desk, tmp_path / f"{len(manifests)}", earlier))
    assert [each.faults for each in manifests] == [()] * 6
    firsts = [each.ranges["raw/ticks"].first_seq for each in manifests]
    assert firsts[-1] > firsts[0] > 1  # it went on meanwhile
    for number in (0, 3, 5):
        root = restored(tmp_path / f"{number}", root=tmp_path / f"there-{number}")
        reports = {f"raw/{stream}": verify(root / "raw", stream) for stream in STREAMS}
        assert {name: (report.first_seq or 0, report.last_seq or 0, report.holes) for name, report in reports.items()} == {
            name: (each.first_seq, each.last_seq, 0) for name, each in manifests[number].ranges.items()
        }
