"""Which tables there are: one per file of `kinds`."""

import importlib
import pkgutil
from pathlib import Path

from hedge_assets.tables import kinds
from hedge_assets.tables.parquet import PART
from hedge_assets.tables.shape import DerivedTable, RawTable, Table


def scan() -> tuple[Table, ...]:
    """Every table, the journals' own before those made of them, by name."""
    names = sorted(name for _, name, _ in pkgutil.iter_modules(kinds.__path__))
    modules = [importlib.import_module(f"{kinds.__name__}.{name}") for name in names]
    found: list[Table] = [module.TABLE for module in modules]
    return tuple(sorted(found, key=lambda table: (isinstance(table, DerivedTable), table.name)))


def raw_tables() -> tuple[RawTable, ...]:
    """The journals' own."""
    return tuple(table for table in scan() if isinstance(table, RawTable))


def derived_tables() -> tuple[DerivedTable, ...]:
    """What the folds make."""
    return tuple(table for table in scan() if isinstance(table, DerivedTable))


def part(tables: Path, name: str, day: object) -> Path:
    """Where a table's day lies."""
    return tables / name / f"day={day}" / PART
