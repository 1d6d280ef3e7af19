"""A file that is gone, damaged or not to be believed is a red check in Dagster, and every cure a green one."""

from random import Random

from tests.injecting.course import Course, table
from tests.injecting.dagster_eye import SLACK_US, dagster
from tests.injecting.desks import ROWS, trading
from tests.injecting.ills import ILLS
from tests.injecting.patients import state_files


def test_every_ill_is_a_red_check_in_dagster_and_every_cure_a_green_one(tmp_path):
    with trading(tmp_path) as running:
        course = Course(state_files(running.root, ROWS, ILLS), [dagster(running, ROWS)], Random(4), slack_us=SLACK_US)
        course.run(200)  # two minutes: an ill and its cure take a round of five seconds each
        print(table(course))
        assert set(course.times()) == {ill.name for ill in ILLS}
        assert course.false == []
