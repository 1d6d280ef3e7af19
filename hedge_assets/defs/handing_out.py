"""Steps are handed out to Celery's workers, and one whose worker died, or which the broker forgot, is told as lost.

    run ──step of alpha──▶ broker ──▶ worker 1        every step is asked after until it is over:
        ──step of beta───▶        ──▶ worker 2        queued ─▶ started ─▶ over
                                                         └─────────┴─▶ lost (`tracking`)

Celery by itself waits for ever for a step whose worker was killed. Files are replaced whole and under a lock, so a step may be worked
twice; a run that lost one fails, and what it did not finish is run again (`run_retries` of the instance, or by hand).
"""

import time
from typing import Any

import dagster as dg
from celery import Celery, uuid
from dagster._core.execution.retries import RetryMode
from dagster._grpc.types import ExecuteStepArgs
from dagster._serdes import pack_value
from dagster_celery.config import TASK_EXECUTE_PLAN_NAME
from dagster_celery.core_execution_loop import core_celery_execution_loop
from dagster_celery.executor import CeleryExecutor
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from hedge_assets.defs.tracking import ASK_EVERY_S, QUEUED, Tracked

VISIBLE_S = 12 * 3600
"""After so long the broker hands out anew what nobody said was done: longer than any step takes."""
EXPIRES_S = 6 * 3600
"""A step that waited so long is not begun any more: its run was ended by then."""
ANSWER_S = 1.0
AWAY = (RedisError, OperationalError, OSError)


def celery_executor(broker: str) -> dg.ExecutorDefinition:
    """Dagster's executor over Celery, whose steps are asked after."""

    @dg.executor(name="celery", requirements=dg.multiple_process_executor_requirements())
    def _celery(_: dg.InitExecutorContext) -> TrackingExecutor:
        return TrackingExecutor(broker)

    return _celery


def settings_of(broker: str) -> dict[str, Any]:
    """What runs and workers agree on. A step is taken by a worker that is free, one at a time, and is off the queue when it is over."""
    return {
        "broker_url": broker,
        "result_backend": broker,
        "broker_transport_options": {"visibility_timeout": VISIBLE_S, "socket_connect_timeout": 5},
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "redis_socket_timeout": 5,
        "redis_socket_connect_timeout": 5,
        "result_expires": VISIBLE_S,
        "task_acks_late": True,
        "task_default_queue": "dagster",
        "task_default_priority": 5,
        "task_track_started": True,
        "worker_prefetch_multiplier": 1,
        "worker_redirect_stdouts": False,  # a watchdog of ours needs a real one
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }


def app_of(broker: str) -> Celery:
    """Celery's application, as workers have it."""
    return make_app(TrackingExecutor(broker).app_args())  # type: ignore[no-untyped-call]


class Workers:
    """Which worker has which steps, asked no oftener than once in `ASK_EVERY_S`."""

    def __init__(self, app: Celery) -> None:
        self._app, self._said = app, dict[str, tuple[float, frozenset[str] | None]]()

    def has(self, worker: str, task: str) -> bool | None:
        """Whether a worker says it works on a step; null where it says nothing."""
        at_s, tasks = self._said.get(worker, (-ASK_EVERY_S, None))
        if time.monotonic() - at_s >= ASK_EVERY_S / 2:
            told = self._app.control.inspect([worker], timeout=ANSWER_S, limit=1).active() or {}
            tasks = frozenset(str(each["id"]) for each in told[worker]) if worker in told else None
            self._said[worker] = (time.monotonic(), tasks)
        return None if tasks is None else task in tasks


class TrackingExecutor(CeleryExecutor):
    """Dagster's own, but that each step is asked after."""

    def __init__(self, broker: str) -> None:
        told = {"retries": RetryMode.DISABLED, "broker": broker, "backend": broker, "config_source": settings_of(broker)}
        super().__init__(**told)  # type: ignore[no-untyped-call]
        self._roll: Workers | None = None

    def execute(self, plan_context: Any, execution_plan: Any) -> Any:
        """Hand out every step that is ready, and tell what comes back."""
        return core_celery_execution_loop(plan_context, execution_plan, step_execution_fn=self._handed_out)

    def _handed_out(self, app: Celery, context: Any, step: Any, *how: Any) -> Tracked:
        """As Dagster hands out a step, but that it has a name and a state before it is sent."""
        queue, priority, known_state = how
        if self._roll is None:
            self._roll = Workers(app)
            create_task(app)
        told = ExecuteStepArgs(
            job_origin=context.reconstructable_job.get_python_origin(),
            run_id=context.dagster_run.run_id,
            step_keys_to_execute=[step.key],
            instance_ref=context.instance.get_ref(),
            retry_mode=self.retries.for_inner_plan(),
            known_state=known_state,
            print_serialized_events=True,
        )
        signature = app.tasks[TASK_EXECUTE_PLAN_NAME].si(
            execute_step_args_packed=pack_value(told), executable_dict=context.reconstructable_job.to_dict()
        )
        task = uuid()
        app.backend.store_result(task, None, QUEUED)
        sent = signature.apply_async(task_id=task, priority=priority, queue=queue, routing_key=f"{queue}.execute_plan", expires=EXPIRES_S)
        return Tracked(sent, self._roll, AWAY)
