"""A slice holds one symbol's market and the account's totals, as of one moment."""

from decimal import Decimal

from executor.book import Book
from executor.records.market import Instrument, Quote
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
    view = cut_slice(quote, INSTRUMENT, book=book, mids={"BTCUSDT": 100.0, "ETHUSDT": 11.0}, vol_bps=5.0, limits=Limits(), now_us=4_000_000)
    assert (view.symbol_usd, view.tier_usd, view.gross_usd, view.net_usd, view.open_positions) == (100.0, 122.0, 127.0, 83.0, 3)
    assert (view.quote_age_s, view.nav_age_s, view.position_qty, view.entry_price) == (1.0, 3.0, 1.0, 90.0)
    assert view.tier == "major"


def test_what_is_unknown_is_null() -> None:
    quote = Quote(1, 1, "BTCUSDT", 99.0, 101.0, 1.0, 1.0, None, "replay")
    view = cut_slice(quote, INSTRUMENT, book=Book(), mids={}, vol_bps=None, limits=Limits(), now_us=1)
    assert (view.nav_usd, view.nav_age_s, view.since_exit_s, view.vol_bps, view.entry_price, view.reject_frac) == (None,) * 6
    assert view.drawdown_frac is None


def test_a_symbol_without_a_tier_is_of_the_default_one() -> None:
    assert tier_of("NEWUSDT", Limits(default_tier="small")) == "small"
