"""How one pair of decisions differs, and by which cause."""

import pytest
from hedge_assets.folds.parity import causes_of, differs, same_verdict, stake_usd

from tests.hedge_assets.pairs import answer, pair


@pytest.mark.parametrize(
    ("live", "shadow", "causes"),
    [
        (answer(), answer(), ()),
        (answer("cooldown"), answer("cooldown"), ()),
        (answer("cooldown"), answer(), ("timing",)),
        (answer(), answer("symbol_cap"), ("limit",)),
        (answer("stale_nav"), answer(), ("missing_input",)),
        (answer("drawdown"), answer("halted"), ("rule",)),
        (answer(), answer(notional=2_500.0), ("size",)),
        (answer(), answer(style="maker"), ("route",)),
        (answer(style="maker"), answer(style="maker", offset_bps=1.0), ("price",)),
        (answer(), answer(notional=2_500.0, style="maker"), ("size", "route")),
    ],
)
def test_each_difference_has_its_cause(live, shadow, causes):
    assert causes_of(pair(live, shadow)) == causes


def test_two_vetoes_by_other_rules_agree_on_the_verdict():
    assert same_verdict(pair(answer("drawdown"), answer("halted")))
    assert not same_verdict(pair(answer("drawdown"), answer()))


def test_what_one_side_alone_approved_is_at_stake():
    assert stake_usd(pair(answer("drawdown"), answer())) == 5_000
    assert stake_usd(pair(answer(notional=3_000.0), answer())) == 2_000


def test_rounding_is_no_difference_and_unknown_is_no_number():
    assert not differs(0.1 + 0.2, 0.3)
    assert differs(None, 0.0)
    assert not differs(None, None)
