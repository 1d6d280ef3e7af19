"""Columns over real journals: the live one is the account, swapping mirrors, identical is zero, a planted limit is priced."""

import msgspec
import pytest

from hedge_assets.comparing.columns import columns_of, gain_error
from hedge_assets.folds.shadow import Shadow, is_said_again
from hedge_assets.refreshing.facts import Facts, fold, read_kept
from hedge_assets.refreshing.shadowing import Shadowed, ends_of
from hedge_assets.shadow.candidates import Candidate
from hedge_assets.shadow.placeholder import Shown
from tests.hedge_assets.builders import BTC, MINUTE, SECOND, T0, account, boot, heartbeat, quote, transfer
from tests.hedge_assets.columns import compared, journaled, shadowed
from tests.recomputed import lines

SCENARIOS = ["normal", "flash_crash", "funding_spike", "feed_outage"]
TIGHT = Candidate(name="tight", pipeline="v6", changes={"limits": {"symbol_cap_frac": 0.02}})
SAME = Candidate(name="same", pipeline="v5")
EAGER = Candidate(name="eager", pipeline="v5", changes={"strategy": {"momentum": {"threshold": 0.3}}})


@pytest.fixture(scope="module")
def normal() -> Shadow:
    return shadowed(journaled(), SAME, TIGHT, EAGER)


@pytest.mark.parametrize("live", ["v5", "v6"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_live_pipelines_column_is_the_live_account_to_the_last_digit(scenario, live):
    shadow = shadowed(journaled(scenario, live))
    kept, model = shadow.columns[live], shadow.ledger.model
    assert kept.curve.last == shadow.curve.last
    assert kept.courses.totals == shadow.real.totals
    assert (model.drifted, model.only_real, model.only_model, shadow.injected) == (0, 0, 0, 0)
    assert model.decisions == shadow.hearing.journaled > 10
    assert model.flattery_bps.mean == model.share_gap.mean == 0.0
    assert gain_error(shadow) == 0.0


@pytest.mark.parametrize("scenario", ["normal", "flash_crash"])
def test_swapping_the_live_and_the_shadow_pipeline_mirrors_every_number(scenario):
    there = compared(shadowed(journaled(scenario, "v5")), "v5", "v6")
    back = compared(shadowed(journaled(scenario, "v6")), "v6", "v5")
    assert {(cell.live, cell.shadow, cell.n) for cell in there.matrix} == {(cell.shadow, cell.live, cell.n) for cell in back.matrix}
    assert [(row.cause, row.n, row.diff_usd) for row in there.causes] == [(row.cause, row.n, -row.diff_usd) for row in back.causes]
    assert {row.rule: (row.n, row.knock_n) for row in there.rules} == {row.rule: (row.n, row.knock_n) for row in back.rules}
    assert [group.key for group in there.symbols] == [group.key for group in back.symbols]
    for one, two in zip((there.overall, *there.symbols, *there.purposes), (back.overall, *back.symbols, *back.purposes), strict=True):
        assert (one.n, one.agreed, one.live_only, one.shadow_only) == (two.n, two.agreed, two.shadow_only, two.live_only)
        money, other = one.money, two.money
        assert (money.diff_usd, money.live_usd, money.shadow_usd) == (-other.diff_usd, other.shadow_usd, other.live_usd)
        assert (money.diff_low_usd, money.diff_high_usd) == (negative(other.diff_high_usd), negative(other.diff_low_usd))
        assert one.sizes.diff_usd_p50 == negative(two.sizes.diff_usd_p50)
        assert one.sizes.larger_frac == two.sizes.smaller_frac
        assert one.costs.slippage.mean_bps == negative(two.costs.slippage.mean_bps)
    assert there.overall.money.n > 0


def negative(value):
    return None if value is None else -value


def test_identical_columns_differ_by_exactly_nothing_money_included(normal):
    found = compared(normal, "v5", "same")
    overall, money = found.overall, found.overall.money
    assert (overall.n, overall.identical_frac, overall.agree_frac) == (normal.hearing.journaled, 1.0, 1.0)
    assert all(row.n == 0 and row.diff_usd == 0 and row.stake_usd == 0 for row in found.causes)
    assert found.rules == ()
    assert money.n > 10
    assert (money.diff_usd, money.diff_low_usd, money.diff_high_usd) == (0.0, 0.0, 0.0)
    assert (overall.sizes.ratio_mean, overall.sizes.abs_diff_usd_mean, overall.costs.slippage.mean_bps) == (1.0, 0.0, 0.0)
    assert normal.columns["same"].courses == normal.columns["v5"].courses
    assert normal.columns["same"].curve == normal.columns["v5"].curve
    assert found.verdict.verdict == "keep watching"


def test_a_planted_change_of_one_limit_is_found_named_by_its_rule_and_priced(normal):
    found = compared(shadowed(journaled("normal", "v6"), TIGHT), "v6", "tight")
    direct = {row.rule: row for row in found.rules if row.rule not in ("holds_position", "holds_on", "nothing_to_close", "order_at_work")}
    assert direct["symbol_cap"].n > 10
    assert direct["symbol_cap"].settled > 5
    assert direct["symbol_cap"].diff_usd != 0
    assert sum(abs(row.diff_usd) for row in direct.values()) == pytest.approx(abs(direct["symbol_cap"].diff_usd), rel=0.5)
    limit = next(row for row in found.causes if row.cause == "limit")
    assert limit.n >= direct["symbol_cap"].n
    assert limit.worst[0].diff_usd is not None
    assert all(each.intent_id for each in limit.worst)


def test_a_candidate_with_other_strategy_parameters_asks_for_itself(normal):
    found = compared(normal, "v5", "eager")
    signal = next(row for row in found.causes if row.cause == "signal")
    assert signal.n > 0
    assert any(cell.live == "no_signal" and cell.shadow == "approved" for cell in found.matrix)
    assert not normal.running.columns["eager"].echoes


def test_every_journaled_intent_is_answered_by_every_column_once(normal):
    orders = list(lines(journaled(), "orders"))
    intents = {record["intent_id"] for record in orders if record["kind"] == "intent"}
    answered = [(pair.intent_id, pair.shadow.pipeline) for pair in normal.ledger.fresh]
    assert len(set(answered)) == len(answered)
    for name in ("v6", "same", "tight", "eager"):
        assert intents <= {intent_id for intent_id, column in answered if column == name}


def test_what_a_column_earned_is_what_its_settled_and_waiting_intents_earned(normal):
    for name in ("v6", "tight"):
        worth = normal.ledger.worth[f"v5>{name}/overall/all"].money
        waiting = [normal.columns[name].courses.courses.get(intent_id) for intent_id in normal.ledger.waiting]
        open_usd = sum(float(course.net) for course in waiting if course is not None and course.net is not None)
        assert worth.shadow / 1e8 + open_usd == pytest.approx(float(normal.columns[name].courses.totals.net_usd), abs=1e-6)


def test_columns_that_go_on_from_what_is_kept_are_those_of_one_reading(tmp_path):
    raw = journaled("flash_crash") / "raw"
    whole = shadowed(raw.parent, TIGHT)
    beats_us = [record["ts_us"] for record in lines(raw.parent, "positions") if record["kind"] == "heartbeat"]
    for share in (0.2, 0.5, 0.501, 0.9, 1.0):
        facts = fold(raw, Facts(), until_us=beats_us[round(share * (len(beats_us) - 1))])
        nothing = Shadowed(shadow=Shadow(candidates=whole.candidates))
        found = read_kept(raw, nothing, tmp_path / "kept", until_seqs=ends_of(facts))
    found.settle()
    whole.settle()
    assert stored(found.shadow) == stored(whole)


def stored(shadow: Shadow) -> bytes:
    """A shadow as it comes back from where it is kept, as bytes."""
    return msgspec.msgpack.encode(msgspec.msgpack.decode(msgspec.msgpack.encode(shadow), type=Shadow))


def test_an_executor_that_vetoes_everything_is_answered_all_the_same():
    root = journaled("normal", settings='{"limits": {"whitelist": ["NOTHING"]}}')
    free = Candidate(name="free", pipeline="v5", changes={"limits": {"whitelist": []}})
    shadow = shadowed(root, free)
    both, other = compared(shadow, "v5", "v6"), compared(shadow, "v5", "free")
    assert shadow.hearing.journaled > 30
    assert {(cell.live, cell.shadow) for cell in both.matrix} == {("whitelist", "whitelist")}
    assert both.overall.money.reason == "no intent on which either traded is settled yet"
    assert other.overall.shadow_only > 10
    assert next(row for row in other.rules if row.rule == "whitelist").settled > 0
    assert columns_of(shadow)["free"].trades > 5
    assert columns_of(shadow)["account"].trades == 0


def test_a_heartbeat_is_decided_over_the_last_view_and_nothing_follows(normal):
    before = msgspec.msgpack.encode(normal.columns["v6"].book)
    shown = normal.heartbeat(normal.newest_us + 10**9)
    assert isinstance(shown, Shown)
    assert set(shown.decisions) == {"v5", "v6", "same", "tight", "eager"}
    assert shown.decisions["v6"].slice.quote_age_s > 900
    assert msgspec.msgpack.encode(normal.columns["v6"].book) == before


def test_without_a_boot_there_is_nothing_to_decide_on():
    assert Shadow().heartbeat(T0) == "no boot record with settings of this version: start the executor"


def test_a_quote_said_again_for_a_silent_symbol_is_no_news():
    first = quote(T0, BTC)
    assert is_said_again(msgspec.structs.replace(first, ts_us=T0 + SECOND), first)
    assert not is_said_again(msgspec.structs.replace(first, bid=first.bid - 1), first)


def test_money_that_came_before_the_first_loop_is_no_loss():
    shadow = Shadow()
    beats = (account(T0 + SECOND, "101000"), account(T0 + 2 * SECOND, "101001"))
    for record in (boot(T0), quote(T0), transfer(T0 + 1, amount="1000"), *beats, heartbeat(T0 + 2 * SECOND)):
        shadow.take(record)
    assert (shadow.curve.gain, shadow.columns["v5"].curve.gain) == (1, 0)
    assert shadow.curve.trough_frac == 0.0


def test_a_deposit_before_a_period_is_no_loss_of_the_period():
    shadow = Shadow(trades_from_us=T0 + MINUTE)
    for record in (boot(T0), quote(T0), account(T0), transfer(T0 + SECOND), account(T0 + MINUTE, "101000")):
        shadow.take(record)
    assert (shadow.curve.gain, shadow.columns["v5"].curve.gain) == (0, 0)


def test_a_deposit_between_two_quiet_loops_is_in_every_columns_nav_at_the_next():
    shadow = Shadow()
    for record in (boot(T0), quote(T0), account(T0 + SECOND), transfer(T0 + SECOND + 1, amount="1000"), account(T0 + 2 * SECOND, "101000")):
        shadow.take(record)
    columns = shadow.columns.values()
    assert {(kept.curve.last.nav - kept.curve.first.nav, kept.curve.gain, kept.curve.trough_frac) for kept in columns} == {(1_000, 0, 0.0)}
