from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.refreshing.differing import first_difference

leaves = st.sampled_from([None, True, 0, 1, 1.0, -2.5, "", "x"])
keys = st.sampled_from(["a", "b", "name"])
plain = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6)
documents = st.dictionaries(keys, plain, max_size=3)


def test_a_number_deep_in_lists_is_named_by_place_and_by_name():
    def document(net_usd):
        return {"windows": [{"window": "24h", "symbols": [{"key": "BTCUSDT", "n": 1}, {"key": "ETHUSDT", "net_usd": net_usd}]}]}

    found = first_difference(document(1.5), document(2.5))
    assert str(found) == "windows[0].symbols[1].net_usd (windows.24h.symbols.ETHUSDT.net_usd): published 1.5, rebuilt 2.5"


def test_what_a_state_says_goes_before_its_envelope():
    then, now = ({"n": n, "inputs": [n], "nav_usd": n, "series": []} for n in (1, 2))
    assert first_difference(then, now).path == "nav_usd"


def test_an_entry_more_or_less_is_absent_on_the_other_side():
    assert str(first_difference({"a": [1, 2]}, {"a": [1]})) == "a[1] (a.1): published 2, rebuilt absent"
    assert str(first_difference({}, {"a": None})) == "a: published absent, rebuilt null"


@given(documents, documents)
def test_documents_differ_somewhere_unless_they_are_the_same(one, two):
    assert first_difference(one, one) is None
    assert (first_difference(one, two) is None) == spelt_alike(one, two)


def spelt_alike(one, two):
    """Equal and of the same types all the way down, whatever the order of keys."""
    if type(one) is not type(two):
        return False
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(spelt_alike(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(spelt_alike, one, two))
    return one == two
