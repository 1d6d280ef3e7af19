"""Which record of three journals comes next."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from executor.records.base import Record
from executor.records.orders import Boot
from executor.records.streams import KINDS
from hedge_assets.refreshing.merging import Mark, Merge
from tests.hedge_assets.builders import T0, account, boot, heartbeat, intent, quote
from tests.hedge_assets.journals import write


def taken(raw: Path, marks: dict | None = None, until_us: int | None = None) -> tuple[list[Record], Merge]:
    found: list[Record] = []
    append: tuple[Callable[[Record], None], ...] = (found.append,)
    merge = Merge(raw, marks or {}, {kind: append for kinds in KINDS.values() for kind in get_args(kinds)}, batch=2)
    merge.advance(until_us)
    return found, merge


def test_ticks_come_before_orders_before_positions_and_the_newest_instant_waits(tmp_path: Path):
    first = [account(T0), heartbeat(T0), intent(T0), quote(T0)]
    second = [quote(T0 + 1), intent(T0 + 1, "i2"), account(T0 + 1), heartbeat(T0 + 1, 2)]
    write(tmp_path, [*first, *second])
    found, merge = taken(tmp_path / "raw")
    assert found == [quote(T0), intent(T0), account(T0), heartbeat(T0)]
    merge.take_before(T0 + 2)
    assert found[4:] == second


def test_a_mark_is_the_place_behind_what_was_taken(tmp_path: Path):
    write(tmp_path, [record for step in range(5) for record in (quote(T0 + step), heartbeat(T0 + step, step))])
    _, merge = taken(tmp_path / "raw")
    marks = merge.marks()
    assert (marks["ticks"].cursor.seq, marks["ticks"].last_seq, marks["ticks"].first_seq) == (4, 4, 1)
    assert marks["orders"] == Mark()
    found, _ = taken(tmp_path / "raw", marks)
    assert found == []
    write(tmp_path, [heartbeat(T0 + 9, 9)])
    assert taken(tmp_path / "raw", marks)[0] == [quote(T0 + 4), heartbeat(T0 + 4, 4)]


def test_time_that_goes_backwards_keeps_the_order_of_its_stream(tmp_path: Path):
    write(tmp_path, [intent(T0 + 5, "late"), intent(T0, "early"), heartbeat(T0 + 4), heartbeat(T0 + 6, 2), heartbeat(T0 + 7, 3)])
    assert taken(tmp_path / "raw")[0] == [heartbeat(T0 + 4), intent(T0 + 5, "late"), intent(T0, "early"), heartbeat(T0 + 6, 2)]


def test_a_boot_nobody_followed_is_taken_by_itself(tmp_path: Path):
    write(tmp_path, [boot(T0 + 9), intent(T0 + 10)])
    found, merge = taken(tmp_path / "raw")
    merge.take_boots()
    assert [(type(record), record.ts_us) for record in found] == [(Boot, T0 + 9)]


def test_the_past_ends_at_its_newest_heartbeat(tmp_path: Path):
    write(tmp_path, [record for step in range(6) for record in (quote(T0 + step), heartbeat(T0 + step, step))])
    found, _ = taken(tmp_path / "raw", until_us=T0 + 3)
    assert found[-1] == heartbeat(T0 + 2, 2)
