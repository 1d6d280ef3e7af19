"""Columns over a past period: named, run from a moment on, followed while journals grow, refused in words."""

import pytest

from executor.errors import HedgeError, SettingsError
from hedge_assets.settings import Place, Telemetry
from hedge_assets.shadow.candidates import PLAIN
from hedge_assets.trials.periods import Period, named, run_columns
from tests.hedge_assets.columns import compared, journaled, shadowed
from tests.recomputed import lines

V5, V6 = PLAIN


@pytest.fixture(scope="module")
def place() -> Place:
    return Place(root=journaled())


@pytest.fixture(scope="module")
def beats_us() -> list[int]:
    return [record["ts_us"] for record in lines(journaled(), "positions") if record["kind"] == "heartbeat"]


def test_a_column_is_a_pipeline_a_candidate_of_the_settings_or_a_file(tmp_path):
    file = tmp_path / "small.toml"
    file.write_text('pipeline = "v5"\n[limits]\ntrade_frac = 0.01\n')
    telemetry = Telemetry(candidates={"tight": {"limits": {"symbol_cap_frac": 0.1}}})
    assert named("v6", telemetry) == V6
    assert named("tight", telemetry).changes == {"limits": {"symbol_cap_frac": 0.1}}
    assert (named(str(file), telemetry).name, named(str(file), telemetry).pipeline) == ("small", "v5")
    with pytest.raises(SettingsError, match="column was 'v7', known are v5, v6, tight; name one of them"):
        named("v7", telemetry)
    with pytest.raises(SettingsError, match=r"the candidate's file was .*missing\.toml, it cannot be read"):
        named(str(tmp_path / "missing.toml"), telemetry)


def test_the_whole_period_is_what_the_states_see(place):
    there, here = run_columns(place, (V5, V6), Period()), shadowed(place.root)
    assert compared(there, "v5", "v6") == compared(here, "v5", "v6")


def test_the_reference_may_be_a_column_that_does_not_trade(place):
    there, back = run_columns(place, (V5, V6), Period()), run_columns(place, (V6, V5), Period())
    one, two = compared(there, "v5", "v6").overall, compared(back, "v6", "v5").overall
    assert (one.n, one.money.diff_usd, one.live_only) == (two.n, -two.money.diff_usd, two.shadow_only)
    assert back.ledger.model.drifted == 0


def test_columns_begin_flat_when_the_period_does_and_know_the_market_from_before(place, beats_us):
    middle_us = beats_us[len(beats_us) // 2]
    shadow = run_columns(place, (V5, V6), Period(from_us=middle_us))
    assert shadow.curve.first.ts_us == middle_us
    assert shadow.columns["v5"].curve.first.nav == shadow.curve.first.nav
    assert min(pair.ts_us for pair in shadow.ledger.fresh) >= middle_us
    watch = next(iter(next(iter(shadow.stage.watches.values())).values()))
    assert watch.bars[0].ts_us < middle_us
    assert 0 < shadow.ledger.pairs < shadowed(place.root).ledger.pairs


def test_nothing_after_the_end_is_seen(place, beats_us):
    middle_us = beats_us[len(beats_us) // 2]
    shadow = run_columns(place, (V5, V6), Period(to_us=middle_us))
    assert shadow.newest_us == middle_us
    assert max(pair.ts_us for pair in shadow.ledger.fresh) <= middle_us


def test_journals_that_grow_are_followed_to_their_end(place):
    looks = iter([True, True, False])
    assert compared(run_columns(place, (V5, V6), Period(), grows=lambda: next(looks)), "v5", "v6") == compared(
        shadowed(place.root), "v5", "v6"
    )


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(from_us=2, to_us=1), "the period ends before it begins"),
        (Period(from_us=1 << 60), "no loop of an executor is journaled"),
        (Period(to_us=1), "no loop of an executor is journaled"),
    ],
)
def test_a_period_with_nothing_in_it_is_refused(place, period, words):
    with pytest.raises(HedgeError, match=words):
        run_columns(place, (V5, V6), period)


def test_a_column_that_cannot_run_is_refused_with_its_reason(place):
    broken = V6.__class__(name="broken", pipeline="v6", changes={"strategies": ["nothing"]})
    with pytest.raises(HedgeError, match=r"columns do not run: broken \(strategies was 'nothing'"):
        run_columns(place, (V5, broken), Period())
