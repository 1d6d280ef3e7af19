from hypothesis import given
from hypothesis import strategies as st

from executor.journal.frame import framed, marks_of, trailer
from executor.journal.segments import Segment
from hedge_assets.shipping.tailing import Reach, reach_of, ready


def line(seq, durable):
    return framed(b'{"kind":"quote","ts_us":%d}' % seq, trailer("b1", durable), seq)


LINES = [line(seq, max(0, seq - 3)) for seq in range(1, 40)]


@given(st.integers(0, 38), st.integers(0, 39), st.integers(0, 60), st.booleans())
def test_what_leaves_are_whole_lines_up_to_what_is_durable_and_not_one_fewer(begin, upto, cut, still):
    data = b"".join(LINES[begin:])
    data = data[: len(data) - cut]
    found = ready(data, Reach(upto, still=still))
    assert data.startswith(found)
    there = data.count(b"\n")
    assert found.count(b"\n") == (there if still else min(there, max(0, upto - begin)))
    assert found == b"" or found.endswith(b"\n")


def test_what_is_broken_ends_what_leaves():
    data = LINES[0] + LINES[1].replace(b"quote", b"quota") + LINES[2]
    assert ready(data, Reach(99)) == LINES[0]
    assert ready(data[1:], Reach(99)) == b""
    assert marks_of(LINES[4][:-1]).d == 2


def test_a_segment_that_is_packed_while_it_is_looked_at_is_no_hindrance(tmp_path):
    (tmp_path / "000000000001-20260105T00.jsonl").write_bytes(b"".join(LINES[:9]))
    segments = [Segment(seq, f"{seq:012d}-20260105T00", tmp_path, packed=False) for seq in (1, 10)]
    assert reach_of(segments, still=False) == Reach(6)
    assert reach_of(segments, still=True) == Reach(0, still=True)
