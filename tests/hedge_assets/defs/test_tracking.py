"""A step that was handed out comes back or is lost, and never is waited for without an end. By Celery's own results, kept in memory."""

from dataclasses import dataclass, field

import pytest
from celery import Celery, uuid
from celery.exceptions import WorkerLostError
from celery.result import AsyncResult

from hedge_assets.defs.handing_out import AWAY
from hedge_assets.defs.tracking import ASK_EVERY_S, BROKER_AWAY_S, MISSES, QUEUED, StepLost, Tracked

WORKER = {"hostname": "w1@box", "pid": 7}


@dataclass
class Hour:
    """A clock that is moved by hand."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Said:
    """A worker as it answers: what it has, or nothing at all."""

    answer: bool | None = True
    asked: list[str] = field(default_factory=list)

    def has(self, worker: str, task: str) -> bool | None:
        self.asked.append(worker)
        return self.answer


class Case:
    """One step in Celery's hands."""

    def __init__(self, backend: str = "cache+memory://") -> None:
        self.app = Celery("here", broker="memory://", backend=backend, set_as_current=False)
        self.task, self.hour, self.said = uuid(), Hour(), Said()
        self.step = Tracked(AsyncResult(self.task, app=self.app), self.said, AWAY, self.hour)

    def is_said(self, state: str, told=None) -> None:
        self.app.backend.store_result(self.task, told, state)

    def is_ready_after(self, seconds: float) -> bool:
        self.hour.now_s += seconds
        return self.step.ready()


@pytest.fixture
def case() -> Case:
    made = Case()
    made.is_said(QUEUED)
    return made


def test_a_step_waits_for_a_worker_for_as_long_as_its_run_may(case):
    assert not case.is_ready_after(5 * 3600)
    assert case.said.asked == []


def test_a_step_comes_back_with_what_its_worker_said(case):
    case.is_said("STARTED", WORKER)
    assert not case.is_ready_after(1)
    case.is_said("SUCCESS", ["an event"])
    assert case.step.ready()
    assert case.step.get() == ["an event"]


def test_what_a_worker_broke_off_for_is_raised_where_the_run_is(case):
    case.is_said("FAILURE", WorkerLostError("signal 9"))
    assert case.step.ready()
    with pytest.raises(WorkerLostError, match="signal 9"):
        case.step.get()


def test_a_worker_that_lives_is_asked_now_and_then_and_may_take_its_time(case):
    case.is_said("STARTED", WORKER)
    assert not any(case.is_ready_after(1) for _ in range(1_000))
    assert set(case.said.asked) == {"w1@box"}
    assert len(case.said.asked) == 1_000 / ASK_EVERY_S


@pytest.mark.parametrize(("answer", "words"), [(None, "w1@box did not answer 4 times in a row"), (False, "w1@box no longer has it")])
def test_a_step_whose_worker_is_gone_is_lost_and_says_which(case, answer, words):
    case.is_said("STARTED", WORKER)
    case.said.answer = answer
    assert [case.is_ready_after(ASK_EVERY_S) for _ in range(MISSES)] == [False] * (MISSES - 1) + [True]
    with pytest.raises(StepLost, match=words):
        case.step.get()


def test_a_worker_that_was_busy_for_a_moment_is_not_given_up(case):
    case.is_said("STARTED", WORKER)
    for answer in (None, None, None, True, None, None, None):
        case.said.answer = answer
        assert not case.is_ready_after(ASK_EVERY_S)


def test_a_step_that_the_broker_does_not_know_any_more_is_lost_at_once(case):
    case.app.backend.forget(case.task)
    assert case.is_ready_after(1)
    with pytest.raises(StepLost, match="the broker forgot it"):
        case.step.get()


def test_a_step_that_is_called_back_before_it_began_is_waited_for_no_longer(case):
    case.step.revoke()
    assert case.is_ready_after(0)
    with pytest.raises(StepLost, match="called back before it began"):
        case.step.get()


def test_a_broker_that_is_away_is_waited_for_and_then_told(tmp_path):
    case = Case(backend=f"redis+socket://{tmp_path}/nobody.sock")
    assert not case.is_ready_after(0)
    assert not case.is_ready_after(BROKER_AWAY_S - 1)
    assert case.is_ready_after(1)
    with pytest.raises(StepLost, match="the broker was away for 60 s"):
        case.step.get()
