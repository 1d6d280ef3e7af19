"""Pairs are counted once, settled when everybody is done, and a day's end is noted."""

import msgspec
import pytest

from executor.records.trading import Vetoed
from hedge_assets.shadow.comparison import PairTally, Worth
from hedge_assets.shadow.courses import Courses
from hedge_assets.shadow.kept import begun
from hedge_assets.shadow.ledger import DAY_US, RECENT_KEPT, WAITING_KEPT, Asked, Ledger, Standing, standing, widest
from hedge_assets.shadow.money import Settled
from hedge_assets.shadow.pairs import outcome, silence
from hedge_assets.shadow.resampling import Bounds
from tests.hedge_assets.builders import BTC, ETH, HOUR, SECOND, T0, decision, ended, fill, intent, submit, vetoed

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


def test_a_silence_before_anything_parted_the_two_has_no_root_and_other_symbols_have_their_own():
    no = {"verdict": vetoed("symbol_cap"), "plan": None}
    apart = asked("i2")
    apart = msgspec.structs.replace(apart, intent=intent(T0, "i2", ETH))
    ledger = compared(asked("i0"), asked("i1", shadow=no), apart)
    assert [(pair.symbol, pair.by, pair.root) for pair in ledger.recent] == [
        (BTC, "holds_position", ""),
        (BTC, "symbol_cap", ""),
        (ETH, "holds_position", ""),
    ]


def test_only_a_difference_that_parts_them_is_remembered_as_one():
    no = {"verdict": vetoed("symbol_cap"), "plan": None}
    ledger = compared(asked("i1", shadow=no), asked("i2", shadow={}), asked("i3"))
    assert ledger.parted == {f"v5>v6 {BTC}": "symbol_cap"}
    assert [pair.causes for pair in ledger.recent] == [("limit",), (), ("signal",)]
    assert ledger.recent[-1].root == "symbol_cap"


def wished_by(name):
    """A question that the column of this name alone came up with."""
    own = decision(T0, "own")
    outcomes = {each: outcome(own, each) if each == name else silence(each, "no_signal") for each in ("v5", "v6", "mine")}
    made = {"pipeline": "v5", "is_journaled": False, "live": None, "decisions": {name: own}, "outcomes": outcomes, "regime": "calm"}
    return Asked(intent=intent(T0, "own"), **made)


@pytest.mark.parametrize(("name", "between"), [("mine", ["v5>mine"]), ("v6", ["v5>v6"]), ("v5", ["v5>v6", "v5>mine"])])
def test_what_one_column_alone_wished_is_between_it_and_the_live_one(name, between):
    ledger = compared(wished_by(name))
    assert [pair.name for pair in ledger.recent] == between
    assert (ledger.model.decisions, ledger.pairs) == (0, len(between))


def test_pairs_are_numbered_for_ever_and_only_the_newest_are_rows():
    ledger = compared(*(asked(f"i{number}", shadow={}) for number in range(RECENT_KEPT + 10)))
    assert [pair.number for pair in ledger.fresh] == list(range(1, RECENT_KEPT + 11))
    assert [pair.number for pair in ledger.recent] == list(range(11, RECENT_KEPT + 11))
    assert ledger.results.since(None, PairTally)["v5>v6/overall/all"].n == RECENT_KEPT + 10


def test_the_newest_decisions_are_kept_whole_by_what_was_answered():
    ledger = compared(asked("i1", shadow={}), asked("i2"))
    assert set(ledger.by_verdict) == {"v5>v6 approved approved", "v5>v6 approved holds_position"}
    newest = ledger.head["v5>v6"]
    assert (newest.intent.intent_id, newest.live.intent_id, newest.shadow, newest.shadow_silent) == ("i2", "i2", None, "holds_position")


def test_an_intent_that_the_live_desk_was_not_asked_says_nothing_of_the_model():
    columns = {name: begun(0) for name in ("v5", "v6", "mine")}
    filled(columns["mine"].courses, "own", "9")
    ledger = compared(wished_by("mine"), everybody=[kept.courses for kept in columns.values()])
    columns["mine"].courses.mature({}, T0 + FIVE)
    ledger.settle(columns, Courses(), model_name="v5", now_us=T0 + FIVE)
    money = ledger.worth["v5>mine/overall/all"].money
    assert (money.n, money.draws.total, money.checked, ledger.model.both) == (1, 9 * 10**8, 0, 0)
    assert "v5>v6/overall/all" not in ledger.worth


def test_money_goes_to_every_group_and_to_the_rule_that_made_the_difference():
    columns, real = {"v5": begun(0), "v6": begun(0)}, Courses()
    no = {"verdict": vetoed("symbol_cap"), "plan": None}
    filled(columns["v5"].courses, "i1", "-7")
    ledger = compared(asked("i1", shadow=no), everybody=[columns["v5"].courses])
    columns["v5"].courses.mature({}, T0 + FIVE)
    ledger.settle(columns, real, model_name="v5", now_us=T0 + FIVE)
    assert {key.partition("/")[2]: worth.money.draws.total for key, worth in ledger.worth.items()} == dict.fromkeys(
        ("overall/all", "symbols/BTCUSDT", "strategies/momentum", "regimes/calm", "purposes/entry"), 7 * 10**8
    )
    cap = ledger.results.since(None, PairTally)["v5>v6/overall/all"].rules["symbol_cap"]
    assert (cap.n, cap.settled, cap.diff, cap.error) == (1, 1, 7 * 10**8, -7 * 10**8)


def test_what_nobody_traded_is_settled_without_money():
    columns, real = {"v5": begun(0), "v6": begun(0)}, Courses()
    for courses in (real, columns["v5"].courses):
        courses.decision(intent(T0, "i1"), decision(T0, "i1"))
    ledger = compared(asked(), everybody=[real])
    for courses in (real, columns["v5"].courses):
        courses.ended(ended(T0, "i1", filled_qty="0", unfilled_qty="0.1"))
    ledger.settle(columns, real, model_name="v5", now_us=T0)
    assert (ledger.waiting, ledger.worth["v5>v6/overall/all"].money.n, ledger.lost) == ({}, 0, 0)


def test_what_is_waited_for_is_bounded_and_what_is_lost_is_counted():
    question, everybody = asked(shadow={}), Courses()
    everybody.decision(question.intent, question.live)
    course = everybody.courses["i1"]
    names = [f"i{number}" for number in range(WAITING_KEPT + 3)]
    everybody.courses = dict.fromkeys(names, course)
    ledger = compared(*(msgspec.structs.replace(question, intent=intent(T0, name)) for name in names), everybody=[everybody])
    assert (len(ledger.waiting), ledger.lost, next(iter(ledger.waiting))) == (WAITING_KEPT, 3, "i3")


def test_a_standing_has_the_wider_of_both_ways_of_drawing():
    assert widest(Bounds(1.0, 5.0), Bounds(2.0, 9.0)) == Bounds(1.0, 9.0)
    assert widest(Bounds(1.0, 5.0), None) is widest(None, Bounds(1.0, 5.0)) is None


def test_standings_know_the_money_of_their_day():
    worth = Worth()
    for number in range(12):
        sides = {"live": None, "shadow": course_of(str(number)), "real": None, "model": None, "is_real": False}
        worth.add(Settled(intent_id=f"i{number}", decided_us=T0 + number * HOUR, **sides), whole=True)
    row = standing(20_000, 40, worth)
    assert (row.day, row.n, row.money_n, row.diff) == (20_000, 40, 12, 66 * 10**8)
    assert row.low < row.diff < row.high
    assert standing(20_000, 0, None) == Standing(day=20_000, n=0, money_n=0, diff=0, low=None, high=None)


def course_of(net):
    courses = Courses()
    filled(courses, "i1", net)
    return courses.courses["i1"]
