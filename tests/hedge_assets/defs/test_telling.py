from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.defs.telling import ALL_EVERY_S, Told

NAMES = ("nav", "size", "raw/ticks")
NOW_S = 1_767_571_200.0


def read(told, now_s=NOW_S, names=NAMES):
    return Told.read(told.written() if told else None, names).begun(now_s)


def test_at_first_everything_is_news():
    told = read(None)
    assert all(told.is_news(name, "") for name in NAMES)


def test_what_was_said_is_no_news_until_it_changes_back():
    told = read(read(None).said("nav", "missing"))
    assert not told.is_news("nav", "missing")
    assert not told.is_news("size", "")
    assert told.is_news("nav", "")
    assert not read(told.said("nav", "")).is_news("nav", "")


def test_all_is_told_again_after_a_while_and_when_the_clock_went_back():
    told = read(None)
    assert not read(told, NOW_S + ALL_EVERY_S - 1).tells_all
    assert read(told, NOW_S + ALL_EVERY_S).tells_all
    assert read(told, NOW_S - 1).tells_all


def test_another_set_of_names_is_told_from_the_beginning_and_marks_stay():
    told = read(read(None).marked("raw/ticks", 7), names=(*NAMES, "storage"))
    assert told.tells_all
    assert told.marks == {"raw/ticks": (7, NOW_S)}


@given(st.text() | st.sampled_from(["[]", "1", '{"marks":{"a":1},"states":{},"names":0,"all_s":{}}', '{"marks":[],"states":[]}']))
def test_any_cursor_is_borne(cursor):
    assert Told.read(cursor, NAMES).begun(NOW_S).tells_all


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "missing", "stale late"]))))
def test_nothing_is_said_twice_and_nothing_new_is_kept_silent(looks):
    told, last = read(read(None)), dict.fromkeys(NAMES, "")
    for name, state in looks:
        assert told.is_news(name, state) == (last[name] != state)
        told, last[name] = read(told.said(name, state)), state
