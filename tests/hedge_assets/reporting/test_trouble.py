"""What went wrong, as sentences and rows."""

from dataclasses import replace

import pytest

from hedge_assets.reporting.trouble import SHOWN, incidents, times, told_of_trouble
from tests.hedge_assets.builders import SECOND, T0
from tests.hedge_assets.health.wrong import over
from tests.hedge_assets.reporting.days import reported
from tests.hedge_assets.tabled import FIRST, journaled


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return replace(reported(journaled(tmp_path_factory.mktemp("story")), FIRST), incidents=(), unwatched_us=0)


@pytest.mark.parametrize(("n", "said"), [(1, "once"), (2, "twice"), (3, "3 times"), (1_200, "1,200 times")])
def test_how_often_in_words(n, said):
    assert times(n) == said


def test_a_day_without_an_incident_says_so_in_words_and_in_its_table(report):
    assert list(told_of_trouble(report)) == ["The watch wrote down no incident."]
    (table,) = incidents(report)
    assert (table.rows, table.none) == ((), "The watch wrote down no incident.")


def test_a_day_of_many_incidents_shows_some_and_counts_all(report):
    many = replace(report, incidents=tuple(over(T0 + place * SECOND, 1) for place in range(SHOWN + 5)))
    (table,) = incidents(many)
    assert (len(table.rows), table.left_out) == (SHOWN, 5)
    assert next(told_of_trouble(many)) == "The watch wrote down 65 incidents, 65 of them serious; none was open any more at the end."
