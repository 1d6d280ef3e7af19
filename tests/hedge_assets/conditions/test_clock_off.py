import pytest

from hedge_assets.health.evidence import JournalFacts
from tests.hedge_assets.conditions.scenes import NOW, ago, beat, found, said, well, with_pulse


@pytest.mark.parametrize(("off_s", "signs"), [(1.9, []), (2.1, [("watch", "error")]), (-1.9, []), (-2.1, [("watch", "error")])])
def test_a_service_whose_clock_is_not_the_kernels_is_named(off_s, signs):
    scene = with_pulse("watch", beat("watch", age_s=0.5 - off_s, mtime_us=ago(0.5)))
    assert said("clock_off", scene) == signs


def test_a_clock_that_stands_still_is_off_by_more_and_more():
    scene = with_pulse("executor", beat(age_s=300, mtime_us=ago(1)))
    assert "299.0 s behind the kernel's" in found("clock_off", scene)[0].reason


def test_the_last_word_of_who_is_gone_says_nothing_of_its_clock():
    assert said("clock_off", with_pulse("watch", beat("watch", age_s=300, mtime_us=ago(100)))) == []
    assert said("clock_off", with_pulse("watch", beat("watch", age_s=300, mtime_us=ago(1), ended="asked to end"))) == []


def test_a_judge_behind_what_was_written_already_is_off_itself():
    assert said("clock_off", with_pulse("watch", beat("watch", age_s=-3))) == [("clock", "error")]


def test_what_was_written_while_a_slow_machine_looked_is_no_clock_that_is_off():
    journals = {"raw/ticks": JournalFacts(1, 10, NOW + 3_000_000, 7)}
    assert said("clock_off", with_pulse("watch", beat("watch", age_s=-3), journals=journals, took_us=2_000_000)) == []
    assert said("clock_off", with_pulse("watch", beat("watch", age_s=-5), took_us=2_000_000)) == [("clock", "error")]


def test_a_live_record_from_after_now_is_a_clock_that_is_off_and_a_replayed_one_is_not():
    journals = {"raw/ticks": JournalFacts(1, 10, NOW + 3_000_000, 7)}
    assert said("clock_off", well(journals=journals)) == [("raw/ticks", "error")]
    assert said("clock_off", well(journals=journals, feed_end_us=NOW + 3_000_000)) == []


def test_journals_of_a_service_that_is_known_to_live_by_another_clock_are_not_told_beside_it():
    ahead = with_pulse("executor", beat(age_s=-600, mtime_us=ago(1)), journals={"raw/ticks": JournalFacts(1, 10, NOW + 600_000_000, 7)})
    assert said("clock_off", ahead) == [("executor", "error")]
