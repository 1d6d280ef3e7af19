"""What is at stake stands in one line: what is held, whether anybody trades, and no word of it looks true that is not known now."""

import dataclasses

import pytest

from executor.clock import WallClock
from hedge_assets.health.condition import Finding
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.manifest import manifest
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from hedge_assets.states.positions import Held
from ops.dashboard.boards import documents_of
from ops.dashboard.money import Holdings, Money, money, together
from tests.hedge_assets.builders import heartbeat
from tests.hedge_assets.conditions.scenes import NOW, beat, well
from tests.ops.dashboard.desks import desk
from tests.runs import STATES


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    root = tmp_path_factory.mktemp("desk")
    desk(root, loops=300)
    return survey(Place(root=root), manifest(STATES), WallClock().now_us(), conditions=conditions())


@pytest.fixture(scope="module")
def positions(found):
    return documents_of([row for row in manifest(STATES) if row.name == "positions"], found)["positions"]


@pytest.fixture
def one(positions):
    """A position of five dollars."""
    return held(positions, ("long", 5.0))


def with_scene(found, *named, **given):
    findings = tuple(Finding(name, "executor", "error", "so", "do") for name in named)
    return dataclasses.replace(found, scene=well(**given), findings=findings)


def held(document, *sides):
    names = ("opened_ts", "age_s", "strategy", "entry_reason", "fees_usd", "funding_usd", "fills", "liquidation_price")
    nothing = dict.fromkeys((*names, "liquidation_distance_frac"))
    figures = {"qty": 1.0, "entry_price": 1.0, "mark_price": 1.0, "unrealised_usd": 0.0, "unrealised_frac": 0.0, "leverage": 1}
    base = Held(symbol="BTCUSDT", side="long", notional_usd=1.0, **figures, **nothing)
    made = tuple(base.model_copy(update={"side": side, "notional_usd": usd}) for side, usd in sides)
    return document.model_copy(update={"positions": made, "orders": (), "n": len(made), "status": "ok", "reason": None})


def test_what_is_held_is_told_by_its_sides_and_that_trading_goes_on(found, positions):
    said = money(with_scene(found), held(positions, ("long", 8_396.4), ("short", 7_000.0), ("short", 953.0)))
    assert said.held == "3 positions open, long 8,396 USD, short 7,953 USD"
    assert (said.trading, said.level) == ("trading goes on", "ok")


def test_flat_is_a_word_and_no_hole(found, positions):
    assert money(with_scene(found), held(positions)).held == "flat"


@pytest.mark.parametrize(
    "case",
    [
        ("executor_dead", {"executor_is_held": False}, "nobody trades, the executor died", "error"),
        ("executor_stuck", {}, "nobody trades, the executor hangs: exits wait", "error"),
        ("", {"heartbeat": heartbeat(NOW, loop=9, halted="drawdown: 12 %")}, "no new risk is taken, exits and reductions go on", "warn"),
        ("", {"executor_is_held": False, "pulses": {"executor": beat(ended="asked to stop", age_s=99)}}, "the executor was ended", "warn"),
        ("", {"executor_is_held": False, "pulses": {}}, "nobody is seen to trade here", "unknown"),
    ],
)
def test_whoever_does_not_trade_is_told_by_what_that_means_for_what_is_held(found, one, case):
    named, given, trading, level = case
    said = money(with_scene(found, *([named] if named else []), **given), one)
    assert trading in said.trading
    assert said.level == level


def test_positions_that_are_late_missing_or_wrong_are_not_told_as_if_they_were_held_now(found, positions):
    late = [dataclasses.replace(each, late=each.name == "positions") for each in found.verdicts]
    said = money(dataclasses.replace(with_scene(found), verdicts=tuple(late)), held(positions, ("long", 5.0)))
    assert said.held.startswith("1 position open when last seen")
    assert said.level == "unknown"
    gone = [dataclasses.replace(each, condition="missing") if each.name == "positions" else each for each in found.verdicts]
    said = money(dataclasses.replace(with_scene(found), verdicts=tuple(gone)), None)
    assert (said.held, said.level, said.event_us) == ("what is held is not known: positions is missing", "unknown", None)


def account(positions, long_usd, short_usd, idle=None, *, event_us=NOW):
    """One account's money; `idle` is why it does not trade and how bad that is, null where it does."""
    known = Holdings(positions, long_usd, short_usd, 0, is_now=True)
    trading, level = idle or ("trading goes on", "ok")
    return Money(known.words, trading, level, event_us, known)


def test_accounts_are_added_up_and_are_as_old_as_the_oldest_of_them():
    said = together({"alpha": account(2, 10.0, 5.0, event_us=NOW - 7), "beta": account(1, 0.0, 3.0)})
    assert (said.held, said.trading) == ("3 positions open, long 10 USD, short 8 USD", "trading goes on")
    assert (said.level, said.event_us) == ("ok", NOW - 7)


def test_who_does_not_trade_is_named_the_worst_first_and_no_sum_hides_who_is_not_known():
    halted, dead = account(1, 5.0, 0.0, ("no new risk is taken", "warn")), account(1, 5.0, 0.0, ("nobody trades", "error"))
    said = together({"alpha": halted, "beta": dead, "gamma": account(0, 0.0, 0.0)})
    assert (said.trading, said.level) == ("beta: nobody trades (and 1 more account)", "error")
    lost = Money("what is held is not known: positions is missing", "trading goes on", "unknown")
    said = together({"alpha": account(1, 5.0, 0.0), "beta": lost})
    assert (said.held, said.trading, said.level, said.event_us) == ("what is held is not known of beta", "trading goes on", "unknown", None)
