"""What rules the venue had for a recorded symbol: a table of usual ones, and what the numbers themselves show."""

from decimal import Decimal
from typing import TYPE_CHECKING

from executor.errors import UnreadableFeed
from executor.records.market import Instrument

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

DECIMALS = range(9)
ENOUGH = 0.999  # share of prices that must lie on a tick: recordings have a stray one now and then
FALLBACK_NOTIONAL = Decimal(5)

# Binance USD-M: tick, step, least notional in USD (exchangeInfo, August 2025).
USUAL: dict[str, tuple[str, str, str]] = {
    "BTCUSDT": ("0.1", "0.001", "100"),
    "ETHUSDT": ("0.01", "0.001", "20"),
    "SOLUSDT": ("0.01", "0.01", "5"),
    "XRPUSDT": ("0.0001", "0.1", "5"),
    "BNBUSDT": ("0.01", "0.01", "5"),
    "ENAUSDT": ("0.0001", "1", "5"),
    "ADAUSDT": ("0.0001", "1", "5"),
    "BCHUSDT": ("0.01", "0.001", "20"),
    "LTCUSDT": ("0.01", "0.001", "20"),
    "ETCUSDT": ("0.001", "0.01", "20"),
    "LINKUSDT": ("0.001", "0.01", "20"),
    "XLMUSDT": ("0.00001", "1", "5"),
    "XMRUSDT": ("0.01", "0.001", "5"),
    "AVAXUSDT": ("0.001", "1", "5"),
    "SUIUSDT": ("0.0001", "0.1", "5"),
}


def shares_on_grid(relation: "DuckDBPyRelation", column: str) -> dict[str, list[float]]:
    """For each symbol, the share of values that have at most 0, 1, .. 8 decimals."""
    tests = ", ".join(f"avg((abs({column} - round({column}, {places})) <= 1e-10 * abs({column}))::int)" for places in DECIMALS)
    return {row[0]: list(row[1:]) for row in relation.aggregate(f"symbol, {tests}", "symbol").fetchall()}


def decimals_shown(shares: list[float]) -> int:
    """The fewest decimals that nearly all values have; the most looked for, if none does."""
    return next((places for places in DECIMALS if shares[places] >= ENOUGH), DECIMALS[-1])


def size_of(usual: str | None, shares: list[float]) -> Decimal:
    """A tick or step: the usual one where the values lie on it, else the one they show (old recordings had others)."""
    if usual is not None and shares[max(0, -Decimal(usual).as_tuple().exponent)] >= ENOUGH:  # type: ignore[operator]
        return Decimal(usual)
    return Decimal(1).scaleb(-decimals_shown(shares))


def instruments_of(con: "DuckDBPyConnection", view: str, *, symbols: list[str], price: str, qty: str) -> dict[str, Instrument]:
    """Instruments of a view of recorded rows, from its columns `price` and `qty`."""
    prices, quantities = shares_on_grid(con.view(view), price), shares_on_grid(con.view(view), qty)
    made = {}
    for symbol in symbols:
        tick, step, notional = USUAL.get(symbol, (None, None, None))
        lot = size_of(step, quantities[symbol])
        made[symbol] = Instrument(
            symbol=symbol,
            tick_size=size_of(tick, prices[symbol]),
            step_size=lot,
            min_qty=lot,
            min_notional=Decimal(notional) if notional else FALLBACK_NOTIONAL,
        )
    return made


def refuse_bad_rows(relation: "DuckDBPyRelation", bad: str, *, what: str, where: str) -> None:
    """Refuse a recording in which any row matches the SQL condition `bad`, naming the first."""
    [found] = relation.filter(bad).aggregate("count(*), min(ts_ms), arg_min(symbol, ts_ms)").fetchall()
    if found[0]:
        raise UnreadableFeed(
            f"recording {where} has {found[0]} rows with {what}, the first of {found[2]} at ts_ms {found[1]}, 0 are allowed; "
            "repair or remove them"
        )
