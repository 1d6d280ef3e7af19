import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.mirror.splitting import Unjoinable, joined, pieces


@given(st.binary(max_size=4000), st.integers(1, 500))
def test_what_is_split_comes_together_again_byte_for_byte_and_no_part_is_too_large(content, most_bytes):
    made = pieces(content, most_bytes)
    assert all(len(part if isinstance(part, bytes) else part.encode()) <= most_bytes for part in made.parts)
    assert joined(made.encoding, made.parts, len(content)) == content
    assert pieces(content, most_bytes) == made


def test_what_fits_can_be_read_where_it_lies():
    assert pieces(b'{"a": 1}', 100).parts == ('{"a": 1}',)


PACKED = pieces(bytes(range(256)) * 40, 100)


@pytest.mark.parametrize(
    ("encoding", "parts", "size_bytes"),
    [
        ("zstd", PACKED.parts[:-1], 10_240),
        ("zstd", PACKED.parts[::-1], 10_240),
        ("zstd", PACKED.parts, 10_239),
        ("zstd", PACKED.parts, 10_241),
        ("zstd", PACKED.parts, 1 << 40),
        ("zstd", PACKED.parts, -1),
        ("zstd", ("text",), 4),
        ("text", (b"bytes",), 5),
        ("text", ("text",), 5),
        ("text", (None,), 5),
        ("gzip", ("text",), 4),
    ],
)
def test_parts_that_are_not_what_was_split_are_refused(encoding, parts, size_bytes):
    with pytest.raises(Unjoinable):
        joined(encoding, parts, size_bytes)
