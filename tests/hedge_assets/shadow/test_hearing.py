"""An intent is heard once, with its decision, until the loop is over."""

from hedge_assets.shadow.hearing import ANSWERED_KEPT, Hearing
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


def test_a_decision_on_nothing_that_was_heard_is_nobodys():
    hearing = Hearing()
    assert hearing.decision(decision(intent_id="other")) is None
    assert hearing.heard == {}


def test_each_intent_of_a_loop_keeps_its_own_decision():
    hearing = Hearing()
    for name in ("i1", "i2", "i3"):
        hearing.intent(intent(intent_id=name))
    assert hearing.decision(decision(intent_id="i2")).intent_id == "i2"
    assert [each.decision is None for each in hearing.heard.values()] == [True, False, True]
    hearing.clear()
    assert (hearing.journaled, hearing.undecided) == (3, 2)


def test_what_is_remembered_is_bounded():
    hearing = Hearing()
    for number in range(ANSWERED_KEPT + 1):
        hearing.intent(intent(intent_id=f"i{number}"))
    hearing.clear()
    assert len(hearing.known) == ANSWERED_KEPT
    assert not hearing.intent(intent(intent_id="i1"))
    assert (hearing.journaled, hearing.repeated) == (ANSWERED_KEPT + 1, 1)
