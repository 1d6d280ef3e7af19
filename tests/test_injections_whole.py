"""A document may be whole and still not be believed: another's, tomorrow's, or too old; everybody who looks says so, a browser as well."""

from random import Random

import pytest

from tests.browser import NAMES, installed
from tests.injecting.course import Course, table
from tests.injecting.desks import ROWS, trading
from tests.injecting.ills import ILLS, WHOLE
from tests.injecting.patients import state_files


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with trading(tmp_path_factory.mktemp("injected")) as running:
        yield running


def test_a_foreign_a_future_and_a_stale_state_are_shown_by_status_metrics_and_page(desk):
    course = Course(state_files(desk.root, ROWS, WHOLE), desk.onlookers(), Random(6))
    course.run_each(200)
    print(table(course))
    assert set(course.times()) == {ill.name for ill in WHOLE}
    assert min(course.times().values()) >= 200
    assert course.false == []


@pytest.mark.skipif(installed() is None, reason=f"none of {', '.join(NAMES)} here; sh ops/needs.sh")
def test_a_browser_that_shows_the_page_draws_every_ill_and_every_cure(desk):
    course = Course(state_files(desk.root, ROWS, ILLS), [desk.browser()], Random(7))
    course.run(48)
    print(table(course))
    assert set(course.times()) == {ill.name for ill in ILLS}
    assert course.false == []
