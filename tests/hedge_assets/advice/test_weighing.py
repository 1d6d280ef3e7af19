"""Laws of weights: names do not matter, units do not matter, likeness counts once, a lost edge gets no more than its share."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.settings import Limits, Settings
from hedge_assets.advice.scoring import Judged, KindScore
from hedge_assets.advice.weighing import Known, weigh
from hedge_assets.folds.market import SymbolMarket
from hedge_assets.folds.tally import TradeTally
from hedge_assets.settings import Telemetry
from hedge_assets.statistics.shrinkage import book_of
from hedge_assets.statistics.trade_stats import trade_stats
from tests.hedge_assets.trades import book

NAMES = ("A", "B", "C", "D", "E")
WIDE = Telemetry(weight_step_frac=1.0, max_turnover_frac=1.0, least_turnover_frac=0.0)
PLAIN = Settings(limits=Limits(max_positions=8, tier_cap_frac={"small": 9.0}, symbol_cap_frac=9.0, gross_cap_frac=9.0))

vols = st.dictionaries(st.sampled_from(NAMES), st.floats(5, 50), min_size=1)
histories = st.dictionaries(st.sampled_from(NAMES), st.lists(st.integers(-50, 60), min_size=1, max_size=60))


def returns(seed, *, common=0.0, n=100):
    own, shared = random.Random(seed), random.Random("shared")
    return [own.gauss(0, 1) + common * shared.gauss(0, 1) for _ in range(n)]


def known(by_vol, *, nets=None, series=None, in_force=None, judged=None):
    tallies = {}
    for name, earned in (nets or {}).items():
        tallies[name] = TradeTally()
        for trade in book(earned):
            tallies[name].add(trade)
    whole = TradeTally()
    for tally in tallies.values():
        whole.plus(tally)
    prior = book_of(whole.bps, strength=25.0, mature_trades=30)
    return Known(
        vols=by_vol,
        stats={name: trade_stats(name, tally, prior) for name, tally in tallies.items()},
        markets={name: SymbolMarket(symbol=name, interval=999, returns_bps=values) for name, values in (series or {}).items()},
        in_force=in_force or {},
        judged=judged or Judged(),
    )


def target(*args, plain=PLAIN, **given):
    return weigh(known(*args, **given), plain, WIDE).target


@settings(max_examples=60)
@given(vols, histories, st.permutations(NAMES), st.floats(0, 3))
def test_names_do_not_matter(by_vol, nets, order, common):
    other = dict(zip(NAMES, order, strict=True))
    series = {name: returns(name, common=common) for name in NAMES}
    plain = target(by_vol, nets=nets, series=series)
    renamed = target(
        *[{other[name]: value for name, value in by_vol.items()}],
        nets={other[name]: nets[name] for name in nets},
        series={other[name]: series[name] for name in series},
    )
    assert {other[name]: value for name, value in plain.items()} == pytest.approx(renamed, abs=1e-6)


@settings(max_examples=60)
@given(vols, histories, st.floats(0.01, 100))
def test_the_unit_of_volatility_does_not_matter(by_vol, nets, factor):
    scaled = {name: vol * factor for name, vol in by_vol.items()}
    assert target(scaled, nets=nets) == pytest.approx(target(by_vol, nets=nets), abs=1e-9)


@given(vols)
def test_without_an_edge_weights_are_in_proportion_to_one_over_volatility(by_vol):
    weights = target(
        by_vol, plain=Settings(limits=Limits(max_positions=2, tier_cap_frac={"small": 9.0}, symbol_cap_frac=9.0, gross_cap_frac=9.0))
    )
    products = [weights[name] * by_vol[name] for name in weights]
    assert products == pytest.approx([products[0]] * len(products), rel=1e-6)


def test_two_that_move_as_one_share_one_slot():
    beat, other = returns("one", n=280), returns("other", n=280)
    weights = target(dict.fromkeys("ABC", 5.0), series={"A": beat, "B": beat, "C": other})
    assert weights["A"] == pytest.approx(weights["B"])
    assert weights["A"] + weights["B"] == pytest.approx(weights["C"], rel=0.1)
    assert sum(weights.values()) == pytest.approx(3 / 8)


def test_correlations_that_are_not_known_count_as_none():
    weighed = weigh(known(dict.fromkeys("AB", 5.0), series={"A": returns("one", n=10)}), PLAIN, WIDE)
    assert weighed.target == {"A": pytest.approx(1 / 8), "B": pytest.approx(1 / 8)}
    assert set(weighed.correlations.reasons) == {"A", "B"}


@settings(max_examples=60)
@given(vols, histories, st.integers(1, 12), st.floats(0, 3))
def test_an_edge_seen_to_be_negative_never_gets_more_than_an_even_slot(by_vol, nets, slots, common):
    series = {name: returns(name, common=common) for name in NAMES}
    weighed = weigh(known(by_vol, nets=nets, series=series), Settings(limits=Limits(max_positions=slots)), WIDE)
    for name, each in weighed.candidates.items():
        if each.stats is not None and each.stats.shrunk_bps is not None and each.stats.shrunk_bps < 0:
            assert weighed.weights[name] <= weighed.room.even_frac + 1e-9


@settings(max_examples=60)
@given(vols, histories, st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1)), st.integers(1, 12))
def test_a_mature_weight_aims_no_higher_than_kelly(by_vol, nets, in_force, slots):
    weighed = weigh(known(by_vol, nets=nets, in_force=in_force), Settings(limits=Limits(max_positions=slots)), WIDE)
    for name, each in weighed.candidates.items():
        assert each.bound is None or weighed.target[name] <= max(each.bound, weighed.least) + 1e-9
        assert 0 <= weighed.weights[name] <= weighed.room.caps[name]


def test_the_surer_edge_gets_more():
    sure, unsure = [20.0, 18.0, -5.0] * 12, [20.0, -18.0, 1.0] * 12
    weights = target({"A": 5.0, "B": 5.0}, nets={"A": sure, "B": unsure})
    assert weights["A"] > weights["B"]


def judged(kind):
    row = KindScore(
        kind=kind,
        unit="usd",
        steps=1,
        n=99,
        enough=60,
        realised=-1.0,
        realised_low=-2.0,
        realised_high=-0.5,
        not_recommended=True,
        words="lost",
    )
    return Judged(kinds=(row,))


def test_a_kind_that_lost_is_not_proposed_again():
    by_vol = {"A": 4.0, "B": 8.0}
    assert max(target(by_vol, judged=judged("raised")).values()) == 1 / 8
    assert target(by_vol, judged=judged("lowered")) == {"A": 1 / 8, "B": 1 / 8}


LOSERS = {"A": [-10.0, -11.0, 3.0] * 15, "B": [-5.0, -7.0, 4.0] * 15}


def test_no_symbol_is_left_without_a_weight_to_learn_from():
    found = weigh(known({"A": 5.0, "B": 9.0}, nets=LOSERS), PLAIN, WIDE)
    assert {name: each.bound for name, each in found.candidates.items()} == {"A": 0.0, "B": 0.0}
    assert found.target == {"A": pytest.approx(0.1 / 8), "B": pytest.approx(0.1 / 8)}
    nothing = msgspec.structs.replace(WIDE, explore_frac=0.0)
    assert weigh(known({"A": 5.0, "B": 9.0}, nets=LOSERS), PLAIN, nothing).target == {"A": 0.0, "B": 0.0}


@settings(max_examples=60)
@given(vols, histories, st.integers(1, 12), st.floats(0, 1))
def test_nobody_aims_below_the_least_and_all_together_within_the_book(by_vol, nets, slots, part):
    lines = msgspec.structs.replace(WIDE, explore_frac=part)
    found = weigh(known(by_vol, nets=nets), Settings(limits=Limits(max_positions=slots)), lines)
    assert sum(found.target.values()) <= found.room.total_frac + 1e-9
    small = found.room.tier_caps["small"] / len(by_vol)
    assert all(weight >= min(part * found.room.even_frac, small) - 1e-9 for weight in found.target.values())


def test_a_proven_edge_is_not_cut_below_what_nobody_knows_anything_of():
    proven = {"A": [12.0, 11.0, -5.0] * 15}
    found = weigh(known({"A": 5.0, "B": 5.0}, nets=proven), PLAIN, WIDE)
    assert found.candidates["A"].bound > found.room.even_frac
    assert found.target["A"] > found.target["B"]


def test_kelly_binds_where_an_average_loss_would_take_more_of_nav_than_he_stakes():
    slight = [100.0, -96.0] * 20
    each = weigh(known({"A": 5.0}, nets={"A": slight}), PLAIN, WIDE).candidates["A"]
    staked = (0.5 - 0.5 / (100 / 96)) * each.trust * WIDE.kelly_frac
    assert each.bound * (8 * 0.1) * 0.096 == pytest.approx(staked)
    assert each.cap == each.bound
    assert each.bound_by.startswith("Kelly (0.020, of which 0.0")
    assert each.bound_by.endswith("where an average loss takes 9.60% of a trade)")


def test_a_symbol_without_a_weight_in_force_has_a_whole_slot_also_where_symbols_are_more_than_slots():
    names = [f"S{at:02d}" for at in range(20)]
    found = weigh(known(dict.fromkeys(names, 5.0)), PLAIN, WIDE)
    assert (found.room.even_frac, set(found.current.values())) == (0.05, {1 / 8})
    assert set(found.weights.values()) == {0.05}
    assert (found.moved.way_frac, found.moved.held_by) == (1.0, None)
