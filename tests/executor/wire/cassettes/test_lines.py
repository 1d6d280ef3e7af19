"""A line comes back as it was, whatever text it carries; what is none is refused by its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import UnreadableCassette
from executor.wire.cassettes.lines import KINDS, Asked, Line, line_bytes, line_of, shaped

TIMES = st.integers(-(10**15), 10**18)
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)


@given(st.tuples(TIMES, TIMES, TIMES), st.sampled_from(sorted(KINDS)), st.sampled_from(["-", "public", "17"]), ANY_TEXT)
def test_a_line_comes_back_as_it_was(times: tuple[int, int, int], kind: str, name: str, text: str) -> None:
    line = Line(*times, kind, name, text)
    written = line_bytes(line)
    assert written.count(b"\n") == 1
    assert line_of(written, where="a:1") == line


@pytest.mark.parametrize(
    "raw", [b"", b"1 2 3 frame public", b"x 2 3 frame public {}", b"1 2 3 dance public {}", b"\x00\xff", b'1 2 3 frame - "half']
)
def test_what_is_no_line_is_refused_by_its_place(raw: bytes) -> None:
    with pytest.raises(UnreadableCassette, match="file:7 is damaged") as refusal:
        line_of(raw, where="file:7")
    assert refusal.value.exit_code == 78


def test_a_text_of_another_shape_is_refused_by_its_place() -> None:
    with pytest.raises(UnreadableCassette, match="file:7 is damaged"):
        shaped('{"method":1}', Asked, where="file:7")
