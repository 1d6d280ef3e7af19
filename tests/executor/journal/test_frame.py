"""A line is trusted only whole, unchanged and in its place."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from executor.journal.frame import framed, holds, marks_of, trailer
from executor.records.orders import Fault

texts = st.text(max_size=40)
seqs = st.integers(min_value=1, max_value=10**12)


@given(where=texts, detail=texts, boot=texts, durable=seqs, seq=seqs)
def test_a_line_is_json_that_says_who_wrote_it_and_where_it_belongs(*, where: str, detail: str, boot: str, durable: int, seq: int) -> None:
    fault = Fault(ts_us=1, where=where, detail=detail)
    line = framed(msgspec.json.encode(fault), trailer(boot, durable), seq)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert msgspec.json.decode(line, type=Fault) == fault
    marks = marks_of(line[:-1])
    assert marks is not None
    assert (marks.boot, marks.d, marks.seq) == (boot, durable, seq)
    assert holds(line[:-1], seq)
    assert not holds(line[:-1], seq + 1)


@given(seq=seqs, detail=texts, data=st.data())
def test_any_changed_bit_of_a_line_is_noticed(seq: int, detail: str, data: st.DataObject) -> None:
    line = framed(msgspec.json.encode(Fault(ts_us=1, where="here", detail=detail)), trailer("b1", 0), seq)[:-1]
    bit = data.draw(st.integers(min_value=0, max_value=len(line) * 8 - 1))
    flipped = bytearray(line)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not holds(bytes(flipped), seq)
    assert marks_of(bytes(flipped)) is None


def test_a_checksum_in_capitals_is_not_the_checksum() -> None:
    line = next(
        line
        for seq in range(1, 50)
        if (line := framed(b'{"kind":"fault","ts_us":1}', trailer("b1", 0), seq)[:-1])[-10:-2].upper() != line[-10:-2]
    )
    assert marks_of(line) is not None
    assert marks_of(line[:-10] + line[-10:-2].upper() + line[-2:]) is None


def test_a_whole_line_that_is_no_record_has_no_marks() -> None:
    assert marks_of(framed(b'"\xff', b"", 1)[:-1]) is None
    assert marks_of(b"") is None
