"""A day's report rests on that day's facts alone: nothing that came after it, nothing of now, and the same from tables."""

import hashlib
from datetime import date, timedelta

import pytest

from hedge_assets.catalog import scan
from hedge_assets.health.incident_log import LOG, lines_of
from hedge_assets.health.incidents import Entry
from hedge_assets.refreshing.rebuilding import rebuild
from hedge_assets.reporting.gathering import refuse_unknown
from hedge_assets.reporting.rendering import html
from hedge_assets.settings import Place
from hedge_assets.tables.building import build
from hedge_assets.tables.catalog import raw_tables
from hedge_assets.tables.days import DayError, end_us
from tests.hedge_assets.builders import DAY, HOUR, MINUTE, T0, boot
from tests.hedge_assets.health.wrong import incident, over
from tests.hedge_assets.journals import write
from tests.hedge_assets.reporting.days import PANELS, reported, slept_through, whole_day
from tests.hedge_assets.story import FLAGS
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, THIRD, journaled, pruned_to, records


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    return journaled(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def second(place):
    return reported(place, SECOND_DAY, from_journals=True)


@pytest.mark.parametrize("day", [FIRST, SECOND_DAY])
def test_what_is_journaled_later_changes_no_byte(place, tmp_path, day):
    write(tmp_path, [each for each in records() if each.ts_us < end_us(day)])
    assert html(reported(Place(root=tmp_path), day)) == html(reported(place, day))


def test_whole_days_from_tables_give_the_same_bytes_also_when_the_journals_of_old_days_are_gone(tmp_path):
    kept = journaled(tmp_path)
    wanted = html(reported(kept, SECOND_DAY, from_journals=True))
    assert [each.reason for each in build(kept, raw_tables(), [FIRST, SECOND_DAY]) if each.reason] == []
    assert html(reported(kept, SECOND_DAY)) == wanted
    pruned_to(kept, SECOND_DAY)
    assert html(reported(kept, SECOND_DAY)) == wanted
    assert html(reported(kept, SECOND_DAY, from_journals=True)) != wanted  # the journals alone now begin with this day


def test_the_files_that_it_names_are_those_that_a_rebuild_writes(place, second, tmp_path):
    rebuild(place, scan(), as_of_us=end_us(SECOND_DAY) - 1, out=tmp_path, flags=FLAGS)
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert len(second.proofs) > 8
    assert {each.file: each.sha256 for each in second.proofs}.items() <= sums.items()


def test_every_panel_of_journaled_states_has_its_document(second):
    assert second.lacking == {}
    assert {panel.states[0] for panel in PANELS} <= set(second.documents)


def test_only_what_the_panels_asked_for_need_is_made(place):
    one = tuple(panel for panel in PANELS if panel.key == "positions")
    assert set(reported(place, SECOND_DAY, panels=one).documents) == {"positions"}


def test_the_day_is_told_by_itself(second):
    assert (float(second.course.curve.first.nav), float(second.course.curve.flows)) == (100045.82504, 1000.0)
    assert (second.course.n_fills, second.closed.n, second.n_open) == (1, 0, 1)


def test_trades_are_those_of_the_day(place):
    first, third = reported(place, FIRST), reported(place, THIRD)
    assert (first.closed.n, len(first.trades), third.closed.n, third.trades) == (1, 1, 0, ())


def test_a_day_may_be_told_up_to_a_moment_of_it(place):
    early = reported(place, FIRST, as_of_us=T0 + HOUR)
    assert (early.is_over, early.closed.n, early.course.n_fills) == (False, 0, 1)


def test_a_day_that_was_slept_through_is_no_fault(tmp_path):
    found = reported(slept_through(tmp_path), date(2026, 1, 6))
    assert not found.is_recorded
    assert (found.documents, found.lacking, found.proofs) == ({}, {}, ())


def test_incidents_are_as_they_were_known_then(tmp_path):
    place = slept_through(tmp_path)
    told = [over(T0 - DAY, 60), over(T0 + 22 * HOUR, 60), over(T0 + 22 * HOUR + MINUTE, 7200), incident(T0 + DAY)]
    (place.watch / LOG).write_bytes(lines_of(Entry(event="opened", at_us=each.closed_us or each.opened_us, incident=each) for each in told))
    found = reported(place, date(2026, 1, 5)).incidents
    assert [(each.opened_us - T0, each.is_open) for each in found] == [(22 * HOUR, False), (22 * HOUR + MINUTE, True)]


def test_a_market_that_went_by_its_own_time_has_no_incidents_of_that_day(second):
    assert second.clock == "feed"
    assert second.incidents is None


def test_days_of_which_nothing_can_be_known_are_refused(tmp_path):
    place = Place(root=tmp_path)
    (tmp_path / "raw").mkdir()
    with pytest.raises(DayError, match="nothing is journaled"):
        refuse_unknown(place, FIRST, T0)
    write(tmp_path, [boot(T0), *whole_day(T0, until=T0 + HOUR)])
    refuse_unknown(place, FIRST, T0 + 2 * DAY)
    refuse_unknown(place, THIRD, T0 + 2 * DAY)
    with pytest.raises(
        DayError, match="2026-01-04 is before the journals' first day, 2026-01-05; name a day from 2026-01-05 to 2026-01-07"
    ):
        refuse_unknown(place, FIRST - timedelta(days=1), T0 + 2 * DAY)
    with pytest.raises(DayError, match="2026-01-08 has not begun"):
        refuse_unknown(place, THIRD + timedelta(days=1), T0 + 2 * DAY)
