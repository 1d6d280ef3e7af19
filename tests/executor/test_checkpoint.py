"""A checkpoint is replaced whole, and one that cannot be trusted is refused with the cure."""

import json
import os
import zlib
from pathlib import Path

import pytest

from executor import checkpoint as checkpoints
from executor.checkpoint import Checkpoint
from executor.errors import CorruptJournal
from executor.machine import machine
from executor.parts import Progress
from executor.settings import Settings


def made(seq: int = 5, form: int = checkpoints.FORMAT) -> Checkpoint:
    return Checkpoint(
        format=form,
        feed="synthetic",
        time="feed",
        boots=1,
        start_us=9,
        settings=Settings(),
        seqs={"ticks": seq},
        progress=Progress(loops=3),
        router=None,
        exchange=None,
        feed_state=None,
    )


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    assert checkpoints.load(tmp_path) is None
    checkpoints.save(tmp_path, made(5))
    checkpoints.save(tmp_path, made(6))
    found = checkpoints.load(tmp_path)
    assert found is not None
    assert (found.seqs, found.progress.loops) == ({"ticks": 6}, 3)
    assert [path.name for path in tmp_path.iterdir()] == [checkpoints.NAME]


@pytest.mark.parametrize("kind", ["pipe", "folder", "link", "huge"])
def test_what_is_no_plain_file_of_sensible_size_is_refused_with_the_cure_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / checkpoints.NAME
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to("/dev/zero")
    else:
        path.touch()
        os.truncate(path, checkpoints.MOST_BYTES + 1)
    with pytest.raises(CorruptJournal, match="move it aside"):
        checkpoints.load(tmp_path)


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    checkpoints.save(tmp_path, made())
    content = (tmp_path / checkpoints.NAME).read_bytes()
    for place in range(0, len(content), 37):
        (tmp_path / checkpoints.NAME).write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(CorruptJournal) as caught:
            checkpoints.load(tmp_path)
        assert caught.value.exit_code == 78


def test_another_format_is_refused_by_number(tmp_path: Path) -> None:
    checkpoints.save(tmp_path, made(form=99))
    with pytest.raises(CorruptJournal, match="format 99"):
        checkpoints.load(tmp_path)


def test_settings_that_went_are_left_out_and_the_doctor_names_them(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    checkpoints.save(raw, made())
    plain = json.loads((raw / checkpoints.NAME).read_bytes().partition(b"\n")[2])
    plain["settings"]["loop"]["went_s"] = 3
    body = json.dumps(plain).encode()
    (raw / checkpoints.NAME).write_bytes(b"%08x\n%b" % (zlib.crc32(body), body))
    found = checkpoints.load(raw)
    assert found is not None
    assert (found.dropped, found.settings) == (("loop.went_s",), Settings())
    told = {each.condition: each for each in machine(tmp_path, Settings, {})}["checkpoint"]
    assert told.ok
    assert "settings this version does not know are left out: loop.went_s" in told.detail
