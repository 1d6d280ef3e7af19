"""Whose money it is, how far the price went, and what steered the entry: one trade at a time, and on a real account's fills."""

import csv
import gzip
import itertools
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.records.orders import Adjust, Fill
from executor.records.trading import Policy
from hedge_assets.folds.ledger import ClosedTrade, Ledger
from tests.hedge_assets.builders import BTC, ETH, MINUTE, SECOND, T0, decision, fill, funding, intent, quote, submit, vetoed
from tests.hedge_assets.lifecycles import folded

STEERED = Policy(version="router-7", weight_version="weights-3", weight_frac=0.25)


def trip(*between, side: str = "buy", leaving: str = "sell") -> ClosedTrade:
    """One unit in at 100 and out at 100, with these records between."""
    ends = [fill(T0, "c1", side=side, qty=1, price=100, fee=0), fill(T0 + MINUTE, "c2", side=leaving, qty=1, price=100, fee=0)]
    (trade,) = folded(ends[0], *between, ends[1]).recent
    return trade


def mids(*prices: float, start_us: int = T0 + 1, symbol: str = BTC) -> list:
    return [quote(start_us + place, symbol, price, spread=0.0) for place, price in enumerate(prices)]


@pytest.mark.parametrize(("side", "leaving", "expected"), [("buy", "sell", (100.0, 300.0)), ("sell", "buy", (300.0, 100.0))])
def test_excursions_are_how_far_the_mid_went_against_and_for(side: str, leaving: str, expected: tuple[float, float]):
    trade = trip(*mids(101, 99, 103), side=side, leaving=leaving)
    assert (trade.adverse_bps, trade.favourable_bps) == pytest.approx(expected)


def test_a_price_that_only_went_our_way_has_no_adverse_excursion():
    trade = trip(*mids(101, 102))
    assert (trade.adverse_bps, trade.favourable_bps) == pytest.approx((0.0, 200.0))


def test_without_a_quote_while_it_was_open_excursions_are_unknown():
    outside = [fill(T0 + 2 * MINUTE, "c3", qty=1, price=100), *mids(50, 150, start_us=T0 + 3 * MINUTE)]
    ledger = folded(*mids(50, 150, start_us=T0 - 5), fill(T0, "c1", qty=1, price=100), *mids(1, 2, symbol=ETH))
    for record in (fill(T0 + MINUTE, "c2", side="sell", qty=1, price=100), *outside):
        ledger.take(record)
    (trade,) = ledger.recent
    assert (trade.adverse_bps, trade.favourable_bps) == (None, None)


def test_a_quote_without_a_price_on_both_sides_says_nothing():
    assert trip(quote(T0 + 1, BTC, bid=0.0, ask=100.0)).adverse_bps is None


def test_excursions_are_measured_against_the_average_entry_in_force():
    ledger = folded(
        fill(T0, "c1", qty=1, price=100, fee=0),
        *mids(99, 104),
        fill(T0 + MINUTE, "c2", qty=1, price=110, fee=0),
        *mids(106.05, start_us=T0 + MINUTE + 1),
        fill(T0 + 2 * MINUTE, "c3", side="sell", qty=1, price=110, fee=0),
        *mids(102.9, start_us=T0 + 2 * MINUTE + 1),
        fill(T0 + 3 * MINUTE, "c4", side="sell", qty=1, price=110, fee=0),
    )
    assert (ledger.recent[0].adverse_bps, ledger.recent[0].favourable_bps) == pytest.approx((200.0, 400.0))


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(80, 120)), max_size=40))
def test_the_high_and_low_of_each_minute_say_as_much_as_all_its_quotes(ticks: list[tuple[int, float]]):
    by_minute = itertools.groupby(sorted(ticks, key=lambda tick: tick[0]), key=lambda tick: tick[0])
    everything, thinned = [], []
    for minute, group in by_minute:
        prices = [price for _, price in group]
        everything += mids(*prices, start_us=T0 + minute * MINUTE + 1)
        thinned += mids(max(prices), min(prices), start_us=T0 + minute * MINUTE + 1)
    assert trip(*thinned) == trip(*everything)


def test_a_trade_names_the_policy_of_its_entry_and_the_intent_of_its_exit():
    ledger = folded(
        intent(),
        decision(policy=STEERED),
        submit(),
        fill(T0 + 1, qty=1, price=100),
        intent(T0 + 2, "i2", side="sell", purpose="exit", reason="stop hit"),
        decision(T0 + 2, "i2", policy=Policy(version="router-8")),
        submit(T0 + 2, "c2", "i2", side="sell"),
        fill(T0 + 3, "c2", side="sell", qty=1, price=101),
    )
    (trade,) = ledger.recent
    assert (trade.policy_version, trade.weight_version, trade.weight_frac) == ("router-7", "weights-3", 0.25)
    assert (trade.intent_id, trade.exit_intent_id, trade.exit_reason) == ("i1", "i2", "stop hit")


def test_a_trade_of_nobody_s_intent_names_no_policy():
    trade = trip(decision(verdict=vetoed()))
    assert (trade.policy_version, trade.weight_version, trade.weight_frac, trade.exit_intent_id) == ("", "", None, "")


def test_maker_shares_can_be_added_up_because_their_money_is_exact():
    ledger = folded(fill(qty=3, price="33.33"), fill(T0 + 1, "c2", side="sell", qty=3, price="33.34", liquidity="taker"))
    (trade,) = ledger.recent
    assert (trade.traded_usd, trade.maker_usd) == (Decimal("200.01"), Decimal("99.99"))


@pytest.mark.parametrize(("first", "funded", "nobody"), [("funding", "-0.5", 0), ("close", "0", 1)])
def test_funding_at_the_instant_of_a_close_is_whose_the_journal_says(first: str, funded: str, nobody: int):
    close, settled = fill(T0 + SECOND, "c2", side="sell", qty=1, price=100), funding(T0 + SECOND, amount="-0.5")
    ledger = folded(fill(qty=1, price=100), *((settled, close) if first == "funding" else (close, settled)))
    assert ledger.recent[0].funding == Decimal(funded)
    assert ledger.unattributed.settlements == nobody
    assert ledger.recent[0].funding + ledger.unattributed.funding == ledger.totals.funding == Decimal("-0.5")


def test_funding_at_the_instant_of_a_flip_goes_to_the_side_held_when_it_was_written():
    flip, settled = fill(T0 + SECOND, "c2", side="sell", qty=3, price=100), funding(T0 + SECOND, amount="0.4")
    before, after = folded(fill(qty=1, price=100), settled, flip), folded(fill(qty=1, price=100), flip, settled)
    assert (before.recent[0].funding, before.open[BTC].funding) == (Decimal("0.4"), 0)
    assert (after.recent[0].funding, after.open[BTC].funding) == (0, Decimal("0.4"))


def test_a_fee_that_cannot_be_shared_without_end_is_shared_in_whole_parts_that_add_up():
    ledger = folded(fill(qty=1, price=100, fee=0), fill(T0 + 1, "c2", side="sell", qty=3, price=100, fee="0.1"))
    assert (ledger.recent[0].fees, ledger.open[BTC].fees) == (Decimal("0.033333333333"), Decimal("0.066666666667"))


def test_reducing_a_position_nobody_here_entered_is_nobody_s_profit():
    found = Adjust(T0, symbol=BTC, venue_qty=Decimal(2), our_qty=Decimal(0), reason="held before we started")
    ledger = folded(found, fill(T0 + 1, side="sell", qty=2, price=100, fee="0.1", realized="7"))
    assert (ledger.closed, ledger.open) == (0, {})
    assert (ledger.unattributed.realized, ledger.unattributed.fees, ledger.unattributed.net) == (7, Decimal("0.1"), Decimal("6.9"))


def test_what_an_abandoned_trade_had_booked_stays_in_the_books():
    gone = Adjust(T0 + 2, symbol=BTC, venue_qty=Decimal(0), our_qty=Decimal(1), reason="venue says flat")
    ledger = folded(fill(qty=1, price=100, fee="0.3"), funding(T0 + 1, amount="-0.2"), gone)
    assert (ledger.abandoned, ledger.abandoned_usd) == (1, Decimal("-0.5"))


@pytest.mark.parametrize("held", [True, False])
def test_a_fill_of_nothing_moves_no_position_and_its_fee_is_booked(held: bool):
    opening = [fill(qty=1, price=100, fee=0)] if held else []
    ledger = folded(*opening, fill(T0 + 1, "c2", side="sell", qty=0, price=100, fee="0.1"))
    assert (len(ledger.open), ledger.closed) == (held, 0)
    assert (ledger.open[BTC].fees if held else ledger.unattributed.fees) == Decimal("0.1")


def real_fills(path: Path) -> list[Fill | Adjust]:
    """An account's fills; what it held before the first of a coin comes as an adjustment."""
    records: list[Fill | Adjust] = []
    known: set[str] = set()
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            ts_us, coin, held = int(row["time_ms"]) * 1000, row["symbol"], Decimal(row["start_position"])
            if coin not in known and held:
                records.append(Adjust(ts_us, symbol=coin, venue_qty=held, our_qty=Decimal(0), reason="held before"))
            known.add(coin)
            names = {"symbol": coin, "side": row["side"], "liquidity": "taker" if row["taker"] == "True" else "maker"}
            money = {"qty": row["qty"], "price": row["price"], "fee": row["fee"], "realized": row["closed_pnl"]}
            records.append(fill(ts_us, row["order_id"], **names, **money))
    return records


def test_a_real_account_s_coins_realise_what_the_venue_says_and_end_as_it_says(shared: Path):
    records = real_fills(shared / "data/fills/hyperliquid_account_fills.csv.gz")
    ledger = folded(*records)
    says: defaultdict[str, Decimal] = defaultdict(Decimal)
    for record in records:
        if isinstance(record, Fill):
            says[record.symbol] += record.realized
    assert {coin: totals.realized for coin, totals in ledger.by_symbol.items()} == says
    assert ledger.positions == {"SUI": Decimal("104.4")}
    assert brought_by_trades(ledger) == ledger.totals.net == sum(says.values())
    assert abs(ledger.venue_extra_usd) < sum(trade.traded_usd for trade in ledger.recent) / 10_000


def brought_by_trades(ledger: Ledger) -> Decimal:
    parts = [*(trade.net for trade in ledger.recent), *(trade.booked_usd for trade in ledger.open.values())]
    return sum([*parts, ledger.unattributed.net, ledger.abandoned_usd, ledger.venue_extra_usd], Decimal(0))


def test_a_real_account_s_trades_earn_what_was_paid_and_received(shared: Path):
    """From flat to flat, what a position earned is what its sales brought less what its purchases cost."""
    records = [record for record in real_fills(shared / "data/fills/hyperliquid_account_fills.csv.gz") if isinstance(record, Fill)]
    alone = folded(*records)
    cash: defaultdict[str, Decimal] = defaultdict(Decimal)
    for record in records:
        cash[record.symbol] -= record.qty * record.price * (1 if record.side == "buy" else -1)
    for coin, money in cash.items():
        left = alone.open.get(coin)
        open_cash = (left.exit_cost - left.entry_cost) * (1 if left.side == "long" else -1) if left else 0
        assert sum((trade.gross for trade in alone.recent if trade.symbol == coin), Decimal(0)) + open_cash == money
