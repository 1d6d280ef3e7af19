"""Round trips from fills: exact, flat to flat."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executor.records.base import Record
from executor.records.orders import Adjust, Fill, Funding, Trigger
from hedge_assets.folds.ledger import DONE_KEPT, ORDERS_KEPT, RECENT_KEPT, Ledger
from hedge_assets.folds.roundtrips import EXACT
from hedge_assets.folds.tally import TradeTally, keys_of
from hedge_assets.statistics.windows import span_of
from tests.hedge_assets.builders import BTC, ETH, HOUR, SECOND, T0, decision, ended, fill, funding, intent, submit, transfer, vetoed
from tests.hedge_assets.lifecycles import JOURNALS, folded

STEPS = st.lists(st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 5), st.integers(90, 110)), min_size=1, max_size=30)
UNHURRIED = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
    at_cost = Decimal(0)
    for trade in ledger.open.values():
        way = 1 if trade.side == "long" else -1
        at_cost += way * (trade.exit_cost - trade.entry_cost) - trade.fees
    assert sum((trade.net for trade in ledger.recent), at_cost) == cash - ledger.totals.fees
    assert ledger.positions.get(BTC, Decimal(0)) == held
    assert len(ledger.open) == (held != 0)
    assert ledger.totals.fees == Decimal("0.07") * len(steps)


def brought(ledger: Ledger) -> Fraction:
    """What trades, closed and open, and nobody brought together."""
    closed = ledger.results.since(None, TradeTally).get("overall/all", TradeTally())
    still_open = sum((Fraction(trade.booked_usd) for trade in ledger.open.values()), Fraction(0))
    rest = (closed.net_usd, ledger.venue_extra_usd, ledger.abandoned_usd, ledger.unattributed.net)
    return still_open + sum(map(Fraction, rest), Fraction(0))


@UNHURRIED
@given(JOURNALS)
def test_every_cent_is_some_trade_s_or_nobody_s(records: list[Record]):
    ledger = folded(*records)
    assert brought(ledger) == Fraction(ledger.totals.net)
    fills = [record for record in records if isinstance(record, Fill)]
    paid = sum((Fraction(record.realized) - Fraction(record.fee) for record in fills), Fraction(0))
    gained = sum((Fraction(record.amount) for record in records if isinstance(record, Funding)), Fraction(0))
    assert Fraction(ledger.totals.net) == paid + gained == sum(Fraction(totals.net) for totals in ledger.by_symbol.values())


@UNHURRIED
@given(JOURNALS, st.lists(st.integers(0, 90), max_size=5))
def test_a_journal_taken_in_any_number_of_goes_leaves_the_same_ledger_to_the_byte(records: list[Record], cuts: list[int]):
    at_once, in_goes = folded(*records), Ledger()
    for start, end in pairwise([0, *sorted(cuts), len(records)]):
        for record in records[start:end]:
            in_goes.take(record)
        in_goes = msgspec.msgpack.decode(msgspec.msgpack.encode(in_goes), type=Ledger)
    assert msgspec.msgpack.encode(in_goes) == msgspec.msgpack.encode(at_once)
    for window in ("1h", "24h", "2d", "7d", "31d", "all"):
        since_us = span_of(window).start_us(max((record.ts_us for record in records), default=T0))
        found, expected = (ledger.results.since(since_us, TradeTally) for ledger in (in_goes, at_once))
        assert msgspec.msgpack.encode(found) == msgspec.msgpack.encode(expected)


@UNHURRIED
@given(JOURNALS)
def test_the_sums_are_those_of_the_trades_that_closed(records: list[Record]):
    ledger = folded(*records)
    assert len(ledger.recent) == ledger.closed
    expected: dict[str, TradeTally] = {}
    for trade in ledger.recent:
        for key in keys_of(trade):
            expected.setdefault(key, TradeTally()).add(trade)
    found = ledger.results.since(None, TradeTally)
    assert {key: (tally.n, tally.net_usd, tally.fall_usd, tally.held_s) for key, tally in found.items()} == {
        key: (tally.n, tally.net_usd, tally.fall_usd, tally.held_s) for key, tally in expected.items()
    }


def test_a_hundred_thousand_tiny_fills_at_a_huge_price_add_up_exactly():
    fee = Decimal("1234567.000000000000000012345678")
    price = Decimal("99999999.99999999")
    sides = [fill(T0 + 1, f"c{side}", side=side, qty="1e-8", price=price, fee=fee, realized="1e-18") for side in ("buy", "sell")]
    ledger = Ledger()
    for _ in range(50_000):
        for record in sides:
            ledger.fill(record)
    tally = ledger.results.since(None, TradeTally)["overall/all"]
    hundred_thousand_fees = EXACT.multiply(fee, Decimal(100_000))
    assert (tally.n, tally.fees_usd, ledger.totals.fees) == (50_000, hundred_thousand_fees, hundred_thousand_fees)
    assert tally.traded_usd == EXACT.multiply(price * Decimal("1e-8"), Decimal(100_000))
    assert ledger.venue_extra_usd == Decimal("1e-18") * 100_000
    assert brought(ledger) == Fraction(ledger.totals.net)
    assert len(ledger.recent) == RECENT_KEPT


def test_what_is_remembered_of_an_intent_goes_when_many_more_have_ended_and_a_late_fill_still_finds_it():
    ledger = Ledger()
    for number in range(DONE_KEPT + 20):
        at, name = T0 + number * SECOND, f"i{number}"
        for record in (intent(at, name), decision(at, name), submit(at, f"c{number}", name), ended(at, name)):
            ledger.take(record)
    assert len(ledger.wishes) == len(ledger.orders) == len(ledger.done) == DONE_KEPT
    ledger.take(fill(at + SECOND, f"c{number - DONE_KEPT + 1}"))
    assert ledger.open[BTC].entry_reason == "trend up"


def test_a_stop_kept_at_the_venue_is_the_reason_its_trade_ended_however_long_it_waited():
    stop = submit(T0 + 1, "s1", "stop-1", side="sell", price=None, step="stop", post_only=False, reduce_only=True, mid=None)
    stop = msgspec.structs.replace(stop, trigger=Trigger(price=Decimal(49_000)), reason="stop kept at the venue, 200 bps from 50000")
    others = [each for n in range(ORDERS_KEPT + 10) for each in (submit(T0 + 2, f"x{n}", f"x{n}", symbol=ETH), ended(T0 + 2, f"x{n}"))]
    out = fill(T0 + HOUR, "s1", side="sell", price="48990", realized="-101", position_qty="0")
    ledger = folded(intent(), decision(), submit(), fill(), stop, *others, out)
    (closed,) = ledger.recent
    assert (closed.exit_reason, closed.exit_intent_id) == ("stop kept at the venue, 200 bps from 50000", "stop-1")
    assert closed.slippage_bps == pytest.approx(0)
