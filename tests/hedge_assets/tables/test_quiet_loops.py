"""Heartbeats and account records that are left out are those that no fold can tell."""

import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.errors import CorruptJournal
from hedge_assets.refreshing.facts import Facts
from hedge_assets.settings import Place
from hedge_assets.tables.building import build
from hedge_assets.tables.carry import begun
from hedge_assets.tables.catalog import raw_tables
from hedge_assets.tables.prepared import in_turn
from hedge_assets.tables.quiet_loops import read_loops
from hedge_assets.tables.reach import days_over
from hedge_assets.tables.refolding import lines_of, of_days
from tests.hedge_assets.builders import (
    DAY,
    MINUTE,
    SECOND,
    T0,
    account,
    ack,
    boot,
    decision,
    ended,
    fill,
    funding,
    halt,
    heartbeat,
    intent,
    quote,
    resume,
    slice_of,
    submit,
    transfer,
)
from tests.hedge_assets.journals import write
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, folds

START = T0 + DAY - 20 * MINUTE
WAIT = st.sampled_from((0, 1, 1, 2, 5, 59, 60, 61, 200))
NAV = st.sampled_from((0, 0, 0, 1, -1, 2, -3, 7, -8, 40, -60))
LOOP = st.tuples(st.just("loop"), WAIT, NAV, st.booleans(), st.sampled_from((None, None, None, "manual: by hand", "nav: stale")))
FILLED = st.tuples(st.just("order"), WAIT, st.booleans())
SWITCH = st.tuples(st.sampled_from(("halt", "resume", "boot", "funding", "quote", "wish")), WAIT)
FLOW = st.tuples(st.just("transfer"), WAIT, st.sampled_from(("500", "-300", "90000")))
STEPS = st.lists(st.one_of(LOOP, LOOP, LOOP, LOOP, FILLED, SWITCH, FLOW), min_size=1, max_size=120)


def told(steps):
    """Loops around midnight in which money moves, sources fail, switches are thrown, and orders fill."""
    at, wallet, records = START, Decimal(100_000), [boot(START, time="wall"), quote(START), account(START, "100000"), heartbeat(START, 0)]
    for number, (kind, wait, *rest) in enumerate(steps, start=1):
        at += wait * SECOND
        ids = (f"c{number}", f"i{number}")
        if kind == "loop":
            wallet += rest[0]
            sources = {"account": "ok", "positions": "timeout"} if rest[1] and number % 7 == 0 else {"account": "ok", "positions": "ok"}
            records += [account(at, str(wallet), sources=sources), heartbeat(at + 1, number, halted=rest[2])]
        elif kind == "order":
            records += [quote(at), intent(at, ids[1]), decision(at, ids[1], slice=slice_of(at)), submit(at, *ids, mid=50_000.0)]
            records += [ack(at + 10, ids[0]), fill(at + 20, ids[0], price="50001", qty="0.1")]
            records += [ended(at + 30, ids[1])] if rest[0] else []
        elif kind == "transfer":
            wallet += Decimal(rest[0])
            records.append(transfer(at, amount=rest[0]))
        elif kind == "wish":
            records += [intent(at, ids[1]), decision(at, ids[1], slice=slice_of(at))]
        elif kind == "boot":
            records.append(boot(at, time="wall", boot=f"b{number}"))
        else:
            records.append({"halt": halt, "resume": resume, "quote": quote, "funding": funding}[kind](at))
    return [*records, heartbeat(at + 2 * DAY, 9_999)]


@settings(max_examples=8, deadline=None)
@given(steps=STEPS)
def test_nobody_can_tell_thinned_loops_from_all_of_them(steps):
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), told(steps))
        place = Place(root=Path(folder))
        days = list(days_over(place.raw))
        assert [each.reason for each in build(place, raw_tables(), days[:2]) if each.reason] == []
        assert folds(of_days(place, days[:2])) == folds(begun(place, days[1] + timedelta(days=1), Facts()))


def test_of_an_idle_hour_a_few_loops_a_minute_are_folded(tmp_path):
    loops = [each for second in range(3_600) for each in (account(T0 + second * SECOND), heartbeat(T0 + second * SECOND + 1, second))]
    write(tmp_path, [quote(T0), *loops, heartbeat(T0 + 2 * DAY)])
    place = Place(root=tmp_path)
    list(build(place, raw_tables(), [FIRST]))
    (kept,) = [len(list(lines_of(ready, "positions", quiet=ready.quiet))) for ready in in_turn(place, [FIRST])]
    assert kept == 60 * 4
    assert folds(of_days(place, [FIRST])) == folds(begun(place, SECOND_DAY, Facts()))


def test_a_broken_line_is_refused_though_it_would_be_left_out():
    with pytest.raises(CorruptJournal, match="positions record 7 in here is missing or broken"):
        list(read_loops([(7, [b'{"kind":"heartbeat","ts_us":1,"seq":7,"crc":"00000000"}'])], "here"))
