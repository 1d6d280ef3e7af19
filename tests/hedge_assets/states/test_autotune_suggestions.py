"""Bounded steps in routing, on enough evidence or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.flags import read_flags
from executor.settings import Router, Settings
from hedge_assets.document import moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.states.autotune_suggestions import STATE, autotune_suggestions
from tests.hedge_assets.builders import BTC, DAY, ETH, HOUR, T0, boot
from tests.hedge_assets.fills import executions_of, filled, order
from tests.hedge_assets.golden import assert_golden

within_steps = STATE.checks[0].holds


def build(executions=None, *, router=None, environ=None, booted=True, now_us=T0 + HOUR):
    boots = [boot(settings=Settings(router=router or Router()))] if booted else []
    return autotune_suggestions(
        executions or Executions(),
        Services(boots=boots),
        Account(),
        now_us=now_us,
        telemetry=Telemetry(),
        flags=read_flags(environ or {}),
    )


def quoted(costs, *, first=1, step="maker", **given):
    rows = [filled(number, cost_bps=cost, step=step, **given) for number, cost in enumerate(costs, first)]
    return rows, [order(number, step="maker") for number, _ in enumerate(costs, first)]


def only(document):
    (row,) = document.suggestions
    return row


def test_all_null_input_gives_an_empty_valid_harmless_document():
    document = build(booted=False)
    assert (document.status, document.n, document.proposals, document.suggestions) == ("empty", 0, 0, ())
    assert document.reason == "no boot record with settings of this version: the routing in force is not known"
    assert build().reason == "no fill within 7 days"


def test_below_the_sample_floor_nothing_is_proposed():
    row = only(build(executions_of(*quoted([50.0] * 19))))
    assert row.proposed is None
    assert row.rationale == "19 worked intents of 20 needed"
    assert row.expected_saving_bps is None


def test_inside_every_band_nothing_is_proposed():
    row = only(build(executions_of(*quoted([0.0, 0.5] * 15))))
    assert (row.rule, row.proposed) == ("inside_bands", None)
    assert row.saving_reason == "nothing is proposed"


def test_a_desk_that_only_takes_gives_nothing_to_judge_quoting_by():
    row = only(build(executions_of([filled(number, step="taker") for number in range(30)])))
    assert row.rationale == "all 30 worked intents were taken at once: there is nothing to judge quoting by"


def test_refused_quotes_step_back_by_one_step():
    rows, orders = quoted([0.0] * 30)
    refused = [order(number, outcome="rejected") for number in range(100, 110)]
    row = only(build(executions_of(rows, orders + refused)))
    assert (row.rule, row.proposed.offset_bps) == ("step_back", 0.5)
    assert row.rationale.startswith("25.0% of 40 post-only quotes were refused, the line is 10.0%")
    assert row.saving_reason == "what a refused quote costs is not measured"


def test_dear_quoting_is_given_up_with_the_saving_and_its_interval():
    slow, orders = quoted([8.0, 9.0, 10.0] * 10)
    fast = [filled(number, cost_bps=2.0 + number % 2, step="taker") for number in range(100, 130)]
    row = only(build(executions_of(slow + fast, orders)))
    assert (row.rule, row.proposed.maker_first) == ("stop_quoting", False)
    assert row.expected_saving_bps == pytest.approx(6.5, abs=0.1)
    assert 0 < row.saving_low_bps < row.expected_saving_bps < row.saving_high_bps


def test_cheap_quoting_is_taken_up():
    slow, orders = quoted([0.0, 1.0] * 15)
    fast = [filled(number, cost_bps=5.0 + number % 2, step="taker") for number in range(100, 130)]
    row = only(build(executions_of(slow + fast, orders), router=Router(maker_first=False)))
    assert (row.rule, row.proposed.maker_first) == ("start_quoting", True)


def test_a_market_that_runs_through_our_quotes_is_dodged():
    rows, orders = quoted([0.0] * 30, markouts_bps=[0.0, 0.0, 0.0, -6.0, 0.0])
    row = only(build(executions_of(rows, orders)))
    assert (row.rule, row.proposed.offset_bps) == ("dodge", 0.5)


def test_many_fallbacks_come_closer_then_quote_again_then_wait_longer():
    clean, first = quoted([0.0, 0.2] * 5)
    fell, second = quoted([6.0, 6.4] * 10, first=50, step="fallback")
    executions = executions_of(clean + fell, first + second)
    assert only(build(executions, router=Router(offset_bps=0.3))).proposed.offset_bps == 0.0
    assert only(build(executions)).proposed.reprices == 3
    row = only(build(executions, router=Router(reprices=5)))
    assert row.proposed.patience_s == 12.5
    assert row.expected_saving_bps == pytest.approx(6.1 * (20 / 30 - 0.5), abs=0.05)


def test_old_fills_are_no_evidence():
    assert build(executions_of(*quoted([0.0] * 30)), now_us=T0 + 8 * DAY).suggestions == ()


def test_suggestions_expire_and_are_named_by_their_content():
    executions = executions_of(*quoted([0.0] * 30))
    first, second = build(executions), build(executions, now_us=T0 + 2 * HOUR)
    assert first.expires_ts == moment(T0 + 7 * HOUR)
    assert first.version == second.version
    assert first.version != build().version


def test_each_symbol_has_its_own_row():
    rows = [filled(1), filled(2, symbol=ETH)]
    assert [row.symbol for row in build(executions_of(rows)).suggestions] == [BTC, ETH]


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.sampled_from(["maker", "fallback", "taker"]), st.booleans()), max_size=60),
    st.builds(Router, maker_first=st.booleans(), offset_bps=st.floats(0, 5), reprices=st.integers(0, 5)),
)
def test_whatever_happened_no_proposal_goes_further_than_one_step(rows, router):
    fills = [filled(number, cost_bps=cost, step=step) for number, (cost, step, _) in enumerate(rows, 1)]
    orders = [
        order(number, step="taker" if step == "taker" else "maker", outcome="rejected" if refused else "filled")
        for number, (_, step, refused) in enumerate(rows, 1)
    ]
    document = build(executions_of(fills, orders), router=router)
    assert within_steps(document) is None
    for row in document.suggestions:
        assert (row.expected_saving_bps is None) == (row.saving_reason is not None)
        assert row.proposed != row.current


def test_a_proposal_beyond_its_step_fails_the_gate():
    document = build(executions_of(*quoted([0.0] * 30)))
    row = only(document)
    wild = row.model_copy(update={"proposed": row.current.model_copy(update={"offset_bps": 3.0})})
    assert within_steps(document.model_copy(update={"suggestions": (wild,)})) == (
        f"{BTC} offset_bps moved from 0.0 to 3.0, a step is at most 0.5"
    )


def test_the_flag_that_is_off_is_named():
    document = build(executions_of(*quoted([0.0] * 30)), environ={"ROUTER_AUTOTUNE_V6_ENABLED": "0"})
    assert (document.status, document.reason) == ("empty", "ROUTER_AUTOTUNE_V6_ENABLED is 0")


def test_the_agreed_document():
    rows, orders = quoted([0.0, 0.5, 1.0] * 8)
    refused = [order(number, outcome="rejected") for number in range(100, 110)]
    assert_golden("autotune_suggestions", build(executions_of(rows, orders + refused)))
