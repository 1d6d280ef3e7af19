"""Single steps of the course of a running system, without its programs."""

from types import SimpleNamespace

import pytest

from hedge_assets.stack import course
from hedge_assets.stack.course import LOOK_S, Course, Eyes, Voice
from hedge_assets.stack.supervision import Process
from tests.boxes import PATIENCE_S
from tests.hedge_assets.stack.test_course import GREEN, stack_of


def test_who_is_waited_for_is_not_taken_for_down_where_supervisors_answer_is_late(tmp_path):
    stopping, down = Process("executor", "STOPPING", 7, 0, 1), Process("executor", "EXITED", 0, 0, 1)
    answers = [{}, {"executor": stopping}, {}, {"executor": down}]
    late = SimpleNamespace(is_alive=True, processes=lambda: answers.pop(0))
    eyes = Eyes(grows=bool, serves=bool, dagster_trouble=str, standing=lambda: GREEN)
    voice = Voice(lambda _: None, lambda _: None)
    waiting = Course(stack=stack_of(tmp_path, 1), supervisor=late, eyes=eyes, voice=voice, is_over=bool)
    waiting._wait_down(["executor"], PATIENCE_S)
    assert answers == []


@pytest.mark.parametrize(("is_alive", "deaf_s"), [(False, 600.0), (True, 0.0)], ids=["gone", "deaf"])
def test_nobody_is_waited_for_under_a_supervisor_that_cannot_say_any_more(tmp_path, monkeypatch, is_alive, deaf_s):
    monkeypatch.setattr(course, "DEAF_S", deaf_s)
    answers = [{}]
    silent = SimpleNamespace(is_alive=is_alive, processes=answers.pop)
    eyes = Eyes(grows=bool, serves=bool, dagster_trouble=str, standing=lambda: GREEN)
    waiting = Course(stack=stack_of(tmp_path, 1), supervisor=silent, eyes=eyes, voice=Voice(str, str), is_over=bool)
    waiting._wait_down(["executor"], PATIENCE_S)
    assert answers == []


def test_nothing_is_ready_before_the_operator_page_answers(tmp_path):
    shows: list[bool] = []
    eyes = Eyes(grows=bool, serves=bool, dagster_trouble=lambda: None, standing=lambda: GREEN, shows=lambda: bool(shows))
    said: list[str] = []
    made = Course(stack=stack_of(tmp_path, 1), supervisor=SimpleNamespace(), eyes=eyes, voice=Voice(said.append, str), is_over=bool)
    made.reached |= {"trading", "refreshed", "serving", "answering", "written", "green"}
    made._look({})
    assert said == []
    shows.append(True)
    made.looked_s = -LOOK_S
    made._look({})
    assert "ready: pages at" in said[0]
