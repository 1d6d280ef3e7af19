"""The market as last seen, by symbol: quotes, marks, spread, liquidity, volatility, silence."""

import msgspec


class SymbolMarket(msgspec.Struct, kw_only=True):
    """One symbol. `vol_bps` is the EWMA standard deviation of one-minute mid returns (half-life 60 min,
    null before 5 minutes), `spread_bps` and `touch_usd` EWMAs over quotes (half-life 60 s of time)."""

    symbol: str
    ts_us: int = 0
    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    mark: float | None = None
    funding_rate: float | None = None
    next_funding_us: int | None = None
    quotes: int = 0
    trades: int = 0
    spread_bps: float | None = None
    touch_usd: float | None = None
    vol_bps: float | None = None
    minute: int = 0
    minute_mid: float | None = None
    minutes: int = 0
    variance: float | None = None
    source: str = ""


class GapRow(msgspec.Struct, frozen=True):
    """A silence of the feed."""

    ts_us: int
    symbol: str
    from_us: int
    reason: str


class Market(msgspec.Struct, kw_only=True):
    """All symbols, and the newest gaps (at most 200)."""

    symbols: dict[str, SymbolMarket] = {}
    gaps: list[GapRow] = []
    newest_us: int | None = None
    n: int = 0
