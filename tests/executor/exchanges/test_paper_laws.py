"""Whatever is sent and whatever the market does: money is conserved, and no fill is too good."""

from collections import defaultdict
from decimal import Decimal
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.exchanges.paper import PaperExchange
from executor.records.market import Gap, MarketEvent, Quote, Trade
from executor.records.orders import Ack, Cancel, Expire, Fill, Funding, Reject, Report, Submit
from executor.venue.exact import lots
from tests.executor.exchanges.market import BTC, ETH, MS, T0_US, mark, order, quote, settlement, trade, venue

D = Decimal
BASE = {"BTCUSDT": (64000.0, 0.1, BTC), "ETHUSDT": (3000.0, 0.01, ETH)}
SEEDS = st.integers(0, 2**32)
MANY = settings(max_examples=60, deadline=None)


def made(seed: int, moves: int = 160) -> list[tuple]:
    """A market that wanders and sometimes crashes, with orders near its touch: what a seed makes of it."""
    chance = Random(seed)
    mids = dict.fromkeys(BASE, 0)
    opening: list[tuple] = [("quote", symbol, 0, 1, 20, 20) for symbol in BASE]
    return opening + [move(chance, chance.choice(sorted(BASE)), mids) for _ in range(moves)]


def move(chance: Random, symbol: str, mids: dict[str, int]) -> tuple:
    kind = chance.choices(KINDS, WEIGHTS)[0]
    side = chance.choice(["buy", "sell"])
    if kind == "quote":
        mids[symbol] += chance.choice([-1, 0, 0, 0, 1])
        return kind, symbol, mids[symbol], chance.randint(1, 3), chance.randint(0, 30), chance.randint(0, 30)
    if kind == "trade":
        return kind, symbol, mids[symbol] + chance.randint(-1, 2), chance.randint(1, 40), side
    if kind == "order":
        offset = None if chance.random() < 0.3 else mids[symbol] + chance.randint(-3, 3)
        return kind, symbol, side, chance.randint(1, 60), offset, chance.random() < 0.5, chance.random() < 0.3
    if kind == "crash":
        mids[symbol] += chance.choice([-30_000, 30_000])
        return "quote", symbol, mids[symbol], 2, 9, 9
    return {
        "mark": (kind, symbol, mids[symbol]),
        "settle": (kind, symbol, chance.randint(-75, 75)),
        "gap": (kind, chance.choice(["", symbol])),
        "cancel": (kind, chance.randint(0, 40)),
    }[kind]


KINDS = ("quote", "trade", "order", "cancel", "mark", "settle", "gap", "crash")
WEIGHTS = (40, 30, 15, 4, 4, 2, 2, 2)


class Tape:
    """Moves as they were played: events shown, orders sent, reports heard."""

    def __init__(self, exchange: PaperExchange) -> None:
        self.exchange = exchange
        self.events: list[MarketEvent] = []
        self.orders: dict[str, Submit] = {}
        self.heard: list[Report] = []
        self.symbols: list[str] = []

    def play(self, moves: list[tuple], start_ms: int = 0) -> None:
        for number, move in enumerate(moves):
            at_ms = (start_ms + number) * 9
            if move[0] == "order":
                self.send(at_ms, move[1:])
            elif move[0] == "cancel":
                if self.orders:
                    name = sorted(self.orders)[move[1] % len(self.orders)]
                    self.exchange.cancel(name, self.orders[name].symbol, T0_US + at_ms * MS)
            else:
                event = event_of(at_ms, move)
                self.events.append(event)
                self.exchange.observe(event)
            self.heard.extend(self.exchange.reports())

    def send(self, at_ms: int, asked: tuple) -> None:
        symbol, side, size, offset, post_only, reduce_only = asked
        base, tick, instrument = BASE[symbol]
        price = None if offset is None else str(D(str(base)) + offset * D(str(tick)))
        flags = {"post_only": post_only, "reduce_only": reduce_only}
        sent = order(at_ms, side, str(size * instrument.step_size * 10), price, name=f"o{at_ms}", symbol=symbol, **flags)
        self.orders[sent.client_id] = sent
        self.exchange.submit(sent)

    def fills(self) -> list[Fill]:
        return [one for one in self.heard if isinstance(one, Fill)]


def event_of(at_ms: int, move: tuple) -> MarketEvent:
    kind, symbol = move[0], move[1]
    if kind == "gap":
        return Gap(T0_US + at_ms * MS, symbol, T0_US + (at_ms - 30) * MS, "made")
    base, tick, _ = BASE[symbol]
    if kind == "settle":
        return settlement(at_ms, move[2] / 10_000, base, symbol=symbol)
    price = round(base + move[2] * tick / (1 if symbol == "BTCUSDT" or abs(move[2]) < 100 else 2), 2)
    if kind == "mark":
        return mark(at_ms, price, symbol=symbol)
    if kind == "trade":
        return trade(at_ms, price, move[3] / 100, move[4], symbol=symbol)
    return quote(at_ms, price, round(price + move[3] * tick, 2), bid_qty=move[4] / 100, ask_qty=move[5] / 100, symbol=symbol)


def played(seed: int, **paper: float) -> Tape:
    tape = Tape(fresh(**paper))
    tape.play(made(seed))
    return tape


def fresh(**paper: float) -> PaperExchange:
    return venue(**{"latency_floor_ms": 2.0, "latency_ms": 12.0, "balance_usd": 3000.0, "leverage": 20} | paper)


@MANY
@given(SEEDS)
def test_the_wallet_is_the_balance_and_every_profit_fee_and_funding_exactly(seed: int):
    tape = played(seed)
    earned = sum((one.realized - one.fee for one in tape.fills()), D(0))
    funded = sum((one.amount for one in tape.heard if isinstance(one, Funding)), D(0))
    assert tape.exchange.account(0).wallet == 3000 + earned + funded


@MANY
@given(SEEDS)
def test_a_position_is_the_sum_of_its_fills(seed: int):
    tape = played(seed)
    running: dict[str, Decimal] = defaultdict(D)
    for one in tape.fills():
        running[one.symbol] += one.qty if one.side == "buy" else -one.qty
        assert one.position_qty == running[one.symbol]
    shown = {one.symbol: one.qty for one in tape.exchange.account(0).positions}
    assert shown == {symbol: qty for symbol, qty in running.items() if qty}


@MANY
@given(SEEDS)
def test_what_is_filled_and_what_is_not_make_the_order(seed: int):
    tape = played(seed)
    shown = {one.client_id: one for one in tape.exchange.account(0).orders}
    for name, sent in tape.orders.items():
        found = [one for one in tape.heard if getattr(one, "client_id", None) == name]
        got = sum((one.qty for one in found if isinstance(one, Fill)), D(0))
        ends = [one for one in found if isinstance(one, Expire) or (isinstance(one, Cancel) and one.outcome == "done")]
        answers = [one for one in found if isinstance(one, Ack | Reject)]
        assert len(ends) <= 1
        assert len(answers) <= 1
        assert got <= sent.qty
        assert all(one.unfilled_qty == sent.qty - got for one in ends)
        assert (name in shown) == (bool(answers) and isinstance(answers[0], Ack) and not ends and got < sent.qty)
        assert name not in shown or shown[name].filled_qty == got


@MANY
@given(SEEDS)
def test_no_fill_is_better_than_the_market_or_than_its_own_limit(seed: int):
    tape = played(seed)
    for fill in tape.fills():
        sent = tape.orders.get(fill.client_id)
        worse = 1 if fill.side == "buy" else -1
        if sent is not None and sent.price is not None:
            assert worse * fill.price <= worse * sent.price
        if fill.liquidity == "maker":
            assert sent is not None
            assert fill.price == sent.price
        else:
            touches = [quoted.ask if fill.side == "buy" else quoted.bid for quoted in in_force(tape, fill)]
            best = min(touches) if fill.side == "buy" else max(touches)
            assert worse * fill.price >= worse * D(str(best))


def in_force(tape: Tape, fill: Fill) -> list[Quote]:
    """The quotes a fill can have met: the last before its time at the venue, and any at that time."""
    quotes = [one for one in tape.events if isinstance(one, Quote) and one.symbol == fill.symbol]
    before = [one for one in quotes if one.ts_us < fill.exchange_ts_us]
    return before[-1:] + [one for one in quotes if one.ts_us == fill.exchange_ts_us]


@MANY
@given(SEEDS)
def test_makers_never_get_more_of_a_trade_than_was_traded(seed: int):
    tape = played(seed)
    traded = {(one.symbol, one.ts_us): one.qty for one in tape.events if isinstance(one, Trade)}
    got: dict[tuple[str, int], Decimal] = defaultdict(D)
    for fill in tape.fills():
        if fill.model.startswith("queue"):
            got[fill.symbol, fill.exchange_ts_us] += fill.qty
    for key, qty in got.items():
        assert qty <= lots(traded[key], D("0.001"))


@MANY
@given(SEEDS)
def test_takers_never_get_more_than_the_levels_of_one_quote_show(seed: int):
    tape = played(seed, max_levels=3)
    got: dict[tuple[str, str, int], Decimal] = defaultdict(D)
    for fill in tape.fills():
        if fill.liquidity == "taker" and not fill.model.startswith("liquidation"):
            met = in_force(tape, fill)[-1]
            size = met.ask_qty if fill.side == "buy" else met.bid_qty
            key = (fill.symbol, fill.side, met.ts_us)
            got[key] += fill.qty
            assert got[key] <= 3 * lots(size, D("0.001"))


@MANY
@given(SEEDS)
def test_equity_never_stays_below_maintenance(seed: int):
    tape = played(seed)
    assert tape.exchange.account(0).positions == () or not tape.exchange._clearing.must_liquidate()


@MANY
@given(SEEDS, st.integers(0, 160))
def test_a_restart_at_any_point_changes_nothing(seed: int, cut: int):
    every, whole = made(seed), played(seed)
    first = Tape(fresh())
    first.play(every[:cut])
    second = Tape(fresh())
    second.exchange.restore(msgspec.json.decode(msgspec.json.encode(first.exchange.state())))
    second.orders = dict(first.orders)
    second.play(every[cut:], start_ms=min(cut, len(every)))
    assert first.heard + second.heard == whole.heard
    assert second.exchange.account(0) == whole.exchange.account(0)
    assert second.exchange.state() == whole.exchange.state()


def test_the_made_market_shows_every_way_an_order_can_go():
    heard = [one for seed in range(60) for one in played(seed).heard]
    ways = {one.model.split()[0] for one in heard if isinstance(one, Fill)}
    assert ways == {"touch", "level", "queue", "traded", "liquidation:"}
    codes = {one.code for one in heard if isinstance(one, Reject)}
    assert codes >= {"post_only_would_cross", "reduce_only_rejected", "insufficient_margin"}
    assert {one.reason.split(":")[0] for one in heard if isinstance(one, Expire)} == {"market order", "reduce_only"}
    assert {(one.outcome, one.reason) for one in heard if isinstance(one, Cancel)} >= {
        ("done", "requested"),
        ("done", "liquidation"),
        ("refused", "filled"),
    }
