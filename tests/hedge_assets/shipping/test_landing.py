import resource

import pytest

from executor.errors import CorruptJournal
from hedge_assets.shipping.landing import Landing
from hedge_assets.shipping.names import packed
from tests.hedge_assets.shipping.desks import Writer, lines


@pytest.fixture
def made(tmp_path):
    """One segment's name and its lines, from a real journal."""
    writer = Writer(tmp_path / "here", rotate_bytes=1 << 20)
    writer.loops(5)
    writer.end()
    (segment,) = (tmp_path / "here" / "raw" / "ticks").glob("*.jsonl")
    return segment.name.partition(".")[0], segment.read_bytes()


def test_lines_go_on_where_they_ended_also_for_the_next_life(tmp_path, made):
    name, data = made
    cut = data.index(b"\n") + 1
    Landing(tmp_path / "there" / "raw", "ticks").append(name, data[:cut])
    again = Landing(tmp_path / "there" / "raw", "ticks")
    assert again.offset(name) == cut
    again.append(name, data[cut:])
    assert lines(tmp_path / "there")["ticks"] == data


@pytest.mark.parametrize("ill", ["turned", "skipped", "half"])
def test_what_is_no_sequence_of_whole_lines_is_not_taken(tmp_path, made, ill):
    name, data = made
    ills = {"turned": data[:30] + b"?" + data[31:], "skipped": data[data.index(b"\n") + 1 :], "half": data[:-5]}
    landing = Landing(tmp_path / "there" / "raw", "ticks")
    with pytest.raises(CorruptJournal, match="came broken"):
        landing.append(name, ills[ill])
    assert lines(tmp_path / "there")["ticks"] == b""


def test_another_segment_is_not_wanted_before_the_one_that_is_open_is_complete(tmp_path, made):
    name, data = made
    landing = Landing(tmp_path / "there" / "raw", "ticks")
    landing.append(name, data)
    assert landing.offset("000000009999-20260105T00") is None
    assert landing.offset(f"{landing.next_seq:012d}-20260105T01") == 0


@pytest.fixture
def full_disk():
    """Files here may grow to so many bytes and no further, until the test is over or says otherwise."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (before[0] if size is None else size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("begun", [True, False])
def test_what_a_full_disk_took_of_some_lines_is_no_hindrance_to_them_when_there_is_space_again(tmp_path, made, full_disk, begun):
    name, data = made
    cut = data.index(b"\n") + 1 if begun else 0
    landing = Landing(tmp_path / "there" / "raw", "ticks")
    if begun:
        landing.append(name, data[:cut])
    full_disk(cut + 30)
    for _ in range(2):
        with pytest.raises(OSError, match="File too large"):
            landing.append(name, data[cut:])
    full_disk(None)
    landing.append(name, data[cut:])
    assert lines(tmp_path / "there")["ticks"] == data


def test_a_sealed_segment_that_finds_no_space_leaves_nothing_behind(tmp_path, made, full_disk):
    name, data = made
    landing = Landing(tmp_path / "there" / "raw", "ticks")
    full_disk(30)
    with pytest.raises(OSError, match="File too large"):
        landing.seal(name, packed(data))
    assert list(landing.folder.iterdir()) == []
    full_disk(None)
    landing.seal(name, packed(data))
    assert lines(tmp_path / "there")["ticks"] == data
