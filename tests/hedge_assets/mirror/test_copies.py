import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_assets.mirror.copies import BIGGEST, Uncopiable, copy_of, facts_of
from tests.hedge_assets.builders import T0
from tests.hedge_assets.mirror.desks import Page, written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=30), JSON, max_size=80))
def test_facts_are_few_short_scalars_that_any_store_takes(told):
    facts = facts_of(told)
    assert len(facts) <= 50
    for name, value in facts.items():
        assert name in told
        assert name
        assert not (name.startswith("__") and name.endswith("__"))
        assert not isinstance(value, (list, dict))
        assert not isinstance(value, int) or -BIGGEST <= value < BIGGEST


def test_a_sound_file_keeps_its_bytes_and_its_time(tmp_path):
    content = written(tmp_path, "nav", 1.5)
    made = copy_of("nav", content, Page)
    assert (made.content, made.written_us, made.where.account) == (content, T0, "paper")
    assert made.facts["equity"] == 1.5
    assert "account" not in made.facts
    assert "curve" not in made.facts


def test_a_file_of_another_account_is_no_copy_of_this_one(tmp_path):
    content = written(tmp_path, "nav", 1.5, account="beta")
    assert copy_of("nav", content, Page, account="beta").where.account == "beta"
    with pytest.raises(Uncopiable, match="of account 'beta', this data root is of 'alpha'"):
        copy_of("nav", content, Page, account="alpha")


def test_an_unsound_file_is_no_copy(tmp_path):
    content = written(tmp_path, "nav", 1.5, n="many")
    with pytest.raises(Uncopiable, match="n"):
        copy_of("nav", content, Page)
