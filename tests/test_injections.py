"""Nothing goes unseen: a file that is gone or damaged is shown by everybody who looks, every cure as well, and nothing that is not so."""

from random import Random

import pytest

from tests.injecting.course import Course, table
from tests.injecting.desks import ROWS, trading
from tests.injecting.ills import DAMAGED
from tests.injecting.patients import journals, state_files
from tests.injecting.replacing import hammered


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with trading(tmp_path_factory.mktemp("injected")) as running:
        yield running


@pytest.fixture(scope="module")
def onlookers(desk):
    return desk.onlookers()


def test_a_state_that_is_gone_or_damaged_is_shown_by_status_metrics_and_page(desk, onlookers):
    course = Course(state_files(desk.root, ROWS, DAMAGED), onlookers, Random(3))
    course.run_each(200)
    print(table(course))
    assert set(course.times()) == {ill.name for ill in DAMAGED}
    assert min(course.times().values()) >= 200
    assert course.false == []


def test_a_state_that_is_replaced_while_it_is_judged_is_never_torn_or_missing(desk):
    words = hammered(desk.root, "nav", 1_000)
    assert words.total() > 400
    assert set(words) == {"ok"}


def test_a_journal_that_is_gone_or_damaged_is_shown_as_well(desk, onlookers):
    desk.stop_trading()
    course = Course(journals(desk.root, ROWS), onlookers, Random(5))
    course.run(12)
    print(table(course))
    assert course.false == []
