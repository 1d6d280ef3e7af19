import os
import shutil
import threading

import pytest

from executor.clock import FixedClock, WallClock
from executor.journal.segments import listed, pack
from hedge_assets.health.condition import findings, scan
from hedge_assets.health.gathering import note
from hedge_assets.health.manifest import journal_rows
from hedge_assets.health.scene import Audits
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from hedge_assets.watch.audit import AGAIN_US, OPEN_EVERY_US, SlowAudit
from tests.hedge_assets.builders import SECOND, T0, boot, heartbeat, quote
from tests.hedge_assets.journals import write

NOW = T0 + 3600 * SECOND
HOLES = [each for each in scan() if each.name == "sequence_hole"]


@pytest.fixture
def root(tmp_path):
    """A journal of ticks in several packed segments and an open one, an open one of orders and of positions."""
    records = [boot(T0, time="wall"), *(quote(T0 + at * SECOND) for at in range(200)), *(heartbeat(T0 + at, loop=at) for at in range(5))]
    write(tmp_path, records, rotate_bytes=8_192)
    assert len(listed(tmp_path / "raw" / "ticks")) > 4
    return tmp_path


def audit(root, now_us=NOW):
    return SlowAudit(root / "raw", root / "watch", clock=FixedClock(now_us))


def through(one, now_us=NOW, steps=30):
    for step in range(steps):
        told = one.step(now_us + step)
    return told


def segments(root, stream="ticks"):
    return [each.path for each in listed(root / "raw" / stream)]


def fault(root, stream="ticks", **given):
    return through(audit(root), **given).streams[stream].fault


def holes(root):
    return [each.subject for each in survey(Place(root=root), journal_rows(), NOW, conditions=HOLES).findings]


def test_whole_journals_have_no_fault_and_are_read_to_their_ends(root):
    told = through(audit(root))
    assert {name: (each.upto_seq, each.fault) for name, each in told.streams.items()} == {
        "ticks": (200, None),
        "orders": (1, None),
        "positions": (5, None),
    }
    assert note(root / "watch" / "audit.json", Audits).streams == told.streams
    assert holes(root) == []


def test_a_step_reads_one_segment_at_most(root):
    one = audit(root)
    assert [sum(map(len, one._read.values())) for _ in range(3) if one.step(NOW)] == [1, 2, 3]


@pytest.mark.parametrize("place", [1, 2, -2, -1])
def test_any_segment_that_goes_is_a_hole_at_the_next_step_and_none_once_it_is_back(root, place):
    one = audit(root)
    through(one)
    path = segments(root)[place]
    path.rename(root / "away")
    assert "are gone" in one.step(NOW + SECOND).streams["ticks"].fault
    assert holes(root) == ["raw/ticks"]
    (root / "away").rename(path)
    assert one.step(NOW + SECOND).streams["ticks"].fault is None


def test_the_only_segment_that_goes_is_a_hole(root):
    one = audit(root)
    through(one)
    segments(root, "orders")[0].unlink()
    one.step(NOW + SECOND)
    assert holes(root) == ["raw/orders"]


def test_a_segment_that_went_before_it_was_ever_read_is_a_hole_as_well(root):
    segments(root)[2].unlink()
    assert "is missing" in fault(root)


def test_segments_pruned_from_the_beginning_are_no_hole(root):
    one = audit(root)
    through(one)
    for path in segments(root)[:2]:
        path.unlink()
    assert one.step(NOW).streams["ticks"].fault is None


@pytest.mark.parametrize("at", [0, 100, -100, -1])
def test_one_changed_byte_in_a_packed_segment_is_found(root, at):
    path = segments(root)[1]
    content = bytearray(path.read_bytes())
    content[at] ^= 0x55
    path.write_bytes(content)
    assert path.name in fault(root)


def test_a_changed_byte_in_the_open_segment_is_found_and_mending_it_as_well(root):
    path = segments(root)[-1]
    content = path.read_bytes()
    path.write_bytes(content.replace(b"BTCUSDT", b"BTCUSDX", 1))
    one = audit(root)
    assert "missing or broken" in through(one).streams["ticks"].fault
    path.write_bytes(content)
    assert through(one, NOW + OPEN_EVERY_US).streams["ticks"].fault is None


def test_what_was_read_is_remembered_over_a_restart(root):
    through(audit(root))
    segments(root)[2].unlink()
    assert "are gone" in audit(root).step(NOW + SECOND).streams["ticks"].fault


def test_a_memory_that_is_damaged_only_means_to_read_again(root):
    through(audit(root))
    (root / "watch" / "audited.json").write_bytes(b'{"streams": {"ticks": {"x": {"first_seq": "\xff"}}}}')
    assert fault(root) is None


def test_everything_is_read_again_after_a_day(root):
    one = audit(root)
    through(one)
    path = segments(root)[1]
    known = path.stat()
    content = bytearray(path.read_bytes())
    content[50] ^= 0x55
    path.write_bytes(content)
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert through(one, NOW + SECOND).streams["ticks"].fault is None
    assert path.name in through(one, NOW + AGAIN_US).streams["ticks"].fault


def test_an_open_segment_is_read_on_and_packing_it_is_no_fault(tmp_path):
    write(tmp_path, [quote(T0)])
    one = audit(tmp_path)
    through(one)
    write(tmp_path, [quote(T0 + SECOND)])
    assert through(one, NOW + OPEN_EVERY_US).streams["ticks"].upto_seq == 2
    pack(segments(tmp_path)[0], sync=False)
    assert through(one, NOW + 2 * OPEN_EVERY_US).streams["ticks"].fault is None


def test_a_journal_that_was_begun_anew_is_another_one(root):
    one = audit(root)
    through(one)
    shutil.rmtree(root / "raw")
    assert "are gone" in one.step(NOW).streams["ticks"].fault
    write(root, [boot(T0 + SECOND, time="wall"), quote(T0 + 9 * SECOND), heartbeat(T0 + 9 * SECOND, loop=1)])
    assert {each.fault for each in through(one, NOW + OPEN_EVERY_US).streams.values()} == {None}


def test_a_line_without_an_end_costs_no_memory(tmp_path):
    folder = tmp_path / "raw" / "ticks"
    folder.mkdir(parents=True)
    with (folder / "000000000001-20260105T00.jsonl").open("wb") as file:
        file.truncate(1 << 30)
    assert "without an end of line" in fault(tmp_path, steps=3)


def test_what_is_no_segment_is_told_and_nothing_blocks(tmp_path):
    for stream, make in (("ticks", os.mkfifo), ("orders", os.mkdir), ("positions", lambda path: path.symlink_to("/dev/zero"))):
        (tmp_path / "raw" / stream).mkdir(parents=True)
        make(tmp_path / "raw" / stream / "000000000001-20260105T00.jsonl")
    told = through(audit(tmp_path))
    assert all("no plain file" in each.fault for each in told.streams.values())


def test_a_folder_that_is_none_and_a_disk_that_refuses_do_not_end_it(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "ticks").write_text("x")
    (tmp_path / "watch").write_text("x")
    assert "cannot be read" in audit(tmp_path).step(NOW).streams["ticks"].fault


def test_it_runs_beside_others_until_it_is_told_to_stop(root):
    stop = threading.Event()
    thread = threading.Thread(target=SlowAudit(root / "raw", root / "watch", clock=WallClock()).run_forever, args=(stop,))
    thread.start()
    while note(root / "watch" / "audit.json", Audits) is None:
        assert thread.is_alive()
    stop.set()
    thread.join()
    assert findings(HOLES, survey(Place(root=root), journal_rows(), NOW).scene) == ()
