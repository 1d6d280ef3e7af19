"""Pairs are counted once, settled when everybody is done, and a day's end is noted."""

import pytest

from executor.records.trading import Vetoed
from hedge_assets.shadow.comparison import PairTally
from hedge_assets.shadow.courses import Courses
from hedge_assets.shadow.kept import begun
from hedge_assets.shadow.ledger import DAY_US, Asked, Ledger
from hedge_assets.shadow.pairs import outcome, silence
from tests.hedge_assets.builders import SECOND, T0, decision, ended, fill, intent, submit, vetoed

FIVE = 301 * SECOND


def asked(name="i1", *, shadow=None, silent="holds_position", purpose="entry", qty=0.1):
    """A question to the live v5 and a shadow that answered with a decision, or did not ask."""
    live = decision(T0, name)
    answer = decision(T0, name, qty=qty, notional_usd=qty * 50_000, **(shadow or {})) if shadow is not None else None
    outcomes = {"v5": outcome(live, "v5"), "v6": silence("v6", silent) if answer is None else outcome(answer, "v6")}
    decisions = {"v5": live} if answer is None else {"v5": live, "v6": answer}
    wish = intent(T0, name, purpose=purpose)
    return Asked(intent=wish, pipeline="v5", is_journaled=True, live=live, decisions=decisions, outcomes=outcomes, regime="calm")


def compared(*questions, everybody=()):
    ledger = Ledger()
    ledger.compare(questions, everybody, model_name="v5")
    return ledger


def test_a_pair_is_counted_once_in_every_dimension():
    tallies = compared(asked(shadow={})).results.since(None, PairTally)
    assert {key.partition("/")[2]: tally.n for key, tally in tallies.items()} == dict.fromkeys(
        ("overall/all", "symbols/BTCUSDT", "strategies/momentum", "regimes/calm", "purposes/entry"), 1
    )


def test_a_silence_is_laid_to_the_rule_that_last_parted_the_two_in_its_symbol():
    no = {"verdict": vetoed("symbol_cap"), "plan": None}
    assert isinstance(no["verdict"], Vetoed)
    ledger = compared(asked("i1", shadow=no), asked("i2"), asked("i3", silent="holds_on", purpose="exit"))
    assert [(pair.by, pair.root) for pair in ledger.recent] == [
        ("symbol_cap", ""),
        ("holds_position", "symbol_cap"),
        ("holds_on", "symbol_cap"),
    ]
    rules = ledger.results.since(None, PairTally)["v5>v6/overall/all"].rules
    assert (rules["symbol_cap"].n, rules["symbol_cap"].knock_n) == (1, 2)


def test_an_exit_of_another_size_follows_from_the_entry():
    ledger = compared(asked("i1", shadow={}, qty=0.2), asked("i2", shadow={}, qty=0.2, purpose="exit"))
    assert [(pair.by, pair.root) for pair in ledger.recent] == [("sizing", ""), ("held_quantity", "sizing")]


def filled(courses, name, net):
    """A whole trade of an intent, over but for its markouts."""
    courses.decision(intent(T0, name), decision(T0, name))
    courses.submit(submit(T0, f"c-{name}", name))
    courses.fill(fill(T0, f"c-{name}", trade_id=f"a-{name}", fee="0", position_qty="0.1"))
    courses.ended(ended(T0, name, filled_qty="0.1"))
    courses.fill(fill(T0, f"c-{name}", trade_id=f"b-{name}", side="sell", fee="0", realized=net, position_qty="0"))


def test_an_intent_is_settled_when_every_course_is_over_and_not_before():
    columns, real = {"v5": begun(0), "v6": begun(0)}, Courses()
    accounts = [real, columns["v5"].courses, columns["v6"].courses]
    for courses, net in zip(accounts, ("7", "8", "10"), strict=True):
        filled(courses, "i1", net)
    ledger = compared(asked(shadow={}), everybody=accounts)
    assert list(ledger.waiting) == ["i1"]
    for courses in accounts[:2]:
        courses.mature({}, T0 + FIVE)
    ledger.settle(columns, real, model_name="v5", now_us=T0 + FIVE)
    assert list(ledger.waiting) == ["i1"]
    accounts[2].mature({}, T0 + FIVE)
    ledger.settle(columns, real, model_name="v5", now_us=T0 + FIVE)
    assert (ledger.waiting, [courses.courses for courses in accounts]) == ({}, [{}, {}, {}])
    money = ledger.worth["v5>v6/overall/all"].money
    assert (money.n, money.live, money.shadow, money.draws.total) == (1, 8 * 10**8, 10**9, 2 * 10**8)
    assert (money.checked, money.modelled - money.real) == (1, 10**8)
    assert ledger.model.both == 1


def test_an_intent_that_nobody_works_is_not_waited_for():
    assert compared(asked(), everybody=[Courses()]).waiting == {}


def test_the_first_loop_of_a_day_notes_how_the_one_before_ended():
    ledger = compared(asked(shadow={}))
    day = T0 // DAY_US
    ledger.turn_day(T0)
    ledger.turn_day(T0 + SECOND)
    assert ledger.standings == {}
    ledger.turn_day((day + 1) * DAY_US)
    (row,) = ledger.standings["v5>v6"]
    assert (row.day, row.n, row.money_n, row.low) == (day, 1, 0, None)


@pytest.mark.parametrize(("given", "drifted"), [({}, 0), ({"qty": 0.2}, 1), ({"verdict": vetoed(), "plan": None, "qty": None}, 1)])
def test_what_the_live_pipelines_column_decides_otherwise_is_drift(given, drifted):
    question = asked()
    question.decisions["v5"] = decision(T0, "i1", **given)
    assert (compared(question).model.decisions, compared(question).model.drifted) == (1, drifted)
