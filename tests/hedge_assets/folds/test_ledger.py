"""Round trips from fills: exact, flat to flat."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.base import Record
from executor.records.orders import Adjust
from hedge_assets.folds.ledger import Ledger
from tests.hedge_assets.builders import BTC, T0, decision, fill, funding, intent, submit, transfer, vetoed

STEPS = st.lists(st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 5), st.integers(90, 110)), min_size=1, max_size=30)


def folded(*records: Record) -> Ledger:
    ledger = Ledger()
    for record in records:
        ledger.take(record)
    return ledger


def test_a_round_trip_has_its_strategy_prices_costs_and_reasons():
    ledger = folded(
        intent(),
        decision(),
        submit(),
        fill(T0 + 1, price="100", qty="2", fee="0.1", position_qty="2"),
        funding(T0 + 2, amount="-0.25"),
        intent(T0 + 3, "i2", side="sell", purpose="exit", reason="take", stop_bps=None),
        decision(T0 + 3, "i2"),
        submit(T0 + 3, "c2", "i2", side="sell"),
        fill(T0 + 4, "c2", side="sell", price="101", qty="0.5", fee="0.2", liquidity="taker", realized="0.5", position_qty="1.5"),
        fill(T0 + 5, "c2", side="sell", price="103", qty="1.5", fee="0.3", liquidity="taker", realized="4.5", position_qty="0"),
    )
    (trade,) = ledger.recent
    assert (trade.strategy, trade.side, trade.entry_reason, trade.exit_reason) == ("momentum", "long", "trend up", "take")
    assert (trade.qty, trade.entry_price, trade.exit_price) == (Decimal(2), Decimal(100), Decimal("102.5"))
    assert (trade.gross, trade.fees, trade.funding) == (Decimal("5.0"), Decimal("0.6"), Decimal("-0.25"))
    assert trade.net == Decimal("4.15")
    assert trade.initial_risk_usd == 200 * 50 / 1e4
    assert trade.maker_frac == float(Decimal(200) / Decimal(405))
    assert (trade.opened_us, trade.closed_us, trade.fills) == (T0 + 1, T0 + 5, 3)
    assert ledger.open == {}
    assert ledger.positions == {}


def test_a_fill_through_zero_closes_one_trade_and_opens_another_and_shares_its_fee():
    ledger = folded(fill(price="100", qty="1", fee="0"), fill(T0 + 1, "c2", side="sell", price="110", qty="3", fee="0.3", realized="10"))
    (trade,) = ledger.recent
    assert (trade.gross, trade.fees, trade.net) == (Decimal(10), Decimal("0.1"), Decimal("9.9"))
    assert ledger.open[BTC].side == "short"
    assert (ledger.open[BTC].entry_qty, ledger.open[BTC].fees) == (Decimal(2), Decimal("0.2"))


def test_a_liquidation_is_named_as_the_exit():
    ledger = folded(fill(qty="1"), fill(T0 + 1, "venue", side="sell", qty="1", model="liquidation at 40,400"))
    assert ledger.recent[0].exit_reason == "liquidation"


def test_a_fill_of_no_order_of_ours_is_external():
    ledger = folded(fill(qty="1"), fill(T0 + 1, "someone", side="sell", qty="1", model=""))
    assert (ledger.recent[0].entry_reason, ledger.recent[0].exit_reason) == ("external", "external")


@pytest.mark.parametrize(
    ("step", "liquidity", "price", "regime"),
    [
        ("maker", "maker", "100", "maker_strong"),
        ("taker", "taker", "100.01", "balanced"),
        ("taker", "taker", "100.04", "slippage_hot"),
        ("fallback", "taker", "100.04", "fallback_heavy"),
        ("fallback", "taker", "100.2", "broken"),
    ],
)
def test_a_trade_says_how_it_was_routed(step: str, liquidity: str, price: str, regime: str):
    ledger = folded(
        submit(step=step, mid=100.0),
        fill(price=price, qty="1", liquidity=liquidity),
        submit(T0 + 1, "c2", step=step, side="sell", mid=float(price) * float(price) / 100),
        fill(T0 + 2, "c2", side="sell", price=price, qty="1", liquidity=liquidity),
    )
    (trade,) = ledger.recent
    assert trade.regime == regime
    assert trade.slippage_bps == pytest.approx((float(price) / 100 - 1) * 1e4, rel=0.01)


def test_a_vetoed_intent_is_forgotten():
    assert folded(intent(), decision(verdict=vetoed())).wishes == {}


def test_an_adjustment_to_flat_abandons_the_trade_and_invents_no_profit():
    ledger = folded(fill(qty="1"), Adjust(T0 + 1, symbol=BTC, venue_qty=Decimal(0), our_qty=Decimal(1), reason="venue says flat"))
    assert (ledger.open, ledger.recent, ledger.abandoned, ledger.positions) == ({}, [], 1, {})


def test_after_an_adjustment_the_venue_s_own_sums_count():
    ledger = folded(
        fill(price="100", qty="1", fee="0"),
        Adjust(T0 + 1, symbol=BTC, venue_qty=Decimal("0.5"), our_qty=Decimal(1), reason="half was closed elsewhere"),
        fill(T0 + 2, "c2", side="sell", price="110", qty="0.5", fee="0", realized="5"),
    )
    assert ledger.recent[0].gross == Decimal(5)


def test_money_in_other_coins_is_kept_apart_and_not_called_dollars():
    ledger = folded(fill(fee="0.001", fee_asset="BNB"), transfer(asset="BTC", amount="1"))
    assert (ledger.totals.fees, ledger.totals.transfers) == (0, 0)
    assert ledger.foreign == {"BNB": Decimal("-0.001"), "BTC": Decimal(1)}


@given(STEPS)
def test_totals_are_the_sum_of_trades_and_what_is_open(steps: list[tuple[str, int, int]]):
    """Cash conservation: what trades earned plus what is still open at cost is what was paid and received."""
    ledger = Ledger()
    cash, held = Decimal(0), Decimal(0)
    for place, (side, qty, price) in enumerate(steps):
        way = 1 if side == "buy" else -1
        cash -= way * qty * price
        held += way * qty
        ledger.take(fill(T0 + place, f"c{place}", side=side, qty=qty, price=price, fee="0.07"))
    closed = sum((trade.net for trade in ledger.recent), Decimal(0))
    at_cost = Decimal(0)
    for trade in ledger.open.values():
        way = 1 if trade.side == "long" else -1
        at_cost += way * (trade.exit_cost - trade.entry_cost) - trade.fees
    assert abs(closed + at_cost - (cash - ledger.totals.fees)) < Decimal("1e-20")
    assert ledger.positions.get(BTC, Decimal(0)) == held
    assert len(ledger.open) == (held != 0)
    assert ledger.totals.fees == Decimal("0.07") * len(steps)
