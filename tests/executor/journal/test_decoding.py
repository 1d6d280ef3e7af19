"""Newer kinds are passed over; damage is not."""

from collections.abc import Callable

import msgspec
import pytest

from executor.errors import CorruptJournal
from executor.journal.decoding import decoded, first_broken
from executor.journal.frame import framed, trailer
from executor.records.market import Quote


def lines_of(payloads: list[bytes], first_seq: int = 1) -> list[bytes]:
    return [framed(payload, trailer("b1", 0), first_seq + i)[:-1] for i, payload in enumerate(payloads)]


def test_a_kind_from_the_future_is_left_out_and_the_numbers_stay(quote: Callable[[int], Quote]) -> None:
    payloads = [msgspec.json.encode(quote(0)), b'{"kind":"auction","ts_us":5,"price":[1]}', msgspec.json.encode(quote(2))]
    assert decoded(lines_of(payloads, 7), 7, stream="ticks", file="f") == [(7, quote(0)), (9, quote(2))]


def test_a_field_from_the_future_is_ignored(quote: Callable[[int], Quote]) -> None:
    payload = msgspec.json.encode(quote(0))[:-1] + b',"venue":"x"}'
    assert decoded(lines_of([payload]), 1, stream="ticks", file="f") == [(1, quote(0))]


def test_a_number_that_was_not_finite_is_refused_by_name(quote: Callable[[int], Quote]) -> None:
    payload = msgspec.json.encode(msgspec.structs.replace(quote(0), bid=float("nan")))
    with pytest.raises(CorruptJournal, match=r"ticks record 1 in f is whole but not valid .*bid"):
        decoded(lines_of([payload]), 1, stream="ticks", file="f")


def test_a_record_without_a_kind_is_not_valid() -> None:
    with pytest.raises(CorruptJournal, match="not valid"):
        decoded(lines_of([b'{"ts_us":1}']), 1, stream="ticks", file="f")


def test_the_first_line_out_of_sequence_is_named(quote: Callable[[int], Quote]) -> None:
    lines = lines_of([msgspec.json.encode(quote(i)) for i in range(5)])
    assert first_broken(lines, 1) is None
    assert first_broken(lines[:2] + lines[3:], 1) == 3
    assert first_broken([*lines[:4], lines[4][:-1]], 1) == 5
    with pytest.raises(CorruptJournal, match="ticks record 3 in f is missing or broken"):
        decoded(lines[:2] + lines[3:], 1, stream="ticks", file="f")
