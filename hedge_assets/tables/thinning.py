"""Which quotes of a day the folds can tell from all of them, in SQL: the rest is only counted.

Of each symbol and minute: the last quote, the last with a price on both sides, and those with the highest and the lowest mid.
A moment at which something happens to the symbol (an order record; a markout of one of its fills falling due; a fee in its coin)
parts its minute: each part has these, and the two before a moment and the one after it are kept. Of a symbol's day: the first
two and the last two, the first with a price on both sides, and the two between which its newest news came. All of it holds
while times never go back.
"""

from dataclasses import dataclass

import duckdb

from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.tables.days import SETTLED_US

MINUTE_US = 60_000_000
HORIZONS_US = [horizon * 1_000_000 for horizon in HORIZONS_S]
VALID = "(bid > 0 AND ask > 0)"
MID = "((bid + ask) * 0.5)"

MOMENTS = """
CREATE OR REPLACE TABLE moments AS
WITH acts AS (
    SELECT kind, symbol, ts_us, CASE kind WHEN 'fill' THEN json_extract_string(line, '$.fee_asset') || 'USDT' END AS coin
    FROM {orders} WHERE symbol IS NOT NULL AND ts_us >= {start} - {settled} AND ts_us <= {until}
), moments AS (
    SELECT symbol, ts_us FROM acts
    UNION ALL SELECT coin, ts_us FROM acts WHERE coin IS NOT NULL
    UNION ALL SELECT symbol, ts_us + unnest({horizons}) FROM acts WHERE kind = 'fill'
)
SELECT DISTINCT symbol, ts_us FROM moments
"""
HOT = "CREATE OR REPLACE TABLE hot AS SELECT DISTINCT symbol, ts_us // {minute} AS minute FROM moments"
MINUTES = """
CREATE OR REPLACE TABLE minutes AS
WITH quotes AS (
    SELECT seq, ts_us, ts_us // {minute} AS minute, symbol, bid, ask, exchange_ts_us, last
    FROM {ticks} WHERE kind = 'quote' AND ts_us <= {until}
), parted AS (
    SELECT *, NULL::BIGINT AS moment, false AS is_hot FROM quotes ANTI JOIN hot USING (symbol, minute)
    UNION ALL
    SELECT q.*, m.ts_us AS moment, true AS is_hot
    FROM (FROM quotes SEMI JOIN hot USING (symbol, minute)) q ASOF LEFT JOIN moments m ON q.symbol = m.symbol AND q.ts_us > m.ts_us
)
SELECT symbol, minute, moment, is_hot, count(*) AS quotes, count(*) FILTER ({valid}) AS valid,
    count(last) FILTER ({valid}) AS lasts, min(seq, 2) AS oldest, max(seq, 2) AS newest,
    min(seq) FILTER ({valid}) AS first_valid, max(seq) FILTER ({valid}) AS last_valid,
    arg_min(seq, {mid}) FILTER ({valid}) AS low, arg_max(seq, {mid}) FILTER ({valid}) AS high,
    min(exchange_ts_us) FILTER ({valid}) AS least, max(exchange_ts_us) FILTER ({valid}) AS most,
    arg_max(exchange_ts_us, seq) FILTER ({valid}) AS news
FROM parted GROUP BY ALL
"""
SYMBOLS = """
CREATE OR REPLACE TABLE symbols AS
WITH days AS (
    SELECT symbol, arg_max(news, last_valid) AS news, sum(valid) AS valid, sum(quotes) AS quotes, sum(lasts) AS lasts
    FROM minutes GROUP BY 1
)
SELECT days.symbol, days.news, any_value(days.valid) AS valid, any_value(days.quotes) AS quotes, any_value(days.lasts) AS lasts,
    max(minute) FILTER (least <> days.news OR most <> days.news) AS since
FROM days JOIN minutes USING (symbol) GROUP BY 1, 2
"""
NEWS = """
WITH tail AS (
    SELECT t.symbol, t.seq, t.exchange_ts_us <> s.news AS old FROM {ticks} t JOIN symbols s USING (symbol)
    WHERE kind = 'quote' AND {valid} AND ts_us <= {until} AND ts_us >= {since} AND ts_us // {minute} >= coalesce(s.since, 0)
), before AS (SELECT symbol, max(seq) FILTER (old) AS seq FROM tail GROUP BY 1)
SELECT seq FROM before WHERE seq IS NOT NULL
UNION ALL SELECT min(tail.seq) FROM tail JOIN before USING (symbol) WHERE tail.seq > coalesce(before.seq, 0) GROUP BY tail.symbol
"""
KEPT = """
CREATE OR REPLACE TABLE kept AS
WITH marked AS (
    SELECT *,
        lead(is_hot, 1, false) OVER following OR lead(is_hot, 2, false) OVER following AS is_before,
        lag(is_hot, 1, false) OVER following AS is_after,
        row_number() OVER following AS place,
        count(*) OVER (PARTITION BY symbol) - row_number() OVER following AS place_back
    FROM minutes WINDOW following AS (PARTITION BY symbol ORDER BY oldest[1])
), found AS (
    SELECT unnest([newest[1], last_valid, low, high]) AS seq FROM marked
    UNION ALL SELECT unnest(newest) FROM marked WHERE is_hot OR is_before OR place_back < 2
    UNION ALL SELECT oldest[1] FROM marked WHERE is_hot OR is_after
    UNION ALL SELECT unnest(oldest) FROM marked WHERE place <= 2
    UNION ALL SELECT min(first_valid) FROM marked GROUP BY symbol
    UNION ALL {news}
    UNION ALL SELECT seq FROM {ticks} t JOIN symbols s USING (symbol) WHERE s.lasts > 0 AND s.lasts < s.valid AND ts_us <= {until}
)
SELECT DISTINCT seq FROM found WHERE seq IS NOT NULL
"""


@dataclass(frozen=True)
class Stretch:
    """What of the tables is read in one go: relations of a day's ticks and of orders, from the day's start up to a moment."""

    ticks: str
    orders: str
    start_us: int
    until_us: int


def thin(connection: duckdb.DuckDBPyConnection, stretch: Stretch) -> dict[str, tuple[int, int]]:
    """Find the quotes to keep (table `kept`); by symbol, how many quotes there are, and how many with a price on both sides."""
    words = {
        "ticks": stretch.ticks,
        "orders": stretch.orders,
        "start": stretch.start_us,
        "until": stretch.until_us,
        "settled": SETTLED_US,
        "minute": MINUTE_US,
        "horizons": str(HORIZONS_US),
        "valid": VALID,
        "mid": MID,
    }
    for statement in (MOMENTS, HOT, MINUTES, SYMBOLS):
        connection.execute(statement.format(**words))
    since = connection.execute("SELECT coalesce(min(coalesce(since, 0)), 0) FROM symbols").fetchone()
    news = NEWS.format(**words, since=(since[0] if since else 0) * MINUTE_US)
    connection.execute(KEPT.format(**words, news=f"({news})"))
    return {symbol: (quotes, valid) for symbol, quotes, valid in connection.execute("SELECT symbol, quotes, valid FROM symbols").fetchall()}
