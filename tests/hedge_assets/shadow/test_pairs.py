"""Two decisions in short: an approval has a size and a way, a veto has a rule."""

from hedge_assets.folds.pairs import Decided, pair_of

from executor.pipeline import v5, v6
from executor.records.trading import Policy
from executor.settings import Limits, Lines
from tests.hedge_assets.builders import intent, slice_of


def test_an_approval_and_a_veto_side_by_side():
    asked, view, lines = intent(), slice_of(), Lines(limits=Limits(symbol_cap_frac=0.01))
    live, shadow = (pipeline.PIPELINE.decide(asked, view, lines, Policy(version="autotune-1")) for pipeline in (v5, v6))
    pair = pair_of(asked, live, shadow, 7)
    assert (pair.number, pair.policy, pair.intent_id, pair.purpose) == (7, "autotune-1", "i1", "entry")
    assert (pair.live.approved, pair.live.rule, pair.live.qty, pair.live.style) == (False, "symbol_cap", None, None)
    assert (pair.shadow.approved, pair.shadow.rule, pair.shadow.style) == (True, None, "maker")
    assert pair.shadow.notional_usd == shadow.notional_usd


def test_both_decisions_whole_are_plain_values():
    asked, view = intent(), slice_of()
    live, shadow = (pipeline.PIPELINE.decide(asked, view, Lines(), Policy()) for pipeline in (v5, v6))
    plain = Decided(asked, live, shadow).plain()
    assert (plain["intent"]["kind"], plain["live"]["pipeline"], plain["shadow"]["slice"]["symbol"]) == ("intent", "v5", "BTCUSDT")
