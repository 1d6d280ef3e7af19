from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.shipping.names import packed, part, part_of, part_path, sealed_lines, sealed_of, sealed_path, unpacked

SEGMENT = "000000000042-20260105T07"


@given(st.binary(max_size=2000), st.integers(0, 10**13))
def test_a_part_is_named_by_what_it_is_and_comes_back(data, start):
    each = part(SEGMENT, start, data)
    assert part_of(part_path("ticks", each)) == each
    assert unpacked(each, packed(data)) == data


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=200))
def test_what_is_not_what_its_name_promises_is_not_believed(data, other):
    each = part(SEGMENT, 7, data)
    assert unpacked(each, packed(other)) == (data if other == data else None)
    assert unpacked(each, other) is None
    assert unpacked(each, packed(data)[:-6]) is None


@given(st.binary(min_size=1, max_size=200), st.integers(1, 12))
def test_a_sealed_segment_that_was_cut_short_has_no_lines(data, missing):
    assert sealed_lines(packed(data)) == data
    assert sealed_lines(packed(data)[:-missing]) == b""


def test_other_names_are_nobodys():
    assert sealed_of(sealed_path("orders", SEGMENT)) == SEGMENT
    assert sealed_of("sealed/orders/readme.txt") is None
    assert part_of("tail/orders/x/1-2-3.zst") is None
