import itertools

from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.defs.patience import FIRST_WAIT_S, LEAST_GAP_S, MOST_WAIT_S, Tried, as_cursor, due, remembered, seen

NOW_S = 1_767_571_200.0


def lived(ills, step_s=5.0):
    """Looks at every step; for what a run was asked, and when."""
    memory, asked, now_s = {}, [], NOW_S
    for ill in ills:
        memory = seen(remembered(as_cursor(memory)), ill, now_s)
        names = due(memory, ill, now_s)
        memory.update({name: memory[name].asked(now_s) for name in names})
        asked += [(name, now_s - NOW_S) for name in names]
        now_s += step_s
    return asked, memory


def test_what_stays_ill_is_asked_for_at_once_and_then_less_and_less_often():
    asked, _ = lived([{"nav": 1}] * 240)
    assert asked == [("nav", at_s) for at_s in (0, 30, 90, 210, 450, 750, 1050)]


def test_other_circumstances_are_a_new_beginning():
    asked, memory = lived([{"nav": 1}] * 50 + [{"nav": 2}] * 3)
    assert asked[-1] == ("nav", 250)
    assert memory["nav"].tries == 1


def test_another_ill_state_does_not_wait_for_the_first():
    asked, _ = lived([{"nav": 1}] * 60 + [{"nav": 1, "size": 1}] * 2)
    assert asked[-1] == ("size", 300)


def test_what_was_well_between_is_asked_for_at_once_again():
    asked, _ = lived([{"nav": 1}] * 2 + [{}] * 3 + [{"nav": 1}])
    assert asked == [("nav", 0), ("nav", 25)]


def test_what_is_mended_is_remembered_for_an_hour():
    assert lived([{"nav": 1}] + [{}] * 100)[1]["nav"].well_s == NOW_S + 5
    assert lived([{"nav": 1}] + [{}] * 800)[1] == {}


@given(st.lists(st.dictionaries(st.sampled_from(["nav", "size"]), st.integers(0, 2), max_size=2), max_size=120))
def test_no_circumstances_ask_oftener_than_the_gap_nor_leave_anything_for_longer_than_the_longest_wait(ills):
    asked, memory = lived(ills)
    for name in ("nav", "size"):
        times = [at_s for each, at_s in asked if each == name]
        assert all(later - earlier >= LEAST_GAP_S for earlier, later in itertools.pairwise(times))
    assert all(each.next_s - each.asked_s <= MOST_WAIT_S for each in memory.values() if each.asked_s and each.well_s is None)


def test_a_cursor_of_another_version_is_forgotten():
    assert remembered('{"fast": [3, 1767571200]}') == {}
    assert Tried().asked(NOW_S).next_s == NOW_S + FIRST_WAIT_S
