"""Everything that was seen of the market: quotes, trades, marks, settlements, gaps; what a kind does not have is null."""

from hedge_assets.tables.shape import RawTable

COLUMNS = {
    "seq": "BIGINT",
    "ts_us": "BIGINT",
    "kind": "VARCHAR",
    "symbol": "VARCHAR",
    "exchange_ts_us": "BIGINT",
    "bid": "DOUBLE",
    "ask": "DOUBLE",
    "bid_qty": "DOUBLE",
    "ask_qty": "DOUBLE",
    "last": "DOUBLE",
    "source": "VARCHAR",
    "price": "DOUBLE",
    "qty": "DOUBLE",
    "side": "VARCHAR",
    "mark": "DOUBLE",
    "index": "DOUBLE",
    "funding_rate": "DOUBLE",
    "next_funding_us": "BIGINT",
    "from_us": "BIGINT",
    "reason": "VARCHAR",
    "boot": "VARCHAR",
}
NEEDED = {
    "quote": ("exchange_ts_us", "bid", "ask", "bid_qty", "ask_qty", "source"),
    "trade": ("exchange_ts_us", "price", "qty", "side", "source"),
    "mark": ("exchange_ts_us", "mark", "index", "funding_rate", "next_funding_us", "source"),
    "settlement": ("exchange_ts_us", "funding_rate", "mark", "source"),
    "gap": ("from_us", "reason"),
}
"""What a record of each kind always has: a null there is damage."""

TABLE = RawTable(
    name="ticks",
    description=__doc__ or "",
    stream="ticks",
    columns=COLUMNS,
    lines="read_json({files}, format = 'newline_delimited', columns = {columns})",
    query="SELECT * FROM {lines}",
    whole="CASE kind "
    + " ".join(
        f"WHEN '{kind}' THEN " + " AND ".join(f'"{column}" IS NOT NULL' for column in ("symbol", *columns))
        for kind, columns in NEEDED.items()
    )
    + " ELSE true END",
)
