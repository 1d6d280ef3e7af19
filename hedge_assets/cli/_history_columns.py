"""Closed trades of any engine in one form: which of a file's columns say what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Ways = tuple[tuple[str, str], ...]
"""Ways to say one thing, the first that a file can: the columns it takes, and SQL over them."""

NET: Ways = tuple((name, name) for name in ("pnl", "net", "profit_abs", "net_pnl_usd", "realized_pnl"))
CLOSED_MS: Ways = tuple((name, name) for name in ("close_ms", "close_timestamp", "exit_ms"))
CLOSED_US: Ways = (("closed_us", "closed_us"),)
OPENED_MS: Ways = tuple((name, name) for name in ("open_ms", "open_timestamp", "entry_ms"))
OPENED_US: Ways = (("opened_us", "opened_us"),)
NUMBER: Ways = tuple((name, name) for name in ("trade_no", "number"))
KEYS: Mapping[str, Ways] = {
    "symbols": (("symbol", "symbol"), ("pair", "pair"), ("instrument_id", "instrument_id")),
    "sides": (("side", "side"), ("is_short", "if(is_short::BOOLEAN, 'short', 'long')"), ("direction", "direction")),
    "strategies": (("strategy", "strategy"),),
    "regimes": (("regime", "regime"),),
}
MEASURES: Mapping[str, Ways] = {
    "notional": (
        ("notional", "notional::DOUBLE"),
        ("position_notional_usd", "position_notional_usd::DOUBLE"),
        ("qty open_rate", "qty::DOUBLE * open_rate::DOUBLE"),
        ("amount open_rate", "amount::DOUBLE * open_rate::DOUBLE"),
        ("stake leverage", "stake::DOUBLE * leverage::DOUBLE"),
    ),
    "fees": (
        ("fees", "fees::DOUBLE"),
        ("trading_fees_usd", "trading_fees_usd::DOUBLE"),
        (
            "qty open_rate close_rate fee_open fee_close",
            "qty::DOUBLE * (open_rate::DOUBLE * fee_open::DOUBLE + close_rate::DOUBLE * fee_close::DOUBLE)",
        ),
        (
            "amount open_rate close_rate fee_open fee_close",
            "amount::DOUBLE * (open_rate::DOUBLE * fee_open::DOUBLE + close_rate::DOUBLE * fee_close::DOUBLE)",
        ),
    ),
    "funding": (("funding", "funding::DOUBLE"), ("funding_fees", "funding_fees::DOUBLE"), ("funding_pnl_usd", "funding_pnl_usd::DOUBLE")),
    "traded": (("traded_usd", "traded_usd::DOUBLE"),),
    "maker": (("maker_usd", "maker_usd::DOUBLE"),),
    "risk": (("initial_risk_usd", "initial_risk_usd::DOUBLE"),),
    "adverse": (("adverse_bps", "adverse_bps::DOUBLE"),),
    "favourable": (("favourable_bps", "favourable_bps::DOUBLE"),),
}


@dataclass(frozen=True)
class Form:
    """How the rows of one kind of file are read: SQL for each thing that it says. A unit of its times is `unit_us` microseconds."""

    net: str
    closed: str
    unit_us: int
    opened: str | None
    number: str | None
    keys: Mapping[str, str]
    measures: Mapping[str, str]

    def hour(self) -> str | None:
        """The UTC hour of opening in two digits; null when nobody says when a trade was opened."""
        return None if self.opened is None else f"lpad((({self.opened}) // {3_600_000_000 // self.unit_us} % 24)::VARCHAR, 2, '0')"


def form_of(columns: Sequence[str]) -> Form:
    """The form of files with these columns. Raises ValueError with what is missing."""
    there = frozenset(columns)
    net, in_us, in_ms = first(NET, there), first(CLOSED_US, there), first(CLOSED_MS, there)
    closed = in_us or in_ms
    if net is None or closed is None:
        wanted = NET if net is None else (*CLOSED_MS, *CLOSED_US)
        shown = ", ".join(columns[:8]) + (", …" if len(columns) > 8 else "")
        raise ValueError(f"columns were {shown}; one of {', '.join(name for name, _ in wanted)} is needed")
    opened = first(OPENED_US if in_us else OPENED_MS, there)
    found = {name: first(ways, there) for name, ways in MEASURES.items()}
    keys = {name: first(ways, there) for name, ways in KEYS.items()}
    return Form(
        net=f"{net}::DOUBLE",
        closed=f"{closed}::BIGINT",
        unit_us=1 if in_us else 1000,
        opened=None if opened is None else f"{opened}::BIGINT",
        number=first(NUMBER, there),
        keys={name: sql for name, sql in keys.items() if sql is not None},
        measures={name: sql for name, sql in found.items() if sql is not None},
    )


def first(ways: Ways, there: frozenset[str]) -> str | None:
    """The SQL of the first way whose columns are all there; null when none is."""
    return next((sql for needed, sql in ways if there.issuperset(needed.split())), None)
