"""What the live pipeline decided, counted."""

from executor.records.base import Record
from hedge_assets.folds.decisions import HOUR_US, HOURS_KEPT, Decisions
from tests.hedge_assets.builders import T0, boot, decision, intent, vetoed


def folded(*records: Record) -> Decisions:
    decisions = Decisions()
    for record in records:
        decisions.take(record)
    return decisions


def test_verdicts_are_counted_by_rule_and_hour():
    decisions = folded(boot(), intent(), decision(verdict=vetoed("cooldown")), intent(T0 + 1, "i2"), decision(T0 + 1, "i2"))
    assert (decisions.intents, decisions.approved, decisions.vetoes) == (2, 1, {"cooldown": 1})
    assert decisions.hours == {T0 // HOUR_US: {"cooldown": 1, "approved": 1}}
    assert (decisions.live, decisions.newest_us) == ("v5", T0 + 1)


def test_two_days_of_hours_are_kept():
    late = T0 + HOURS_KEPT * HOUR_US
    decisions = folded(boot(), decision(), decision(late, "i2"))
    assert list(decisions.hours) == [late // HOUR_US]
    assert decisions.intents == 2


def test_a_boot_says_who_decides_before_anything_is_decided():
    assert folded(boot(pipeline="v6")).live == "v6"
