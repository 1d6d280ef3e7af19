"""Tables stay within their bytes, the oldest days going first."""

from datetime import timedelta

import msgspec

from hedge_assets.settings import Health
from hedge_assets.tables.building import build
from hedge_assets.tables.carry import days_kept
from hedge_assets.tables.catalog import scan
from hedge_assets.tables.days import start_us
from hedge_assets.tables.held import days_of
from hedge_assets.tables.keeping import keep_within
from tests.hedge_assets.builders import SECOND, quote
from tests.hedge_assets.journals import write
from tests.hedge_assets.tabled import FIRST, PAST, SECOND_DAY, THIRD, journaled, pruned_to


def kept(place):
    return {day for table in scan() for day in days_of(place.tables, table)}


def test_the_oldest_day_of_every_table_goes(tmp_path):
    place = journaled(tmp_path)
    list(build(place, scan(), [FIRST, SECOND_DAY]))
    full = msgspec.structs.replace(place, health=Health(day_tables_bytes=1))
    young_us = start_us(SECOND_DAY + timedelta(days=place.journal.keep_days))
    assert keep_within(full, scan(), now_us=young_us) == [FIRST]
    assert kept(place) == {SECOND_DAY}
    assert keep_within(full, scan(), now_us=young_us + 40 * 86_400_000_000) == [SECOND_DAY]
    assert kept(place) == set()


def test_within_the_budget_and_within_the_days_that_journals_are_kept_nothing_goes(tmp_path):
    place = journaled(tmp_path)
    list(build(place, scan(), [FIRST]))
    assert keep_within(place, scan(), now_us=start_us(FIRST) * 2) == []
    full = msgspec.structs.replace(place, health=Health(day_tables_bytes=1))
    assert keep_within(full, scan(), now_us=start_us(THIRD)) == []
    assert kept(place) == {FIRST}


def test_what_a_day_began_with_goes_once_the_journals_do_not_hold_the_day(tmp_path):
    place = journaled(tmp_path)
    list(build(place, scan(), [FIRST, SECOND_DAY]))
    assert sorted(days_kept(place.tables)) == [SECOND_DAY, THIRD]
    write(place.root, [quote(PAST + number * SECOND) for number in range(50)], rotate_bytes=1_024)
    pruned_to(place, THIRD)
    keep_within(place, scan(), now_us=start_us(THIRD))
    assert days_kept(place.tables) == [THIRD]
    assert kept(place) == {FIRST, SECOND_DAY}
