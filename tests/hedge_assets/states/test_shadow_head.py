"""The newest shadow decision, and a marked one when nobody wished for anything."""

from executor.flags import read_flags
from executor.settings import Limits, Settings
from hedge_assets.document import moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.shadow import Shadow
from hedge_assets.settings import Telemetry
from hedge_assets.states.shadow_head import STATE, shadow_head
from tests.hedge_assets.builders import (
    BTC,
    ETH,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    account,
    boot,
    decision,
    heartbeat,
    intent,
    quote,
    slice_of,
    vetoed,
)
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.pairs import running


def build(records=(), *, now_us=T0 + SECOND, environ=None):
    shadow, books = Shadow(), Account()
    for record in records:
        shadow.take(record)
        books.take(record)
    return shadow_head(shadow, books, now_us=now_us, telemetry=Telemetry(), flags=read_flags(environ or {}))


def decided(number=1, *, ts_us=T0, symbol=BTC, **given):
    """A loop in which the live desk was asked."""
    view = slice_of(ts_us, symbol)
    return [
        intent(ts_us, f"i{number}", symbol),
        decision(ts_us, f"i{number}", symbol, **{"slice": view, **given}),
        account(ts_us),
        heartbeat(ts_us),
    ]


def test_without_journals_there_is_a_valid_empty_document():
    document = build()
    assert (document.status, document.n, document.head, document.event_us) == ("empty", 0, None, None)
    assert document.reason == "no intent yet, and no heartbeat decision: no boot record with settings of this version: start the executor"
    assert document.model_validate_json(document.model_dump_json()) == document


def test_an_executor_without_intents_gets_a_heartbeat_decision_that_counts_for_nothing():
    document = build(running())
    assert document.head.heartbeat
    assert document.head.intent["strategy"] == "heartbeat"
    assert (document.head.live.pipeline, document.head.shadow.pipeline) == ("v5", "v6")
    assert document.head.shadow.verdict == "approved"
    assert document.head.shadow.route["style"] == "maker"
    assert document.head.decided_ts == moment(T0 + SECOND)
    assert (document.status, document.n, document.journaled) == ("empty", 0, 0)
    assert [counts.n for counts in document.counts] == [0, 0, 0]


def test_a_fresh_intent_is_the_head_whole():
    document = build([*running(), *decided(ts_us=T0 + SECOND)])
    assert not document.head.heartbeat
    assert (document.status, document.n) == ("ok", 1)
    assert document.head.intent["intent_id"] == "i1"
    assert document.head.view["bid"] == 49_999.5
    assert document.head.live.qty == 0.1
    assert document.head.shadow.pipeline == "v6"
    assert document.head.shadow.risk["checks"]
    assert document.head.shadow.qty != document.head.live.qty


def test_the_live_answer_is_what_was_journaled_even_where_its_column_decides_otherwise():
    document = build([*running(), *decided(ts_us=T0 + SECOND, verdict=vetoed("error_breaker"))])
    assert (document.head.live.rule, document.head.shadow.verdict) == ("error_breaker", "approved")
    assert document.counts[-1].live == {"error_breaker": 1}


def test_a_shadow_that_did_not_ask_says_why():
    document = build([*running(), *decided(1, ts_us=T0 + SECOND), *decided(2, ts_us=T0 + 2 * SECOND, verdict=vetoed("cooldown"))])
    assert document.head.shadow is None
    assert document.head.shadow_silent == "order_at_work"
    assert document.head.live.rule == "cooldown"


def test_ten_quiet_minutes_bring_a_heartbeat_and_keep_the_last_intent():
    late = T0 + 11 * MINUTE
    document = build([*running(), *decided(), quote(late), account(late), heartbeat(late)], now_us=late)
    assert document.head.heartbeat
    assert document.last_intent_ts == moment(T0)
    assert document.n == 1
    assert document.newest_by_verdict[0].intent["intent_id"] == "i1"


def test_a_heartbeat_over_a_dead_market_is_vetoed_for_it():
    document = build(running(), now_us=T0 + HOUR)
    assert document.head.heartbeat
    assert document.head.shadow.rule in {"stale_nav", "stale_quote"}
    assert document.head.decided_ts == moment(T0 + HOUR)


def test_the_heartbeat_takes_the_symbol_quoted_last_of_the_universe():
    document = build([*running(), quote(T0 + SECOND, ETH, 3_000.0), quote(T0 + 2 * SECOND, "DOGEUSDT", 0.1)], now_us=T0 + 2 * SECOND)
    assert document.head.intent["symbol"] == ETH


def test_heartbeats_obey_the_limits_the_executor_started_with():
    strict = boot(settings=Settings(limits=Limits(whitelist=(ETH,))))
    document = build([*running(), strict], now_us=T0)
    assert document.head.shadow.rule == "whitelist"


def test_every_answer_is_counted_by_rule_and_the_newest_of_each_two_kept():
    late = T0 + 2 * HOUR
    records = [
        *running(),
        quote(T0, ETH, 50_000.0),
        *decided(1),
        *decided(2, symbol=ETH, verdict=vetoed("cooldown")),
        quote(late),
        *decided(3, ts_us=late, verdict=vetoed("burst")),
    ]
    document = build(records, now_us=late + SECOND)
    assert {head.live.rule or "approved" for head in document.newest_by_verdict} == {"approved", "cooldown", "burst"}
    by_period = {counts.period: counts for counts in document.counts}
    assert by_period["hour"].live == {"burst": 1}
    assert by_period["day"].live == {"approved": 1, "burst": 1, "cooldown": 1}
    assert by_period["all"].symbols == {BTC: 2, ETH: 1}


def test_when_the_candidate_trades_the_incumbent_is_the_shadow():
    document = build([boot(pipeline="v6"), *running()[1:]])
    assert (document.head.live.pipeline, document.head.shadow.pipeline) == ("v6", "v5")


def test_the_flag_that_is_off_is_named():
    document = build([*running(), *decided()], environ={"PIPELINE_V6_SHADOW_ENABLED": "0"})
    assert (document.status, document.reason, document.head) == ("empty", "PIPELINE_V6_SHADOW_ENABLED is 0", None)


def test_counts_that_do_not_add_up_fail_the_check():
    document = build([*running(), *decided()])
    wrong = document.model_copy(update={"counts": (document.counts[0].model_copy(update={"n": 7}),)})
    assert STATE.checks[0].holds(document) is None
    assert STATE.checks[0].holds(wrong) == "counts of the hour do not add up to n = 7"


def test_the_agreed_document():
    assert_golden("shadow_head", build([*running(), *decided(), *decided(2, ts_us=T0 + SECOND, symbol=BTC, verdict=vetoed())]))
