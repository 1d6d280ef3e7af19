import dagster as dg
import pytest

from hedge_assets.defs.failures import failure_of, why_not
from hedge_assets.defs.patience import Tried
from hedge_assets.refreshing.fates import Fate

LONG_AGO = Tried(tries=1, asked_s=1_000_000_000.0)


@pytest.fixture
def failed(instance):
    @dg.op
    def trips():
        raise ValueError("the journals are gone")

    @dg.job
    def fast_states():
        trips()

    return fast_states.execute_in_process(instance=instance, raise_on_error=False)


def test_what_the_refresh_said_of_the_state_goes_first(instance, failed):
    fate = Fate(at_us=2_000_000_000_000_000, fate="gated", reason="check few: quotes was 8")
    assert why_not(instance, fate, LONG_AGO, "fast_states") == "check few: quotes was 8"


def test_a_run_that_never_came_to_the_state_says_what_it_tripped_over(instance, failed):
    older = Fate(at_us=1, fate="gated", reason="an older word")
    assert why_not(instance, older, LONG_AGO, "fast_states") == "the run failed: ValueError: the journals are gone "
    assert failure_of(instance, failed.run_id).startswith("the run failed: ValueError")


def test_a_failure_of_before_it_was_asked_or_of_another_job_is_not_the_reason(instance, failed):
    later = Tried(tries=1, asked_s=4_000_000_000.0)
    assert why_not(instance, None, later, "fast_states") is None
    assert why_not(instance, None, LONG_AGO, "slow_states") is None


def test_before_anything_was_asked_the_last_word_of_the_refresh_is_told(instance):
    assert why_not(instance, None, Tried(), "fast_states") is None
    assert why_not(instance, Fate(at_us=1, fate="failed", reason="no room"), Tried(), "fast_states") == "no room"


def test_a_run_that_was_ended_from_outside_says_so(instance):
    @dg.job
    def slow_states():
        pass

    run = instance.create_run_for_job(slow_states, status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(run, "Exceeded maximum runtime of 300 seconds.")
    assert failure_of(instance, run.run_id) == "the run failed: Exceeded maximum runtime of 300 seconds."
