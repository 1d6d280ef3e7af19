"""One small fixed journal with a bit of everything, and the facts it makes."""

from collections.abc import Iterable

from executor.flags import Flags, read_flags
from executor.records.base import Record
from hedge_assets.refreshing.facts import Facts
from tests.hedge_assets.builders import (
    BTC,
    DAY,
    ETH,
    HOUR,
    MINUTE,
    SECOND,
    T0,
    account,
    ack,
    boot,
    cancel,
    decision,
    ended,
    fill,
    funding,
    gap,
    heartbeat,
    intent,
    mark,
    open_order,
    position,
    quote,
    reject,
    slice_of,
    submit,
    transfer,
    vetoed,
)

END = T0 + DAY + 2 * HOUR
FLAGS: Flags = read_flags({})


def facts_of(records: Iterable[Record]) -> Facts:
    facts = Facts()
    for record in records:
        for fold in facts.folds:
            fold.take(record)
    return facts


def quotes() -> list[Record]:
    return [quote(T0 + step * MINUTE, symbol, mid + step % 5) for step in range(12) for symbol, mid in ((BTC, 50_000.0), (ETH, 2_000.0))]


def round_trip() -> list[Record]:
    """A maker entry after a refused try, and a taker exit, in BTC, with funding between."""
    at = T0 + 12 * MINUTE
    return [
        intent(at),
        decision(at, slice=slice_of(at)),
        submit(at, "c0", mid=50_000.0),
        reject(at + 20_000, "c0"),
        submit(at + 30_000, "c1", step="reprice", mid=50_001.0),
        ack(at + 45_000),
        fill(at + SECOND, "c1", price="50000.5", qty="0.1", fee="1.00001", position_qty="0.1"),
        ended(at + SECOND),
        quote(at + 2 * SECOND, BTC, 50_010.0),
        quote(at + 6 * SECOND, BTC, 50_020.0),
        account(
            at + 6 * SECOND,
            "99998.99999",
            unrealised="1.95",
            positions=(position(entry_price="50000.5", mark_price="50020", unrealised="1.95"),),
        ),
        heartbeat(at + 6 * SECOND, 1),
        funding(T0 + 8 * HOUR, amount="-0.5"),
        intent(T0 + 9 * HOUR, "i2", side="sell", purpose="exit", reason="take", qty=0.1, stop_bps=None, take_bps=None),
        decision(T0 + 9 * HOUR, "i2", slice=slice_of(T0 + 9 * HOUR, position_qty=0.1, entry_price=50_000.5)),
        submit(T0 + 9 * HOUR, "c2", "i2", side="sell", price=None, step="taker", post_only=False, reduce_only=True, mid=50_500.0),
        ack(T0 + 9 * HOUR + 10_000, "c2"),
        fill(
            T0 + 9 * HOUR + 12_000, "c2", side="sell", price="50499", fee="2.52495", liquidity="taker", realized="49.85", position_qty="0"
        ),
        ended(T0 + 9 * HOUR + 12_000, "i2"),
        account(T0 + 9 * HOUR + SECOND, "100045.82504"),
        heartbeat(T0 + 9 * HOUR + SECOND, 2),
    ]


def second_day() -> list[Record]:
    """A deposit, a veto, a short in ETH that stays open, and an order that waits."""
    at = T0 + DAY + HOUR
    held = position(ETH, qty="-5", entry_price="2004", mark_price="2010", unrealised="-30", liquidation_price="2390", opened_us=at + SECOND)
    waiting = open_order("c4", symbol=BTC, price="49000", placed_us=at + 2 * SECOND)
    return [
        transfer(T0 + DAY, amount="1000"),
        intent(at, "i3", ETH, side="sell", strategy="mean_reversion", reason="far above its mean"),
        decision(at, "i3", ETH, slice=slice_of(at, ETH, bid=2_003.5, ask=2_004.5)),
        submit(at, "c3", "i3", symbol=ETH, side="sell", qty="5", price="2004", mid=2_003.8),
        ack(at + 8_000, "c3", symbol=ETH),
        fill(at + SECOND, "c3", symbol=ETH, side="sell", price="2004", qty="5", fee="2.004", position_qty="-5"),
        ended(at + SECOND, "i3", ETH, filled_qty="5"),
        intent(at + SECOND, "i4"),
        decision(at + SECOND, "i4", verdict=vetoed("cooldown"), slice=slice_of(at + SECOND)),
        intent(at + 2 * SECOND, "i5", ETH, side="sell"),
        decision(at + 2 * SECOND, "i5", ETH, slice=slice_of(at + 2 * SECOND, ETH, bid=2_003.5, ask=2_004.5)),
        submit(at + 2 * SECOND, "c5", "i5", symbol=ETH, side="sell", price="2005", mid=2_004.0),
        ack(at + 2 * SECOND + 9_000, "c5", symbol=ETH),
        cancel(at + 12 * SECOND, "c5", symbol=ETH, unfilled_qty="0.1"),
        ended(at + 12 * SECOND, "i5", ETH, filled_qty="0", unfilled_qty="0.1", reason="patience ran out"),
        mark(at + 12 * SECOND, ETH, mark=2_010.0, index=2_009.0),
        quote(END - SECOND, BTC, 50_100.0),
        quote(END, ETH, 2_010.0),
        gap(END, ETH, from_us=END - 5 * SECOND),
        account(END, "101043.82104", unrealised="-30", margin="2010", available="99000", positions=(held,), orders=(waiting,)),
        heartbeat(END, 3),
    ]


def story() -> Facts:
    return facts_of([*quotes()[:1], boot(), account(), heartbeat(T0, 0), *quotes()[1:], *round_trip(), *second_day()])
