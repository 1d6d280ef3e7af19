"""What a record's bytes and its segment are is settled when it is appended."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import JournalError
from executor.journal.frame import marks_of
from executor.journal.lane import Lane
from executor.journal.recovery import Tail
from executor.records.account import Heartbeat
from executor.records.orders import Adjust, Fault, Funding, Transfer
from executor.settings import Journal


def lane(**settings: float) -> Lane:
    return Lane("positions", Tail(), settings=Journal(**settings), boot="b1")


@given(steps=st.lists(st.integers(min_value=-30, max_value=90), min_size=1, max_size=60), takes=st.sets(st.integers(0, 60)))
def test_when_the_bytes_are_taken_changes_nothing(beat: Callable[[int], Heartbeat], steps: list[int], takes: set[int]) -> None:
    seconds = [sum(steps[: i + 1]) for i in range(len(steps))]
    one, other = lane(rotate_s=60, rotate_bytes=900), lane(rotate_s=60, rotate_bytes=900)
    pieces: list[tuple[str, bytes]] = []
    for i, second in enumerate(seconds):
        assert one.append(beat(10_000 + second)) == other.append(beat(10_000 + second)) == i + 1
        if i in takes:
            pieces += other.take()
    whole: dict[str, bytes] = {}
    for name, data in [*pieces, *other.take()]:
        whole[name] = whole.get(name, b"") + data
    assert list(whole.items()) == one.take()


def test_a_segment_ends_at_the_hour_and_a_late_record_stays_in_it(beat: Callable[[int], Heartbeat]) -> None:
    hourly = lane()
    for second in (3_598, 3_599, 3_600, 3_599, 7_199, 7_200):
        hourly.append(beat(second))
    assert [(name, data.count(b"\n")) for name, data in hourly.take()] == [
        ("000000000001-20260101T00", 2),
        ("000000000003-20260101T01", 3),
        ("000000000006-20260101T02", 1),
    ]


def test_another_clock_begins_its_own_segment(beat: Callable[[int], Heartbeat]) -> None:
    hourly = lane()
    for second in (1_000_000, 0, 1):
        hourly.append(beat(second))
    assert [name for name, _ in hourly.take()] == ["000000000001-20260112T13", "000000000002-20260101T00"]


def test_a_segment_ends_once_it_is_full(beat: Callable[[int], Heartbeat]) -> None:
    small = lane(rotate_bytes=300)
    for i in range(9):
        small.append(beat(i))
    pieces = small.take()
    assert len(pieces) > 2
    assert all(300 <= len(data) < 600 for _, data in pieces[:-1])


def test_a_record_knows_what_was_reported_durable_before_it(beat: Callable[[int], Heartbeat]) -> None:
    known = lane()
    known.append(beat(0))
    known.append(beat(1))
    known.settle()
    known.append(beat(2))
    lines = known.take()[0][1].split(b"\n")[:-1]
    marks = [marks_of(line) for line in lines]
    assert [mark.d for mark in marks if mark is not None] == [0, 0, 2]


def test_a_record_beyond_a_mebibyte_is_refused_and_takes_no_number(beat: Callable[[int], Heartbeat]) -> None:
    strict = lane()
    with pytest.raises(JournalError, match=r"Fault of 10.* bytes, limit 1048576"):
        strict.append(Fault(ts_us=beat(0).ts_us, where="x", detail="y" * (1 << 20)))
    assert strict.append(beat(0)) == 1
    assert len(strict.take()) == 1


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "sNaN", "1E+999999", "-1E+31"])
def test_a_number_that_is_none_never_reaches_the_disk_and_takes_no_number(beat: Callable[[int], Heartbeat], text: str) -> None:
    strict, ts_us = lane(), beat(0).ts_us
    for record in (
        Adjust(ts_us, symbol="BTCUSDT", venue_qty=Decimal(text), our_qty=Decimal(0), reason=""),
        Transfer(ts_us, asset="USDT", amount=Decimal(text), reason=""),
        Funding(ts_us, symbol="BTCUSDT", amount=Decimal(1), rate=None, mark=Decimal(text), position_qty=Decimal(1)),
    ):
        with pytest.raises(JournalError, match=f"{type(record).__name__} at {ts_us} holds a number"):
            strict.append(record)
    assert strict.append(beat(0)) == 1
    assert len(strict.take()) == 1


def test_words_that_look_like_no_number_are_written_as_they_are(beat: Callable[[int], Heartbeat]) -> None:
    plain = lane()
    record = Transfer(beat(0).ts_us, asset="NaN", amount=Decimal("1E+2"), reason="1E+999999 Infinity", income_id="Infinity")
    assert plain.append(record) == 1


def test_what_was_counted_down_to_almost_nothing_is_written(beat: Callable[[int], Heartbeat]) -> None:
    plain = lane()
    for number in ("1E-45", "-1E-80", "0E-90", "1E-999999"):
        plain.append(Adjust(beat(0).ts_us, symbol="B", venue_qty=Decimal(number), our_qty=Decimal("1E+2"), reason=""))
    assert plain.appended == 4


def test_what_no_line_can_hold_is_refused_in_words(beat: Callable[[int], Heartbeat]) -> None:
    strict = lane()
    with pytest.raises(JournalError, match="Fault"):
        strict.append(Fault(ts_us=beat(0).ts_us, where="x", detail="\ud800"))
    assert strict.append(beat(0)) == 1


def test_settling_up_to_a_number_says_so_and_never_goes_back(beat: Callable[[int], Heartbeat]) -> None:
    known = lane()
    for number in range(4):
        known.append(beat(number))
    known.settle(3)
    known.append(beat(4))
    known.settle(1)
    known.append(beat(5))
    assert known.durable == 3
    known.settle()
    known.append(beat(6))
    marks = [marks_of(line) for line in known.take()[0][1].split(b"\n")[:-1]]
    assert [mark.d for mark in marks if mark is not None] == [0, 0, 0, 0, 3, 3, 6]
