"""An intent is heard once, with its decision, until the loop is over."""

from hedge_assets.shadow.hearing import Hearing
from tests.hedge_assets.builders import T0, decision, intent


def test_an_intent_and_its_decision_belong_together():
    hearing = Hearing()
    assert hearing.intent(intent())
    assert hearing.decision(decision()) == intent()
    assert hearing.heard["i1"].decision == decision()


def test_what_is_heard_again_is_counted_and_changes_nothing():
    hearing = Hearing()
    hearing.intent(intent())
    hearing.decision(decision())
    assert not hearing.intent(intent(T0 + 1))
    assert hearing.decision(decision(T0 + 1)) is None
    hearing.clear()
    assert not hearing.intent(intent())
    assert (hearing.journaled, hearing.repeated, hearing.heard) == (1, 2, {})


def test_an_intent_without_a_decision_is_counted_when_the_loop_is_over():
    hearing = Hearing()
    hearing.intent(intent())
    hearing.clear()
    assert (hearing.undecided, hearing.decision(decision())) == (1, None)
