import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.document import Document, moment
from hedge_assets.health.parsing import LARGE_BYTES, REMEMBERED_BYTES, Unsound, microseconds, parse, plain_object


class Wide(Document):
    text: str


def wide(letters):
    head = {"schema": {"name": "wide", "version": 1}, "account": "paper", "status": "ok", "n": 1, "reason": None, "event_ts": None}
    rest = {"written_ts": "2026-01-05T00:00:00Z", "inputs": [], "code_version": "1", "text": "x" * letters}
    return json.dumps({**head, **rest}).encode()


@pytest.mark.parametrize(("letters", "is_kept"), [(10, True), (REMEMBERED_BYTES, True), (LARGE_BYTES, False)])
def test_a_sound_file_that_nobody_changed_is_not_read_again_unless_it_is_huge(letters, is_kept):
    assert (parse(wide(letters), Wide) is parse(wide(letters), Wide)) == is_kept


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_moment_and_its_microseconds_are_the_same_thing(us):
    assert microseconds(moment(us)) == us


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers() | st.booleans() | st.text(st.characters(codec="utf-8"))))
def test_what_json_writes_is_read_back(plain):
    assert plain_object(json.dumps(plain).encode()) == plain


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5))
def test_a_doubled_key_is_refused_by_name(key):
    one = json.dumps({key: 1})[1:-1]
    with pytest.raises(Unsound, match="is there twice"):
        plain_object(f"{{{one}, {one}}}".encode())
