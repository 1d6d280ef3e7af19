"""Small records and small journals."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from executor.journal.writer import Journals
from executor.records.account import Heartbeat
from executor.records.market import Quote
from executor.records.orders import Fill
from executor.settings import Journal

START_US = 1_767_225_600_000_000


@pytest.fixture(scope="session")
def quote() -> Callable[[int], Quote]:
    """The i-th quote, one a second from 2026-01-01."""

    def made(i: int) -> Quote:
        ts_us = START_US + i * 1_000_000
        return Quote(ts_us, ts_us - 5_000, "BTCUSDT", 60_000.5 + i, 60_000.6 + i, 1.25, 0.5, None, "synthetic")

    return made


@pytest.fixture(scope="session")
def beat() -> Callable[[int], Heartbeat]:
    """The i-th heartbeat."""
    return lambda i: Heartbeat(ts_us=START_US + i * 1_000_000, loop=i, lag_us=0, counters={"quotes": i})


@pytest.fixture(scope="session")
def fill() -> Callable[[int], Fill]:
    """The i-th fill."""

    def made(i: int) -> Fill:
        return Fill(
            ts_us=START_US + i * 1_000_000,
            exchange_ts_us=START_US + i * 1_000_000,
            client_id=f"c{i}",
            order_id=f"o{i}",
            trade_id=f"t{i}",
            symbol="BTCUSDT",
            side="buy",
            price=Decimal("60000.10"),
            qty=Decimal("0.010"),
            fee=Decimal("0.30"),
            fee_asset="USDT",
            liquidity="maker",
            realized=Decimal(0),
            position_qty=Decimal("0.010") * (i + 1),
        )

    return made


@pytest.fixture
def journal_of_40(tmp_path: Path, quote: Callable[[int], Quote]) -> Path:
    """A ticks folder with 40 quotes, committed after each tenth, in one open segment."""
    with Journals(tmp_path / "of_40", Journal(), "b1") as journals:
        for i in range(40):
            journals.append("ticks", quote(i))
            if i % 10 == 9:
                journals.commit()
    return tmp_path / "of_40" / "raw" / "ticks"
