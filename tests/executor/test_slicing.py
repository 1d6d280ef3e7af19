"""A slice holds one symbol's market and the account's totals, as of one moment."""

from decimal import Decimal

import msgspec

from executor.book import Book
from executor.records.market import Bracket, Instrument, Quote
from executor.settings import Limits
from executor.slicing import cut_slice, tier_of
from executor.strategies.base import Holding

INSTRUMENT = Instrument(
    symbol="BTCUSDT", tick_size=Decimal("0.1"), step_size=Decimal("0.001"), min_qty=Decimal("0.001"), min_notional=Decimal(100)
)


def holding(symbol: str, qty: float, entry: float) -> Holding:
    return Holding(symbol=symbol, strategy="m", qty=qty, entry_price=entry, opened_us=0, stop_bps=None, take_bps=None, timeout_s=None)


def test_totals_are_at_mids_and_by_tier() -> None:
    held = {"BTCUSDT": holding("BTCUSDT", 1.0, 90.0), "ETHUSDT": holding("ETHUSDT", -2.0, 10.0), "ENAUSDT": holding("ENAUSDT", 5.0, 1.0)}
    book = Book(holdings=held, nav_usd=900.0, nav_us=1_000_000)
    quote = Quote(3_000_000, 3_000_000, "BTCUSDT", 99.0, 101.0, 1.0, 1.0, None, "replay")
    view = cut_slice(
        quote, INSTRUMENT, book=book, mids={"BTCUSDT": 100.0, "ETHUSDT": 11.0}, vol_bps=5.0, limits=Limits(), leverage=3, now_us=4_000_000
    )
    assert (view.symbol_usd, view.tier_usd, view.gross_usd, view.net_usd, view.open_positions) == (100.0, 122.0, 127.0, 83.0, 3)
    assert (view.quote_age_s, view.nav_age_s, view.position_qty, view.entry_price) == (1.0, 3.0, 1.0, 90.0)
    assert view.tier == "major"


def test_what_is_unknown_is_null() -> None:
    quote = Quote(1, 1, "BTCUSDT", 99.0, 101.0, 1.0, 1.0, None, "replay")
    view = cut_slice(quote, INSTRUMENT, book=Book(), mids={}, vol_bps=None, limits=Limits(), leverage=3, now_us=1)
    assert (view.nav_usd, view.nav_age_s, view.since_exit_s, view.vol_bps, view.entry_price, view.reject_frac) == (None,) * 6
    assert view.drawdown_frac is None


def test_the_venues_line_is_that_of_the_position_there_is() -> None:
    rows = ((0, 50_000, 50, "0.01"), (50_000, 250_000, 20, "0.02"), (250_000, 1_000_000, 2, "0.1"))
    brackets = tuple(Bracket(floor_usd=Decimal(a), cap_usd=Decimal(b), max_leverage=c, maint_margin_frac=Decimal(d)) for a, b, c, d in rows)
    tiered = msgspec.structs.replace(INSTRUMENT, brackets=brackets, max_leverage=50)
    quote = Quote(1, 1, "BTCUSDT", 99.0, 101.0, 1.0, 1.0, None, "replay")
    for qty, leverage, line, most in (
        (0.0, 3, 50, 250_000),
        (-1_000.0, 3, 20, 250_000),
        (3_000.0, 2, 2, 1_000_000),
        (0.0, 125, 50, 50_000),
    ):
        book = Book(holdings={"BTCUSDT": holding("BTCUSDT", qty, 100.0)} if qty else {})
        mids = {"BTCUSDT": 100.0}
        view = cut_slice(quote, tiered, book=book, mids=mids, vol_bps=None, limits=Limits(), leverage=leverage, now_us=1)
        assert (view.max_leverage, view.position_max_usd) == (line, most)


def test_a_symbol_without_a_tier_is_of_the_default_one() -> None:
    assert tier_of("NEWUSDT", Limits(default_tier="small")) == "small"
