import pytest

from tests.hedge_assets.builders import heartbeat
from tests.hedge_assets.conditions.scenes import NOW, beat, found, said, well


def halted(text, **given):
    return well(heartbeat=heartbeat(NOW, loop=9, halted=text), **given)


def test_an_executor_that_takes_new_risk_is_not_halted():
    assert said("trading_halted", well()) == []
    assert said("trading_halted", halted(None)) == []


def test_what_an_operator_halted_is_told_with_the_reason_and_can_wait():
    assert said("trading_halted", halted("operator: venue maintenance")) == [("executor", "warn")]
    (told,) = found("trading_halted", halted("operator: venue maintenance"))
    assert told.reason == "no new risk is taken, operator: venue maintenance"
    assert told.cure.startswith("executor resume")


@pytest.mark.parametrize("rule", ["drawdown", "nav_stale", "position_differs"])
def test_a_brake_cannot_wait_and_leads_to_its_entry_in_the_runbook(rule):
    scene = halted(f"{rule}: 12 % below the peak")
    assert said("trading_halted", scene) == [("executor", "error")]
    assert found("trading_halted", scene)[0].cure == f"look at docs/runbook.md#{rule}; then executor resume"


def test_one_that_ended_trades_nothing_anyway():
    gone = {"executor": beat(ended="asked to stop", age_s=500)}
    assert said("trading_halted", halted("drawdown: x", pulses=gone, executor_is_held=False)) == []
