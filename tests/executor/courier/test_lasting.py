"""What lasts was seen in one reading after another, for so long."""

from executor.courier.lasting import Lasting


def test_what_was_seen_often_and_long_enough_lasts() -> None:
    seen = Lasting()
    for now_s, is_long in ((1.0, False), (2.0, False), (5.9, False), (6.0, True)):
        seen.look(["a"], now_s)
        assert seen.lasts("a", now_s, looks=3, for_s=5.0) is is_long
    assert not seen.lasts("a", 6.0, looks=5, for_s=5.0)
    assert not seen.lasts("b", 6.0, looks=0, for_s=1.0)


def test_what_one_reading_does_not_show_begins_anew() -> None:
    seen = Lasting()
    for now_s, things in ((1.0, ["a"]), (2.0, []), (3.0, ["a"])):
        seen.look(things, now_s)
    assert seen.lasts("a", 3.0, looks=1, for_s=0.0)
    assert not seen.lasts("a", 3.0, looks=2, for_s=0.0)
    assert not seen.lasts("a", 3.5, looks=1, for_s=1.0)
