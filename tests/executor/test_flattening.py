"""A flattening is followed until nothing is held, and says why where something stays."""

import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest

from executor.flattening import is_flat_within, told
from executor.journal.writer import Journals
from executor.records.account import Account, Position
from executor.records.orders import Fault, Halt, Reject, Unknown
from executor.settings import Journal

T0 = 1_750_000_000_000_000


def account(qty: str, ts_us: int = T0) -> Account:
    money = Decimal(1_000)
    held = Position(
        symbol="BTCUSDT",
        qty=Decimal(qty),
        entry_price=money,
        mark_price=money,
        unrealised=Decimal(0),
        leverage=3,
        liquidation_price=None,
    )
    return Account(
        ts_us,
        account="a",
        wallet=money,
        unrealised=Decimal(0),
        margin=Decimal(0),
        available=money,
        balances={},
        sources={},
        positions=(held,) if held.qty else (),
        orders=(),
        nav_ts_us=ts_us,
    )


def test_what_is_held_is_said_whenever_it_changes_until_nothing_is(tmp_path: Path) -> None:
    said: list[str] = []
    with Journals(tmp_path, Journal(), "0001") as journals:
        journals.append("positions", account("0.3"))
        journals.settle()

        def sell() -> None:
            for number, qty in enumerate(("0.1", "0"), 1):
                until_s = time.monotonic() + 120
                while len(said) < number and time.monotonic() < until_s:
                    time.sleep(0.01)
                journals.append("positions", account(qty, T0 + number))
                journals.settle()

        seller = threading.Thread(target=sell)
        seller.start()
        assert is_flat_within(tmp_path, 120, said.append)
        seller.join()
    assert said == ["held: BTCUSDT 0.3", "held: BTCUSDT 0.1", "flat: nothing is held"]


def test_what_stays_held_is_said_with_the_newest_trouble(tmp_path: Path) -> None:
    said: list[str] = []
    with Journals(tmp_path, Journal(), "0001") as journals:
        journals.append("positions", account("0.3"))
        journals.append("orders", Reject(T0, client_id="h-x-1", symbol="BTCUSDT", code="min_qty", detail="too small"))
        journals.append("orders", Halt(T0, rule="operator", detail="flatten"))
    assert not is_flat_within(tmp_path, 0, said.append)
    assert said == ["held: BTCUSDT 0.3", "not flat after 0 s: BTCUSDT: the venue refused h-x-1, min_qty: too small"]


def test_without_any_trouble_it_says_where_to_look(tmp_path: Path) -> None:
    said: list[str] = []
    with Journals(tmp_path, Journal(), "0001") as journals:
        journals.append("positions", account("0.3"))
    assert not is_flat_within(tmp_path, 0, said.append)
    assert "hedge status" in said[-1]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (Unknown(T0, client_id="c", symbol="S", reason="no answer"), "S: the fate of c is unknown, no answer"),
        (Fault(T0, where="w", detail="d"), "w: d"),
        (Halt(T0, rule="lock_lost", detail="d"), "halted by lock_lost: d"),
        (Halt(T0, rule="operator", detail="d"), None),
        (account("1"), None),
    ],
)
def test_each_trouble_has_its_words(record, words) -> None:
    assert told(record) == words
