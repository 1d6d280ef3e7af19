from hypothesis import given
from hypothesis import strategies as st

from executor.journal.frame import framed, marks_of, trailer
from hedge_assets.shipping.tailing import Reach, ready


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
