import pytest

from hedge_assets.health.scene import Healing, Healings
from tests.hedge_assets.conditions.scenes import NOW, ago, found, said, verdict, well


def healed(*, condition="missing", **given):
    told = {"name": "nav", "tries": 3, "failure": "building it failed: KeyError", "next_us": ago(-60), **given}
    return well(verdicts=(verdict(condition=condition),), healings=Healings(at_us=NOW, states=(Healing(**told),)))


@pytest.mark.parametrize("condition", ["missing", "invalid", "stale"])
def test_a_state_that_is_wrong_after_three_tries_cannot_heal(condition):
    assert said("cannot_heal", healed(condition=condition)) == [("nav", "error")]


def test_it_says_why_and_when_the_next_try_is():
    assert found("cannot_heal", healed())[0].reason == "missing after 3 tries: building it failed: KeyError; next try in 60 s"
    assert "the next try is due" in found("cannot_heal", healed(next_us=ago(1)))[0].reason
    assert "no next try is planned" in found("cannot_heal", healed(next_us=None))[0].reason


def test_fewer_tries_a_state_that_is_well_or_no_failure_are_none():
    assert said("cannot_heal", healed(tries=2)) == []
    assert said("cannot_heal", healed(condition="ok")) == []
    assert said("cannot_heal", healed(failure=None)) == []
