"""Cassettes lie where they should, nobody else writes there, the oldest go first; and what cannot be played is refused in one line."""

import os
from pathlib import Path

import pytest
import zstandard

from executor.errors import LockError, SettingsError, UnreadableCassette
from executor.wire.cassettes import files
from executor.wire.cassettes.files import FORMAT, MAGIC, Reel, claimed, files_at, is_cassette, life_folder, prune, raw_lines, room_problem

CURE = "name another"
T0 = 1_700_000_000_000_000


def packed(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zstandard.compress(content))
    return path


def test_a_life_is_named_by_its_beginning_and_its_start(tmp_path: Path) -> None:
    assert life_folder(tmp_path, T0, "0007") == tmp_path / "20231114T221320Z-0007"


def test_what_was_written_can_be_read_by_others_before_it_is_closed(tmp_path: Path) -> None:
    reel = Reel(tmp_path / "life" / "000001.cassette.zst")
    reel.write(b"one\ntwo\n")
    reel.write(b"thr")
    assert list(raw_lines(reel.path)) == [b"one", b"two"]
    reel.close()
    assert (reel.path.stat().st_mode & 0o777, reel.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with pytest.raises(FileExistsError):
        Reel(reel.path)


def test_a_folder_that_cannot_be_written_is_refused_with_78(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SettingsError, match="cannot be written") as refusal:
        claimed(tmp_path / "taken", CURE)
    assert refusal.value.exit_code == 78
    assert CURE in str(refusal.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused_with_78(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SettingsError, match="cannot be written"):
        claimed(tmp_path, CURE)


def test_a_second_executor_does_not_record_into_the_same_folder(tmp_path: Path) -> None:
    held = claimed(tmp_path, CURE)
    with pytest.raises(LockError, match="another executor records there") as refusal:
        claimed(tmp_path, CURE)
    assert refusal.value.exit_code == 75
    os.close(held)
    os.close(claimed(tmp_path, CURE))


def test_the_last_room_on_a_disk_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert room_problem(tmp_path) == ""
    monkeypatch.setattr(files, "RESERVE_BYTES", 1 << 60)
    assert "free on the disk" in room_problem(tmp_path)


def test_the_oldest_go_first_and_empty_lives_with_them(tmp_path: Path) -> None:
    paths = [tmp_path / life / f"{number:06d}.cassette.zst" for life in ("a", "b") for number in (1, 2)]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * 100)
    prune(tmp_path, 250, 1.0)
    assert [path.exists() for path in paths] == [False, False, True, True]
    assert not (tmp_path / "a").exists()
    os.utime(paths[2], (0, 0))
    os.utime(paths[3], (0, 0))
    prune(tmp_path, 250, 1.0, keep=paths[3])
    assert [path.exists() for path in paths] == [False, False, False, True]


def test_one_cassette_is_found_by_its_file_its_folder_or_the_one_above(tmp_path: Path) -> None:
    first, second = packed(tmp_path / "a" / "000001.cassette.zst", b""), packed(tmp_path / "a" / "000002.cassette.zst", b"")
    assert files_at(tmp_path) == files_at(tmp_path / "a") == [first, second]
    assert files_at(first) == [first]
    assert all(is_cassette(path) for path in (tmp_path, tmp_path / "a", first))
    assert not is_cassette(tmp_path / "b")


def test_none_and_several_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCassette, match="does not exist"):
        files_at(tmp_path / "none")
    with pytest.raises(UnreadableCassette, match="holds no file"):
        files_at(tmp_path)
    for life in ("a", "b"):
        packed(tmp_path / life / "000001.cassette.zst", b"")
    with pytest.raises(UnreadableCassette, match=r"holds 2 cassettes.*a, b"):
        files_at(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (MAGIC + b"99\nx\n", f"has format 99, this version reads up to {FORMAT}"),
        (b"hello\nx\n", "a cassette begins with"),
        (MAGIC + b"one\nx\n", "a cassette begins with"),
    ],
)
def test_other_forms_are_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = packed(tmp_path / "a.cassette.zst", content)
    with pytest.raises(UnreadableCassette, match=said):
        list(raw_lines(path))


def test_a_file_that_is_none_is_refused_and_a_damaged_one_by_its_line(tmp_path: Path) -> None:
    plain = tmp_path / "plain.cassette.zst"
    plain.write_bytes(b"no zstd at all, but long enough to be looked at")
    with pytest.raises(UnreadableCassette, match="damaged behind line 0"):
        list(raw_lines(plain))
    reel = Reel(tmp_path / "a.cassette.zst")
    for number in range(400):
        reel.write(os.urandom(500).hex().encode() + b" %d\n" % number)
    reel.close()
    whole = bytearray(reel.path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 40] = bytes(40)
    reel.path.write_bytes(whole)
    with pytest.raises(UnreadableCassette, match=r"damaged behind line \d+"):
        list(raw_lines(reel.path))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.999])
def test_what_a_crash_cut_off_is_left_out(tmp_path: Path, share: float) -> None:
    reel = Reel(tmp_path / "a.cassette.zst")
    lines = [f"line {number} {number * 7919}".encode() for number in range(200)]
    for line in lines:
        reel.write(line + b"\n")
    whole = reel.path.read_bytes()
    reel.close()
    reel.path.write_bytes(whole[: int(len(whole) * share)])
    kept = list(raw_lines(reel.path))
    assert kept == lines[: len(kept)]
    assert len(kept) >= len(lines) * share * 0.5 - 20


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.cassette.zst").mkdir()
    with pytest.raises(UnreadableCassette, match="cannot be read"):
        list(raw_lines(tmp_path / "a.cassette.zst"))
