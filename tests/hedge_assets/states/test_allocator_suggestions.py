"""The book shared out: bounded, explained, and harmless without facts."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.flags import read_flags
from executor.records.trading import Policy
from executor.records.tuning import AllocatorFile
from executor.settings import Limits, Settings
from hedge_assets.document import moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.applied import Applied, Gains
from hedge_assets.folds.ledger import Ledger
from hedge_assets.folds.market import Market, SymbolMarket
from hedge_assets.folds.services import Services
from hedge_assets.settings import Telemetry
from hedge_assets.states.allocator_suggestions import STATE, allocator_suggestions
from hedge_assets.states.expectancy import expectancy
from hedge_assets.states.risk_snapshot import RiskSnapshot
from tests.hedge_assets.builders import BTC, ETH, HOUR, MINUTE, T0, boot, instrument
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.trades import closed, ledger_of

NOW = T0 + HOUR
within_bounds = STATE.checks[0].holds


def snapshot(mode="ok", reason="every measure is inside its lines"):
    nothing = dict.fromkeys(
        ("gross_usd", "net_usd", "leverage", "exposed_usd", "open_positions", "halted_reason", "pipeline", "veto_frac_24h")
    )
    counts = {"n": 0, "decisions_24h": 0, "vetoed_24h": 0, "halted": False, "rooms": (), "vetoes": ()}
    return RiskSnapshot(status="ok", reason=None, event_us=NOW, mode=mode, mode_reason=reason, **nothing, **counts)


def build(
    vols,
    trades=(),
    *,
    booted=True,
    mode="ok",
    environ=None,
    symbols=None,
    max_positions=8,
    applied=None,
    returns=None,
    telemetry=None,
    limits=None,
):
    flags, account, telemetry = read_flags(environ or {}), Account(), telemetry or Telemetry()
    ledger = ledger_of(list(trades)) if trades else Ledger()
    settings = Settings(limits=limits or Limits(max_positions=max_positions))
    rules = tuple(instrument(symbol) for symbol in (symbols or (BTC, ETH)))
    return allocator_suggestions(
        expectancy(ledger, account, now_us=NOW, telemetry=telemetry, flags=flags),
        snapshot(mode),
        Market(symbols={name: seen(name, vol, (returns or {}).get(name, [])) for name, vol in vols.items()}),
        applied=applied or Applied(),
        services=Services(boots=[boot(settings=settings, instruments=rules)] if booted else []),
        now_us=NOW,
        telemetry=telemetry,
        flags=flags,
    )


def seen(symbol, vol_bps, returns_bps):
    return SymbolMarket(symbol=symbol, vol_bps=vol_bps, interval=NOW // (5 * MINUTE) - 1, returns_bps=list(returns_bps))


def run(symbol, nets, first=1):
    return [closed(net, n, symbol=symbol, opened_us=T0, closed_us=T0 + n) for n, net in enumerate(nets, first)]


def weights(document):
    return {row.symbol: row.weight_frac for row in document.weights}


def test_all_null_input_gives_an_empty_valid_harmless_document():
    document = build({}, booted=False, mode=None)
    assert (document.correlations.reason, document.tiers, document.turnover_frac) == ("no symbol has a weight", (), None)
    assert (document.status, document.n, document.weights, document.total_frac) == ("empty", 0, (), None)
    assert document.reason == "no boot record with settings of this version: the universe is not known"
    assert within_bounds(document) is None


def test_unknown_volatility_excludes_a_symbol_by_name_and_so_does_stillness():
    document = build({BTC: None, ETH: 0.0})
    assert (document.status, document.reason) == ("empty", "no symbol's volatility is known yet")
    assert [(row.symbol, row.reason[:20]) for row in document.excluded] == [(BTC, "volatility is not kn"), (ETH, "volatility is 0: sti")]


def test_equal_symbols_keep_an_even_book():
    document = build({BTC: 5.0, ETH: 5.0})
    assert weights(document) == {BTC: pytest.approx(1 / 8), ETH: pytest.approx(1 / 8)}
    assert document.turnover_frac == pytest.approx(0.0)
    assert "edge does not count yet (no closed trade)" in document.weights[0].rationale


def test_the_calmer_symbol_gets_more():
    by_symbol = weights(build({BTC: 4.0, ETH: 8.0}))
    assert by_symbol[BTC] == pytest.approx(2 * by_symbol[ETH])


def test_an_immature_edge_does_not_count():
    trades = run(BTC, [50.0] * 10 + [-1.0])
    assert weights(build({BTC: 5.0, ETH: 5.0}, trades)) == weights(build({BTC: 5.0, ETH: 5.0}))


def test_a_mature_loser_is_cut_to_what_a_step_allows():
    trades = run(BTC, [-10.0, -11.0, 3.0] * 15) + run(ETH, [12.0, 11.0, -5.0] * 15, 100)
    document = build({BTC: 5.0, ETH: 5.0}, trades)
    loser, winner = document.weights
    assert (loser.kelly_frac, loser.kelly_cap_frac) == (0.0, 0.0)
    assert loser.weight_frac < winner.weight_frac
    assert loser.weight_frac == pytest.approx(1 / 8 - 0.10)
    assert loser.symbol_cap_frac == pytest.approx(0.25 * loser.weight_frac * 8)
    assert 0 < winner.baker_mchale_frac < 1
    assert loser.target_weight_frac == pytest.approx(0.1 / 8)
    assert "kept at 0.013 by telemetry.explore_frac, so that evidence goes on coming, though Kelly (0.000, of which" in loser.rationale


def test_more_symbols_than_slots_sum_to_what_their_tier_may_hold():
    names = tuple(f"S{n:02d}USDT" for n in range(20))
    document = build(dict.fromkeys(names, 5.0), symbols=names)
    [tier] = document.tiers
    assert (tier.tier, tier.most_weight_frac, tier.nav_cap_frac) == ("small", pytest.approx(0.5 / 0.8), pytest.approx(0.5))
    assert sum(weights(document).values()) == pytest.approx(0.625, abs=1e-4)


@pytest.mark.parametrize(("mode", "total"), [("ok", 1.0), ("warn", 0.75), ("defensive", 0.4), ("halted", 0.0)])
def test_the_total_goes_by_the_risk_mode_and_the_weights_do_not(mode, total):
    document = build({BTC: 5.0}, mode=mode)
    assert (document.total_frac, document.total_in_weights) == (total, False)
    assert document.nav_frac == pytest.approx(0.125 * 8 * 0.10 * total)
    assert weights(document) == weights(build({BTC: 5.0}))


def test_suggestions_expire_and_are_named_by_their_content():
    document = build({BTC: 5.0, ETH: 5.0})
    assert document.expires_ts == moment(NOW + 6 * HOUR)
    assert document.version == build({BTC: 5.0, ETH: 5.0}).version
    assert document.version != build({BTC: 5.0, ETH: 6.0}).version


@given(
    st.dictionaries(st.sampled_from("ABCDEFGHIJ"), st.floats(0, 1e4), min_size=1),
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(-50, 60)), max_size=120),
    st.integers(1, 12),
)
def test_whatever_happened_weights_stay_within_their_bounds(vols, rows, max_positions):
    trades = [closed(net, n, symbol=symbol, opened_us=T0, closed_us=T0 + n) for n, (symbol, net) in enumerate(rows, 1)]
    document = build(vols, trades, symbols=tuple(vols), max_positions=max_positions)
    assert within_bounds(document) is None
    assert all(row.symbol_cap_frac <= 0.25 + 1e-12 for row in document.weights)


def test_weights_beyond_one_fail_the_gate():
    document = build({BTC: 5.0})
    wild = document.weights[0].model_copy(update={"weight_frac": 1.2})
    assert within_bounds(document.model_copy(update={"weights": (wild,)})) == "weights sum to 1.200000, at most 0.125 is allowed"


def test_the_flag_that_is_off_is_named():
    document = build({BTC: 5.0}, environ={"FEEDBACK_ALLOCATOR_V6_ENABLED": "0"})
    assert (document.status, document.reason, document.weights) == ("empty", "FEEDBACK_ALLOCATOR_V6_ENABLED is 0", ())


def test_the_written_file_is_what_the_executor_reads():
    document = build({BTC: 5.0, ETH: 7.0}, run(BTC, [5.0, -3.0] * 20))
    head = {"schema": {"name": "allocator_suggestions", "version": 1}, "account": "paper"}
    found = msgspec.json.decode(json.dumps({**head, **document.model_dump(mode="json")}), type=AllocatorFile)
    assert [(row.symbol, row.n, row.weight_frac) for row in found.weights] == [
        (row.symbol, row.n, row.weight_frac) for row in document.weights
    ]
    assert (found.version, found.expires_ts, found.made_ts) == (document.version, document.expires_ts, document.made_ts)


def test_rows_say_whether_the_executor_will_take_them():
    btc, eth = build({BTC: 5.0, ETH: 5.0}, run(BTC, [5.0, -3.0] * 20)).weights
    assert (btc.applicable, btc.why_not) == (True, None)
    assert (eth.applicable, eth.why_not) == (False, "0 closed trades, apply.min_trades is 30")


def in_force(**weights):
    return Applied(in_force={name: Policy(weight_frac=weight, weight_version="v") for name, weight in weights.items()})


def test_a_step_starts_from_the_weights_in_force():
    rows = build({BTC: 4.0, ETH: 8.0}, applied=in_force(BTCUSDT=0.20)).weights
    assert [row.current_weight_frac for row in rows] == [0.20, 1 / 8]
    assert rows[0].weight_frac == pytest.approx(1 / 6, abs=1e-6)


def test_the_whole_book_moves_no_further_than_its_turnover():
    telemetry = Telemetry(max_turnover_frac=0.02)
    document = build({BTC: 4.0, ETH: 8.0}, telemetry=telemetry)
    assert document.turnover_frac == pytest.approx(0.02, abs=1e-5)
    assert document.held_by == "turnover would be 0.042, the most is 0.02"
    assert document.weights[0].rationale.endswith(document.held_by)


def test_weights_at_rest_keep_their_version_and_do_not_flap():
    held = in_force(BTCUSDT=0.165, ETHUSDT=0.085)
    first, second = build({BTC: 4.0, ETH: 8.0}, applied=held), build({BTC: 4.01, ETH: 8.0}, applied=held)
    assert weights(first) == {BTC: 0.165, ETH: 0.085}
    assert (first.way_frac, first.version) == (0.0, second.version)
    assert first.held_by == "a turnover of 0.002 is below the least of 0.01"


def test_raising_that_lost_is_not_suggested_again():
    lost = Gains(symbol=BTC, version="v", weight_frac=0.2, scale=1.6, since_us=NOW - HOUR, last_us=NOW)
    for n in range(70):
        lost.gain_usd.add(-5.0 - n % 3)
    document = build({BTC: 4.0, ETH: 8.0}, applied=Applied(gains={f"{BTC}|v": lost}))
    assert [(kind.kind, kind.not_recommended) for kind in document.kinds] == [("raised", True)]
    assert max(weights(document).values()) <= 1 / 8


def test_the_agreed_document():
    trades = run(BTC, [-10.0, -11.0, 3.0] * 15) + run(ETH, [12.0, 11.0, -5.0] * 15, 100)
    wave = [(n * 7 % 11) - 5.0 for n in range(60)]
    returns = {BTC: wave, ETH: [value + (n * 5 % 13) - 6.0 for n, value in enumerate(wave)]}
    assert_golden("allocator_suggestions", build({BTC: 5.0, ETH: 7.0}, trades, returns=returns))


def test_what_may_not_be_traded_takes_nothing_of_the_book():
    document = build({BTC: 5.0, ETH: 5.0}, limits=Limits(whitelist=(ETH,)))
    assert weights(document) == {ETH: 1 / 8}
    assert [(row.symbol, row.reason) for row in document.excluded] == [(BTC, "not in limits.whitelist: it may not be traded")]
    nobody = build({BTC: 5.0}, limits=Limits(whitelist=("XRPUSDT",)))
    assert (nobody.status, nobody.reason) == ("empty", "limits.whitelist names no symbol of the universe")


def test_a_universe_too_large_is_cut_to_what_matters_most():
    names = tuple(f"S{n:04d}USDT" for n in range(3000))
    last = names[-1]
    document = build(dict.fromkeys(names, 5.0), run(last, [5.0, -3.0] * 20), symbols=names, applied=in_force(**{names[-2]: 0.001}))
    assert (document.n, document.excluded_n, len(document.excluded)) == (200, 2800, 200)
    assert {last, names[-2]} <= set(weights(document))
    assert document.excluded[0].reason.startswith("200 symbols are weighed")
    assert within_bounds(document) is None
    assert len(document.model_dump_json()) < 1024 * 1024
