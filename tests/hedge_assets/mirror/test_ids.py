import string

from hypothesis import assume, example, given
from hypothesis import strategies as st

from hedge_assets.mirror.ids import encoded

NAMES = st.text(min_size=0, max_size=60) | st.text(alphabet="_./~%é", max_size=12)


@given(NAMES)
@example(".")
@example("..")
@example("__")
@example("__nav__")
@example("a/b")
@example("")
@example("€" * 800)
def test_any_name_is_an_id_that_a_store_takes(name):
    made = encoded(name)
    assert made
    assert "/" not in made
    assert made not in (".", "..")
    assert not (made.startswith("__") and made.endswith("__"))
    assert len(made.encode()) <= 1500
    assert set(made) <= set(string.ascii_letters + string.digits + "_.-~%")


@given(NAMES, NAMES, st.sampled_from([1500, 100]))
@example("__x__", "%5F_x__", 1500)
@example("", "%", 1500)
@example("a" * 1600, "a" * 1601, 1500)
def test_two_names_never_have_one_id(one, other, most_bytes):
    assume(one != other)
    assert encoded(one, most_bytes) != encoded(other, most_bytes)


def test_plain_names_stay_as_they_are():
    assert encoded("router_health") == "router_health"
    assert encoded("desk-1.paper") == "desk-1.paper"
