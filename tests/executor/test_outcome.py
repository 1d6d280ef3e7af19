"""A decision carries everything it was made from, and lines have one name."""

import msgspec

from executor.outcome import Case, lines_hash
from executor.records.trading import Policy
from executor.settings import Limits, Lines
from tests.executor.pipeline.builders import make_entry, make_slice


def test_equal_lines_have_equal_names_whatever_the_order_of_their_tables():
    one, two = Limits(tiers={"A": "x", "B": "y"}), Limits(tiers={"B": "y", "A": "x"})
    assert lines_hash(Lines(limits=one)) == lines_hash(Lines(limits=two))


def test_any_change_of_a_line_changes_the_name():
    assert lines_hash(Lines()) != lines_hash(Lines(limits=Limits(cooldown_s=61.0)))


def test_the_name_survives_a_round_trip():
    lines = Lines()
    assert lines_hash(msgspec.json.decode(msgspec.json.encode(lines), type=Lines)) == lines_hash(lines)


def test_a_veto_carries_the_view_the_policy_and_the_lines_it_was_made_by():
    case = Case(pipeline="v5", intent=make_entry(), view=make_slice(), lines=Lines(), policy=Policy(version="s-7"), mode="ok")
    decision = case.veto("burst", "too many")
    assert (decision.intent_id, decision.pipeline, decision.ts_us) == ("in-1", "v5", make_slice().ts_us)
    assert (decision.slice, decision.policy.version, decision.limits_hash) == (make_slice(), "s-7", lines_hash(Lines()))
    assert decision.qty is None
    assert decision.notional_usd is None
    assert decision.plan is None
