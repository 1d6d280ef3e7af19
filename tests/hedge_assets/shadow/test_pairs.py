"""A decision in short: an approval has a size, a way and the caps that cut it, a veto has a rule, a silence says why."""

import msgspec
import pytest

from executor.pipeline import v5, v6
from executor.records.trading import Policy
from executor.settings import Limits, Lines
from hedge_assets.shadow.pairs import SILENT, PairRow, outcome, plain, regime_of, silence
from tests.hedge_assets.builders import intent, slice_of
from tests.hedge_assets.pairs import answer, pair


def test_an_approval_that_was_cut_and_a_veto():
    asked, view, lines = intent(), slice_of(), Lines(limits=Limits(symbol_cap_frac=0.01))
    live, shadow = (pipeline.PIPELINE.decide(asked, view, lines, Policy(version="autotune-1")) for pipeline in (v5, v6))
    refused, cut = outcome(live, "v5"), outcome(shadow, "mine")
    assert (refused.approved, refused.rule, refused.qty, refused.style) == (False, "symbol_cap", None, None)
    assert (cut.approved, cut.rule, cut.style, cut.clamps, cut.policy) == (True, None, "maker", ("symbol_cap",), "autotune-1")
    assert (cut.pipeline, cut.notional_usd) == ("mine", shadow.notional_usd)


@pytest.mark.parametrize("why", sorted(SILENT))
def test_a_silence_is_no_approval_and_says_why(why):
    assert (silence("v6", why).approved, silence("v6", why).word, silence("v6", why).is_silent) == (False, why, True)


@pytest.mark.parametrize(("vol_bps", "regime"), [(None, "unknown"), (4.9, "calm"), (5.0, "normal"), (15.0, "normal"), (15.1, "fast")])
def test_a_market_is_calm_normal_or_fast(vol_bps, regime):
    assert regime_of(slice_of(vol_bps=vol_bps)) == regime
    assert regime_of(None) == "unknown"


def test_a_pair_has_every_column_of_its_table():
    row = pair(answer(), answer("cooldown", pipeline="v6"))
    found = {name: getattr(row, name) for name in PairRow.__struct_fields__}
    assert (found["live_answer"], found["shadow_answer"], found["live_usd"], found["shadow_usd"]) == ("approved", "cooldown", 5_000.0, None)
    assert (found["live_column"], found["shadow_column"], found["by"]) == ("v5", "v6", "cooldown")


def test_plain_values_are_the_same_before_and_after_they_were_stored():
    view = slice_of(gross_usd=0)
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=type(view))
    assert str(plain(view)) == str(plain(stored))
