import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.document import moment
from hedge_assets.health.parsing import Unsound, microseconds, plain_object


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
