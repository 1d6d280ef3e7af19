"""Journals of positions, drawn at random: fills, flips, funding, adjustments, quotes and orders in two symbols."""

from decimal import Decimal
from itertools import accumulate

from hypothesis import strategies as st

from executor.records.base import Record
from executor.records.orders import Adjust
from executor.records.trading import Policy
from hedge_assets.folds.ledger import Ledger
from tests.hedge_assets.builders import BTC, DAY, ETH, HOUR, T0, decision, fill, funding, intent, quote, submit

STEPS = st.sampled_from([0, 1]) | st.integers(0, 2 * HOUR) | st.integers(-HOUR, 0) | st.integers(0, 2 * DAY)
SYMBOLS = st.sampled_from([BTC, BTC, BTC, ETH])
SIDES = st.sampled_from(["buy", "sell"])
ALL_OF_IT = Decimal(0)
QTYS = st.sampled_from([0, 0, 0, 1, 2, 3]).map(Decimal) | st.sampled_from([Decimal("1e-8"), Decimal("2.5"), Decimal("33333.33333333")])
PRICES = st.decimals(90, 110, places=2) | st.decimals("1e-8", 10**8, places=8).filter(bool)
MONEY = st.decimals(-5, 5, places=18) | st.just(Decimal(0))
FILLS = st.tuples(st.just("fill"), SYMBOLS, SIDES, QTYS, PRICES, MONEY, MONEY)
QUOTES = st.tuples(st.just("quote"), SYMBOLS, st.floats(80, 120))
ORDERS = st.tuples(st.just("order"), SYMBOLS, st.booleans())
SETTLEMENTS = st.tuples(st.just("fund"), SYMBOLS, MONEY)
ADJUSTMENTS = st.tuples(st.just("adjust"), SYMBOLS, st.sampled_from([Decimal(0), Decimal(2), Decimal(-3)]))
EVENTS = st.one_of([FILLS] * 12 + [QUOTES] * 4 + [ORDERS] * 3 + [SETTLEMENTS] * 2 + [ADJUSTMENTS])


def journal(steps: list) -> list[Record]:
    """The records of drawn steps; a fill belongs to the newest order there is."""
    records: list[Record] = []
    held: dict[str, Decimal] = {}
    times = list(accumulate((step for step, _ in steps), initial=T0))[1:]
    for number, (ts_us, (_, (what, symbol, *rest))) in enumerate(zip(times, steps, strict=True)):
        order = next((record.client_id for record in reversed(records) if hasattr(record, "client_id")), "nobody")
        if what == "fill":
            rest[:2] = traded(held.get(symbol, Decimal(0)), *rest[:2])
            held[symbol] = held.get(symbol, Decimal(0)) + rest[1] * (1 if rest[0] == "buy" else -1)
        elif what == "adjust":
            held[symbol] = rest[0]
        records += written(what, ts_us, symbol, rest, order=order, number=number)
    return records


def traded(held: Decimal, side: str, qty: Decimal) -> list:
    """Side and quantity of a fill: what closes the position, where that was drawn."""
    if qty != ALL_OF_IT:
        return [side, qty]
    return ["sell" if held > 0 else "buy", abs(held) or Decimal(1)]


def written(what: str, ts_us: int, symbol: str, rest: list, *, order: str, number: int) -> list[Record]:
    """One drawn step as records."""
    if what == "fill":
        side, qty, price, fee, realized = rest
        return [fill(ts_us, order, side=side, qty=qty, price=price, fee=fee, realized=realized, symbol=symbol)]
    if what == "fund":
        return [funding(ts_us, symbol, amount=rest[0])]
    if what == "quote":
        return [quote(ts_us, symbol, rest[0])]
    if what == "adjust":
        return [Adjust(ts_us, symbol=symbol, venue_qty=rest[0], our_qty=Decimal(0), reason="the venue says so")]
    name = f"i{number}"
    policy = Policy(version=f"r{number}", weight_version=f"w{number}", weight_frac=0.25) if rest[0] else Policy()
    return [intent(ts_us, name, symbol), decision(ts_us, name, symbol, policy=policy), submit(ts_us, f"c{number}", name, symbol=symbol)]


JOURNALS = st.lists(st.tuples(STEPS, EVENTS), min_size=15, max_size=60).map(journal)


def folded(*records: Record) -> Ledger:
    """The ledger of a journal."""
    ledger = Ledger()
    for record in records:
        ledger.take(record)
    return ledger
