"""What closed trades add up to: money to the last digit, the fall of their sum by a plain loop."""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.folds.roundtrips import ClosedTrade
from hedge_assets.folds.tally import TradeTally, keys_of
from tests.hedge_assets.builders import BTC, HOUR, T0
from tests.hedge_assets.trades import book, closed

MONEY = st.decimals(-(10**15), 10**15, places=18) | st.decimals(-100, 100, places=2) | st.just(Decimal(0))
NETS = st.lists(MONEY, max_size=25)
EXACT_FIELDS = (
    *("n", "wins", "losses", "won_usd", "lost_usd", "gross_usd", "fees_usd", "funding_usd", "notional_usd", "traded_usd", "maker_usd"),
    *("high_usd", "low_usd", "fall_usd", "held_s", "last_us"),
)


def of(trades: list[ClosedTrade]) -> TradeTally:
    tally = TradeTally()
    for trade in trades:
        tally.add(trade)
    return tally


def together(*tallies: TradeTally) -> TradeTally:
    whole = TradeTally()
    for tally in tallies:
        whole.plus(tally)
    return whole


def exact_part(tally: TradeTally) -> dict[str, object]:
    return {name: getattr(tally, name) for name in EXACT_FIELDS}


@given(NETS)
def test_the_fall_is_that_of_a_plain_loop_over_the_nets(nets: list[Decimal]):
    running, high, low, fall = Fraction(0), Fraction(0), Fraction(0), Fraction(0)
    for net in nets:
        running += Fraction(net)
        high, low = max(high, running), min(low, running)
        fall = max(fall, high - running)
    tally = of(book(nets))
    assert [Fraction(value) for value in (tally.high_usd, tally.low_usd, tally.fall_usd)] == [high, low, fall]
    assert Fraction(tally.won_usd) - Fraction(tally.lost_usd) == running
    assert (tally.wins, tally.losses, tally.zeros) == (sum(n > 0 for n in nets), sum(n < 0 for n in nets), nets.count(Decimal(0)))


@given(NETS, NETS, NETS)
def test_parts_add_up_to_the_whole_exactly_however_they_are_put_together(one, two, three):
    trades = book([*one, *two, *three], fees=Decimal("0.000000000000000007"), adverse_bps=3.0, favourable_bps=None)
    a, b, c = trades[: len(one)], trades[len(one) : len(one) + len(two)], trades[len(one) + len(two) :]
    left, right = together(together(of(a), of(b)), of(c)), together(of(a), together(of(b), of(c)))
    whole = of(trades)
    assert exact_part(left) == exact_part(right) == exact_part(whole)
    for name in ("usd", "bps", "r", "adverse_bps", "favourable_bps"):
        mine, theirs, all_at_once = getattr(left, name), getattr(right, name), getattr(whole, name)
        assert mine.n == theirs.n == all_at_once.n
        assert mine.mean == pytest.approx(all_at_once.mean, rel=1e-9, abs=1e-6 * max([1.0, *(abs(float(t.net)) for t in trades)]))


@given(NETS)
def test_it_can_be_stored(nets: list[Decimal]):
    tally = of(book(nets))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(tally), type=TradeTally) == tally


def test_what_a_trade_does_not_have_is_not_counted():
    tally = of([closed(5, initial_risk_usd=None, notional=0), closed(-5, 2, adverse_bps=4.0)])
    assert (tally.usd.n, tally.bps.n, tally.r.n, tally.adverse_bps.n, tally.favourable_bps.n) == (2, 1, 1, 1, 0)
    assert (tally.bps.mean, tally.r.mean, tally.adverse_bps.mean) == (-50.0, -0.5, 4.0)


def test_a_trade_belongs_to_everything_it_is_part_of_and_to_the_hour_it_was_opened_in():
    trade = closed(1, opened_us=T0 + 13 * HOUR, closed_us=T0 + 15 * HOUR, regime="balanced")
    groups = ["overall/all", f"symbols/{BTC}", "strategies/momentum", "sides/long", "hours/13", "regimes/balanced"]
    assert list(keys_of(trade)) == groups


def test_a_trade_that_seems_to_end_before_it_began_was_held_for_no_time():
    assert of([closed(1, opened_us=T0 + HOUR, closed_us=T0)]).held_s.quantile(0.5) == 0.0


def test_the_book_holds_what_its_trades_do():
    tally = of(book(["2.5", "-1", "0"], fees=Decimal("0.1"), funding=Decimal("-0.2"), maker_frac=0.5))
    assert (tally.net_usd, tally.fees_usd, tally.funding_usd) == (Decimal("1.5"), Decimal("0.3"), Decimal("-0.6"))
    assert (tally.notional_usd, tally.traded_usd, tally.maker_usd) == (3000, Decimal("6001.5"), Decimal("3000.75"))
    assert tally.last_us == T0 + 3 * HOUR
