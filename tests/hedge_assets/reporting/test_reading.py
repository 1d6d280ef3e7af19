"""However a day is read, from its beginning as it was kept, from tables or from all of the journals: the facts are the same."""

import shutil

import msgspec
import pytest

from hedge_assets.refreshing.shadowing import Shadowed
from hedge_assets.reporting.reading import DayFacts, Until, columns_gone_on, gone_on, read_columns, read_day
from hedge_assets.settings import Place
from hedge_assets.tables.building import build
from hedge_assets.tables.carry import newest_kept
from hedge_assets.tables.catalog import raw_tables, scan
from hedge_assets.tables.days import end_us
from tests.hedge_assets.builders import DAY, HOUR, SECOND, T0, heartbeat, quote
from tests.hedge_assets.journals import write
from tests.hedge_assets.reporting.days import slept_through
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, THIRD, folds, journaled

MOMENTS = [
    Until(FIRST, T0 + 9 * HOUR),
    Until(FIRST, end_us(FIRST) - 1),
    Until(SECOND_DAY, T0 + DAY + SECOND),  # before its first heartbeat
    Until(SECOND_DAY, T0 + DAY + 3 * HOUR),
    Until(SECOND_DAY, end_us(SECOND_DAY) - 1),
    Until(THIRD, end_us(THIRD) - 1),
]


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Place:
    return journaled(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module", params=["raw", "all"])
def tabled(request, tmp_path_factory) -> Place:
    place = journaled(tmp_path_factory.mktemp(request.param))
    list(build(place, raw_tables() if request.param == "raw" else scan(), [FIRST, SECOND_DAY]))
    return place


def told(facts: DayFacts) -> dict:
    ends = {stream: (mark.first_seq, mark.last_seq) for stream, mark in facts.marks.items()}
    return {**folds(facts), "of_day": msgspec.msgpack.encode(facts.of_day), "ends": ends}


@pytest.mark.parametrize("until", MOMENTS, ids=lambda until: f"{until.day} {until.us - T0}")
def test_facts_and_columns_are_the_same_whichever_way_they_are_read(bare, tabled, until):
    wanted, found = read_day(bare, until._replace(from_journals=True)), read_day(tabled, until)
    assert told(found) == told(wanted)
    columns = [
        read_columns(place, facts, each)
        for place, facts, each in ((bare, wanted, until._replace(from_journals=True)), (tabled, found, until))
    ]
    for each in columns:
        each.settle()
    assert msgspec.msgpack.encode(columns[1]) == msgspec.msgpack.encode(columns[0])


def test_what_a_day_began_with_is_gone_on_from_where_it_is_kept(tmp_path, bare):
    place = journaled(tmp_path)
    list(build(place, scan(), [FIRST]))
    assert gone_on(bare, Until(SECOND_DAY, T0 + 2 * DAY - 1)) is None
    assert gone_on(place, Until(SECOND_DAY, T0 + 2 * DAY - 1)) is not None
    assert gone_on(place, Until(SECOND_DAY, T0 + DAY + SECOND)) is None  # nothing says yet how far that day is whole
    assert newest_kept(place, THIRD, DayFacts.__base__()) is not None  # an earlier one will do


def test_what_was_kept_of_other_journals_is_passed_over(tmp_path, bare):
    place, other = journaled(tmp_path / "one"), tmp_path / "other"
    write(other, [quote(T0), *(heartbeat(T0 + step * HOUR) for step in range(60))])
    list(build(Place(root=other), scan(), [FIRST]))
    shutil.copytree(other / "tables", place.tables)
    until = Until(SECOND_DAY, end_us(SECOND_DAY) - 1)
    shutil.rmtree(place.tables / "ticks")  # no whole day is left in tables: all is read
    assert told(read_day(place, until)) == told(read_day(bare, until))
    facts = read_day(place, until)
    assert columns_gone_on(place, facts, until, newest_kept(place, SECOND_DAY, Shadowed())).last_beat_us is not None


def test_a_day_without_a_heartbeat_is_read_like_any_other(tmp_path):
    place = slept_through(tmp_path)
    until = Until(SECOND_DAY, end_us(SECOND_DAY) - 1)
    wanted = told(read_day(place, until._replace(from_journals=True)))
    list(build(place, scan(), [FIRST]))
    assert told(read_day(place, until)) == wanted
