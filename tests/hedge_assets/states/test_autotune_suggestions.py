"""Bounded steps in routing, on enough evidence or not at all, in a file that the executor can read."""

import random

import msgspec
import pytest

from executor.flags import read_flags
from executor.records.trading import Policy, RouterPolicy
from executor.records.tuning import RouterFile
from executor.settings import Limits, Router, Settings
from hedge_assets.document import moment
from hedge_assets.settings import Telemetry
from hedge_assets.states.autotune_suggestions import STATE, autotune_suggestions, version_of
from tests.hedge_assets.builders import BTC, DAY, ETH, HOUR, MINUTE, SECOND, T0, boot, heartbeat, quote, reject, submit
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.steered import changed, quoting, worked
from tests.hedge_assets.story import facts_of

within_steps = STATE.checks[0].holds


def build(records=(), *, router=None, environ=None, booted=True, now_us=T0 + HOUR, telemetry=None):
    start = [boot(settings=Settings(router=router or Router(), limits=Limits()))] if booted else []
    facts = facts_of([*start, *records])
    flags, lines = read_flags(environ or {}), telemetry or Telemetry()
    return autotune_suggestions(
        facts.executions, facts.services, facts.account, applied=facts.applied, now_us=now_us, telemetry=lines, flags=flags
    )


def many(costs, *, first=1, every_us=10 * SECOND, **given):
    """Intents one after another, with a quote beside each so that its mid is known."""
    found = []
    for number, cost in enumerate(costs, first):
        at = T0 + number * every_us
        found += [quote(at - SECOND, given.get("symbol", BTC)), *worked(number, at, cost_bps=cost, **given)]
    return found


def refusals(count, *, first=500):
    found = []
    for number in range(first, first + count):
        found += [submit(T0 + number * SECOND, f"c{number}", f"i{number}"), reject(T0 + number * SECOND, f"c{number}")]
    return found


def only(document):
    (row,) = document.suggestions
    return row


def test_all_null_input_gives_an_empty_valid_harmless_document():
    document = build(booted=False)
    assert (document.status, document.n, document.proposals, document.suggestions) == ("empty", 0, 0, ())
    assert (document.scores, document.kinds) == ((), ())
    assert document.reason == "no boot record with settings of this version: the routing in force is not known"
    assert build().reason == "no fill within 7d"


def test_below_the_sample_floor_nothing_is_proposed():
    row = only(build([*many([0.0] * 19), *refusals(40)]))
    assert (row.rule, row.proposed, row.n) == ("sample_floor", None, 19)
    assert row.rationale == "19 worked intents of 20 needed"
    assert (row.expected_saving_bps, row.saving_reason) == (None, "nothing is proposed")


def test_inside_every_band_nothing_is_proposed():
    row = only(build(many([0.0, 0.5] * 15)))
    assert (row.rule, row.proposed, row.current_version, row.current_since_ts) == ("inside_bands", None, "settings", None)


def test_refused_quotes_step_back_by_one_step():
    row = only(build([*many([0.0] * 30), *refusals(15)]))
    assert (row.rule, row.proposed.offset_bps) == ("step_back", 0.5)
    assert row.rationale.startswith("33.3% of 45 post-only quotes were refused (at least 21.4%), the line is 10.0%")
    assert row.saving_reason == "what a refused quote costs is not measured"


def test_dear_quoting_is_given_up_with_the_saving_and_its_interval():
    row = only(build([*many([8.0, 9.0, 10.0] * 10), *many([2.0, 3.0] * 15, first=100, step="taker")]))
    assert (row.rule, row.proposed.maker_first) == ("stop_quoting", False)
    assert row.expected_saving_bps == pytest.approx(6.5, abs=0.1)
    assert 0 < row.saving_low_bps < row.expected_saving_bps < row.saving_high_bps


def test_old_fills_are_no_evidence():
    assert build(many([0.0] * 30), now_us=T0 + 9 * DAY).suggestions == ()


def test_the_policy_in_force_is_the_one_applied_and_only_what_was_worked_under_it_counts():
    policy = quoting(0.5)
    before, after = [*many([0.0] * 30), *refusals(15)], many([0.0] * 7, first=700, policy=policy)
    row = only(build([*before, changed(T0 + 1_000 * SECOND, after=policy), *after], now_us=T0 + 3 * HOUR))
    assert (row.current.offset_bps, row.current_version, row.rule, row.proposed) == (0.5, "v1", "sample_floor", None)
    assert row.evidence.n == 7
    assert row.n == 37
    assert row.evidence_since_ts == moment(T0 + HOUR)
    assert row.rationale == "7 worked intents of 20 needed since dodge came into force"


def test_plain_settings_that_came_back_are_those_of_today():
    policy = quoting(0.5)
    back = changed(T0 + 2 * SECOND, before=policy, after=Policy())
    row = only(build([changed(T0 + SECOND, after=policy), back, *many([0.0] * 3)], router=Router(patience_s=7.0)))
    assert (row.current.patience_s, row.current.offset_bps, row.current_version) == (7.0, 0.0, "settings")


def test_an_applied_suggestion_is_scored_in_the_next_document():
    policy = quoting(0.5)
    rows = [*many([4.0, 6.0] * 15), changed(T0 + 1_000 * SECOND, after=policy, expected_bps=2.0)]
    document = build([*rows, *many([1.0, 3.0] * 15, first=700, policy=policy)], now_us=T0 + 3 * HOUR)
    (score,) = document.scores
    assert (score.version, score.kind, score.n_before, score.n, score.expected) == ("v1", "dodge", 30, 30, 2.0)
    assert score.realised == pytest.approx(3.0, abs=1e-6)
    assert score.verdict == "kept its promise"
    assert document.kinds[0].kind == "dodge"


def test_a_kind_that_lost_over_enough_marks_itself_and_proposes_nothing():
    policy = quoting(0.5)
    rows = [*many([1.0, 3.0] * 15), changed(T0 + 400 * SECOND, after=policy, rule="step_back")]
    rows += many([8.0, 9.0] * 40, first=50, policy=policy)
    rows += [*many([0.0] * 30, symbol=ETH, first=1_000), *refusals_of(ETH, 20)]
    document = build(rows, now_us=T0 + 5 * HOUR)
    (kind,) = document.kinds
    assert (kind.kind, kind.not_recommended) == ("step_back", True)
    row = next(row for row in document.suggestions if row.symbol == ETH)
    assert (row.rule, row.proposed) == ("not_recommended", None)
    assert row.rationale == kind.words


def refusals_of(symbol, count):
    found = []
    for number in range(count):
        at = T0 + 3 * HOUR + number * SECOND
        found += [submit(at, f"e{number}", f"e{number}", symbol=symbol), reject(at, f"e{number}", symbol=symbol)]
    return found


def test_suggestions_expire_and_are_named_by_what_they_propose():
    rows = [*many([0.0] * 30), *refusals(15)]
    first, second = build(rows), build([*rows, *many([0.0] * 3, first=100)], now_us=T0 + 2 * HOUR)
    assert first.expires_ts == moment(T0 + 7 * HOUR)
    assert second.suggestions[0].evidence != first.suggestions[0].evidence
    assert first.version == second.version != build().version
    assert build(many([0.0] * 30)).version == build().version


def test_each_symbol_has_its_own_row():
    assert [row.symbol for row in build([*worked(1, T0), *worked(2, T0, symbol=ETH)]).suggestions] == [BTC, ETH]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happened_no_proposal_goes_further_than_one_step_and_the_executor_can_read_it(seed):
    source, policy, rows = random.Random(seed), Policy(), []
    for number in range(1, 120):
        at, symbol = T0 + number * MINUTE, source.choice([BTC, ETH])
        if source.random() < 0.04:
            routing = RouterPolicy(maker_first=source.random() < 0.7, offset_bps=source.uniform(0, 5), reprices=source.randrange(6))
            after = Policy(router=routing, version=f"v{number}")
            rows.append(changed(at, symbol, before=policy, after=after, rule=source.choice(["dodge", "come_closer", "undo"])))
            policy = after
        step, cost = source.choice(["maker", "maker", "fallback", "taker"]), source.uniform(-20, 20)
        rows += [quote(at - SECOND, symbol), *worked(number, at, cost_bps=cost, step=step, symbol=symbol, policy=policy)]
        if source.random() < 0.3:
            rows += [submit(at, f"r{number}", f"r{number}", symbol=symbol), reject(at, f"r{number}", symbol=symbol)]
    lines = msgspec.structs.replace(Telemetry(), min_fills=source.choice([3, 10, 20]), min_scored=source.choice([3, 30]))
    document = build(rows, now_us=T0 + 3 * HOUR, telemetry=lines)
    assert within_steps(document) is None
    assert len(document.suggestions) == 2
    for row in document.suggestions:
        assert (row.expected_saving_bps is None) == (row.saving_reason is not None)
        assert row.proposed != row.current
        assert row.rationale
    assert readable(document).suggestions[0].rule == document.suggestions[0].rule


def readable(document):
    """The file as it is published, read by the executor's own shape."""
    envelope = {"schema": {"name": "autotune_suggestions", "version": 1}, "account": "paper"}
    return msgspec.json.decode(msgspec.json.encode({**envelope, **document.model_dump(mode="json")}), type=RouterFile)


def test_the_file_reads_as_the_executor_reads_it():
    document = build([*many([0.0] * 30), *refusals(15)])
    found = readable(document)
    assert (found.version, found.expires_ts, found.status) == (document.version, document.expires_ts, "ok")
    (row,) = found.suggestions
    assert (row.symbol, row.n, row.rule, row.proposed.offset_bps) == (BTC, 30, "step_back", 0.5)


def test_a_proposal_beyond_its_step_fails_the_gate():
    document = build(many([0.0] * 30))
    row = only(document)
    wild = row.model_copy(update={"proposed": row.current.model_copy(update={"offset_bps": 3.0})})
    assert within_steps(document.model_copy(update={"suggestions": (wild,)})) == (
        f"{BTC} offset_bps moved from 0.0 to 3.0, a step is at most 0.5"
    )
    few = wild.model_copy(update={"n": 3})
    assert within_steps(document.model_copy(update={"suggestions": (few,)})).startswith(f"{BTC} has a proposal on 3 intents")


def test_the_flag_that_is_off_is_named():
    document = build(many([0.0] * 30), environ={"ROUTER_AUTOTUNE_V6_ENABLED": "0"})
    assert (document.status, document.reason) == ("empty", "ROUTER_AUTOTUNE_V6_ENABLED is 0")


def test_content_of_some_fields_names_a_version():
    one, two = only(build(many([0.0] * 30))), only(build(many([0.0] * 31)))
    assert version_of("k", (one,), only={"symbol"}) == version_of("k", (two,), only={"symbol"})
    assert version_of("k", (one,)) != version_of("k", (two,))


def test_the_agreed_document():
    policy = quoting(0.5)
    rows = [*many([4.0, 6.0] * 15), *refusals(15, first=400), changed(T0 + 1_000 * SECOND, after=policy, rule="step_back")]
    rows += [*many([1.0, 3.0] * 15, first=400, policy=policy), *many([0.0, 0.5, 1.0] * 8, first=1_000, symbol=ETH), *refusals_of(ETH, 10)]
    assert_golden("autotune_suggestions", build([*rows, heartbeat(T0 + 4 * HOUR)], now_us=T0 + 4 * HOUR))


def test_of_very_many_symbols_those_traded_last_have_a_row():
    names = [f"S{n:03d}USDT" for n in range(310)]
    document = build([record for n, name in enumerate(names) for record in many([1.0], first=n, symbol=name)])
    assert (len(document.suggestions), document.left_out) == (300, 10)
    assert [row.symbol for row in document.suggestions] == names[10:]
