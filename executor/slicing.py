"""The slice of the view that one decision may look at, cut from the watches and the book."""

from collections.abc import Mapping
from typing import Any

from executor.book import MINUTE_US, Book
from executor.records.market import Instrument, Quote
from executor.records.trading import Slice
from executor.risk.brackets import leverage_at, most_usd
from executor.settings import Limits


def tier_of(symbol: str, limits: Limits) -> str:
    """The tier whose cap a symbol falls under."""
    return limits.tiers.get(symbol, limits.default_tier)


def cut_slice(
    quote: Quote,
    instrument: Instrument,
    *,
    book: Book,
    mids: Mapping[str, float],
    vol_bps: float | None,
    limits: Limits,
    leverage: int,
    now_us: int,
) -> Slice:
    """Everything one decision may look at, as of `now_us`; `leverage` is the one in force at the venue."""
    symbol, held = quote.symbol, book.holdings.get(quote.symbol)
    exposed = exposures(symbol, book, mids=mids, limits=limits)
    return Slice(
        ts_us=now_us,
        symbol=symbol,
        bid=quote.bid,
        ask=quote.ask,
        bid_qty=quote.bid_qty,
        ask_qty=quote.ask_qty,
        quote_age_s=(now_us - quote.ts_us) / 1e6,
        vol_bps=vol_bps,
        tier=tier_of(symbol, limits),
        position_qty=held.qty if held else 0.0,
        entry_price=held.entry_price if held else None,
        nav_usd=book.nav_usd,
        nav_age_s=None if book.nav_us is None else (now_us - book.nav_us) / 1e6,
        peak_nav_usd=book.peak_usd,
        day_start_nav_usd=book.day_start_usd,
        week_start_nav_usd=book.week_start_usd,
        available_usd=book.available_usd,
        reject_frac=book.reject_frac(),
        fallback_frac=book.share("fallback"),
        unknown_orders=sum(name == symbol for name in book.unknown.values()),
        halted=book.halted is not None,
        **rules(instrument, exposed["symbol_usd"], leverage),
        **exposed,
        **recent(symbol, book, limits=limits, now_us=now_us),
    )


def rules(instrument: Instrument, symbol_usd: float, leverage: int) -> dict[str, Any]:
    """The venue's rules for a symbol in which so much is held (USD, signed), at the leverage in force."""
    return {
        "tick_size": float(instrument.tick_size),
        "step_size": float(instrument.step_size),
        "min_qty": float(instrument.min_qty),
        "min_notional_usd": float(instrument.min_notional),
        "max_leverage": leverage_at(instrument, symbol_usd),
        "position_max_usd": most_usd(instrument, min(leverage, instrument.max_leverage)),
        "is_trading": instrument.is_trading,
    }


FLAT: dict[str, Any] = {"symbol_usd": 0.0, "tier_usd": 0, "gross_usd": 0, "net_usd": 0, "open_positions": 0}
"""The exposures of an empty book, as sums of nothing are: whole numbers."""


def exposures(symbol: str, book: Book, *, mids: Mapping[str, float], limits: Limits) -> dict[str, Any]:
    """Value held and on its way, in USD: of the symbol, its tier, and all (gross and net)."""
    if not book.holdings and not book.live:
        return dict(FLAT)
    exposure = book.exposure_usd(mids)
    tier = tier_of(symbol, limits)
    return {
        "symbol_usd": exposure.get(symbol, 0.0),
        "tier_usd": sum(abs(value) for name, value in exposure.items() if tier_of(name, limits) == tier),
        "gross_usd": sum(abs(value) for value in exposure.values()),
        "net_usd": sum(exposure.values()),
        "open_positions": len(exposure),
    }


def recent(symbol: str, book: Book, *, limits: Limits, now_us: int) -> dict[str, Any]:
    """What happened lately: the symbol's last exit, entries of the last minute, venue errors in the window."""
    exit_us = book.last_exit_us.get(symbol)
    return {
        "since_exit_s": None if exit_us is None else (now_us - exit_us) / 1e6,
        "entries_last_minute": sum(at > now_us - MINUTE_US for at in book.entries_us),
        "errors_in_window": sum(at > now_us - limits.error_window_s * 1e6 for at in book.errors_us),
    }
