"""A small simulated tape: every number of the ledger recomputed by plain loops, and the same fold however it is cut."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.records.base import Record
from executor.records.orders import Ack, Cancel, Ended, Fill, Reject, Submit
from executor.records.trading import Decision
from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.folds.execution_tally import ExecutionTally
from hedge_assets.folds.executions import Executions
from hedge_assets.folds.rolling import HOUR_US
from tests.hedge_assets.builders import (
    BTC,
    ETH,
    SECOND,
    T0,
    ack,
    cancel,
    decision,
    ended,
    fill,
    heartbeat,
    intent,
    quote,
    reject,
    slice_of,
    submit,
)

SYMBOLS = (BTC, ETH)


class Tape:
    """A market that wanders, and intents that are quoted, refused, repriced, taken, or left unfilled."""

    def __init__(self, seed: int, intents: int) -> None:
        self.chance = random.Random(seed)
        self.now = T0 + self.chance.randrange(HOUR_US)
        self.mid = dict.fromkeys(SYMBOLS, 100.0)
        self.records: list[Record] = []
        for number in range(intents):
            self.work(f"i{number}", self.chance.choice(SYMBOLS), self.chance.choice(("buy", "sell")))
            self.pass_time(self.chance.choice((3, 40, 700)))

    def pass_time(self, seconds: int) -> None:
        for _ in range(self.chance.randrange(1, 6)):
            self.now += self.chance.randrange(1, max(2, seconds * SECOND // 3))
            symbol = self.chance.choice(SYMBOLS)
            self.mid[symbol] *= 1 + self.chance.uniform(-1e-3, 1e-3)
            self.records.append(quote(self.now, symbol, self.mid[symbol], spread=0.02))
        self.records.append(heartbeat(self.now))

    def work(self, name: str, symbol: str, side: str) -> None:
        mid, left, number = self.mid[symbol], 10, 0
        view = slice_of(self.now, symbol, bid=mid - 0.01, ask=mid + 0.01)
        self.records += [intent(self.now, name, symbol, side=side), decision(self.now, name, symbol, slice=view, qty=10.0)]
        steps = ["taker"] if self.chance.random() < 0.4 else ["maker", "reprice", "fallback"][: self.chance.randrange(1, 4)]
        for step in steps:
            if left:
                number += 1
                left -= self.order(f"{name}-{number}", name, symbol, side=side, step=step, qty=left)
        over = ended(self.now, name, symbol, filled_qty=10 - left, unfilled_qty=left, reason="over")
        self.records.append(over)

    def order(self, client_id: str, name: str, symbol: str, *, side: str, step: str, qty: int) -> int:
        is_post = step in ("maker", "reprice")
        sent = {"symbol": symbol, "side": side, "qty": qty, "step": step, "post_only": is_post, "mid": self.mid[symbol]}
        self.records.append(submit(self.now, client_id, name, **sent))
        if is_post and self.chance.random() < 0.3:
            self.records.append(reject(self.now, client_id, symbol=symbol))
            return 0
        self.now += self.chance.randrange(1, 90_000)
        self.records.append(ack(self.now, client_id, symbol=symbol, latency_us=self.chance.choice((None, 1_500))))
        self.pass_time(4)
        filled = qty if step in ("taker", "fallback") else self.chance.choice((0, qty // 2, qty))
        for part in (filled // 2, filled - filled // 2):
            if part:
                price = round(self.mid[symbol] * (1 + self.chance.uniform(-2e-4, 2e-4)), 4)
                given = {"price": price, "qty": part, "fee": 0.001 * part, "liquidity": "maker" if is_post else "taker"}
                self.records.append(fill(self.now, client_id, symbol=symbol, side=side, **given))
        if filled < qty:
            self.records.append(cancel(self.now, client_id, symbol=symbol, unfilled_qty=qty - filled))
        return filled


def folded(records: list[Record], cuts: list[int] = ()) -> Executions:
    executions = Executions()
    for place, record in enumerate(records):
        if place in cuts:
            executions = msgspec.msgpack.decode(msgspec.msgpack.encode(executions), type=Executions)
        executions.take(record)
    return executions


def weighted(values: list[tuple[float, float]]) -> float:
    return sum(value * weight for value, weight in values) / sum(weight for _, weight in values)


def one(tape: Tape, kind: type, **named) -> list:
    return [each for each in tape.records if type(each) is kind and all(getattr(each, key) == value for key, value in named.items())]


def mid_at(tape: Tape, symbol: str, at_us: int, *, oldest_us: int, before: bool = False) -> float | None:
    """The newest mid at (or before) a moment, none where it is too old."""
    seen = [each for each in tape.records if getattr(each, "bid", None) and each.symbol == symbol]
    seen = [each for each in seen if each.ts_us < at_us or (each.ts_us == at_us and not before)]
    return (seen[-1].bid + seen[-1].ask) / 2 if seen and at_us - seen[-1].ts_us <= oldest_us else None


@pytest.fixture(scope="module")
def tape() -> Tape:
    made = Tape(7, 60)
    made.records.append(heartbeat(made.now + 301 * SECOND))
    return made


def sums(tape: Tape, key: str) -> ExecutionTally:
    return folded(tape.records).rolling.since(None, ExecutionTally)[key]


def costs(tape: Tape, symbol: str) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Slippage against arrival and against the decision of every fill, with its notional."""
    arrival, decided = [], []
    for each in one(tape, Fill, symbol=symbol):
        (sent,) = one(tape, Submit, client_id=each.client_id)
        (verdict,) = one(tape, Decision, intent_id=sent.intent_id)
        way, price, usd = (1 if each.side == "buy" else -1), float(each.price), float(each.price * each.qty)
        arrival.append((way * (price - sent.mid) / sent.mid * 1e4, usd))
        decided.append((way * (price - verdict.slice.mid) / verdict.slice.mid * 1e4, usd))
    return arrival, decided


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_slippage_maker_share_and_refusals_are_what_plain_loops_find(tape: Tape, symbol: str):
    tally, fills = sums(tape, f"symbol/{symbol}"), one(tape, Fill, symbol=symbol)
    arrival, decided = costs(tape, symbol)
    assert (tally.fills.arrival.n, tally.fills.arrival.mean) == (len(fills), pytest.approx(weighted(arrival)))
    assert tally.fills.decision.mean == pytest.approx(weighted(decided))
    makers = [each for each in fills if each.liquidity == "maker"]
    assert tally.fills.makers == len(makers) > 0
    assert tally.fills.maker_usd == pytest.approx(sum(float(each.price * each.qty) for each in makers))
    sent = one(tape, Submit, symbol=symbol)
    assert (tally.orders.n, tally.orders.posted) == (len(sent), sum(each.post_only for each in sent))
    assert tally.orders.posted_refused == tally.orders.refused == len(one(tape, Reject, symbol=symbol)) > 0
    assert tally.orders.unanswered == 0


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_implementation_shortfall_is_what_plain_loops_find(tape: Tape, symbol: str):
    paid_usd, decided_usd, each_bps = 0.0, 0.0, []
    for over in one(tape, Ended, symbol=symbol):
        (verdict,) = one(tape, Decision, intent_id=over.intent_id)
        start, side = verdict.slice.mid, one(tape, Submit, intent_id=over.intent_id)[0].side
        way, orders = (1 if side == "buy" else -1), {each.client_id for each in one(tape, Submit, intent_id=over.intent_id)}
        fills = [each for each in one(tape, Fill) if each.client_id in orders]
        usd = sum(way * float(each.qty) * (float(each.price) - start) + float(each.fee) for each in fills)
        left = 10.0 - sum(float(each.qty) for each in fills)
        end = mid_at(tape, symbol, over.ts_us, oldest_us=60 * SECOND)
        if left and end is None:
            continue
        usd += way * left * ((end or start) - start)
        paid_usd, decided_usd = paid_usd + usd, decided_usd + 10.0 * start
        each_bps.append(usd / (10.0 * start) * 1e4)
    intents = sums(tape, f"symbol/{symbol}").intents
    parts = intents.explicit_usd + intents.delay_usd + intents.impact_usd + intents.opportunity_usd
    assert (intents.n, intents.cost.n) == (len(one(tape, Ended, symbol=symbol)), len(each_bps))
    assert (parts, intents.decided_usd) == (pytest.approx(paid_usd), pytest.approx(decided_usd))
    assert intents.cost.mean == pytest.approx(sum(each_bps) / len(each_bps))


@pytest.mark.parametrize(("place", "horizon_s"), list(enumerate(HORIZONS_S)))
def test_markouts_are_what_plain_loops_find(tape: Tape, place: int, horizon_s: int):
    moved: dict[str, list[tuple[float, float]]] = {"maker": [], "taker": []}
    for each in one(tape, Fill):
        later = mid_at(tape, each.symbol, each.ts_us + horizon_s * SECOND, oldest_us=max(SECOND, horizon_s * SECOND // 2))
        if later is not None:
            way, price = (1 if each.side == "buy" else -1), float(each.price)
            moved[each.liquidity].append((way * (later - price) / price * 1e4, float(each.price * each.qty)))
    tally = sums(tape, "all/all").fills.markouts[place]
    assert (tally.maker.n, tally.taker.n) == (len(moved["maker"]), len(moved["taker"]))
    assert min(tally.maker.n, tally.taker.n) > 0
    assert tally.maker.mean == pytest.approx(weighted(moved["maker"]))
    assert tally.taker.mean == pytest.approx(weighted(moved["taker"]))


def test_effective_spread_is_realised_spread_and_impact(tape: Tape):
    effective, realised = [], []
    for each in one(tape, Fill):
        before = mid_at(tape, each.symbol, each.ts_us, oldest_us=60 * SECOND, before=True)
        later = mid_at(tape, each.symbol, each.ts_us + 60 * SECOND, oldest_us=30 * SECOND)
        way, price, usd = (1 if each.side == "buy" else -1), float(each.price), float(each.price * each.qty)
        if before is not None and later is not None:
            effective.append((way * (price - before) / before * 1e4, usd))
            realised.append((way * (price - later) / before * 1e4, usd))
    fills = sums(tape, "all/all").fills
    assert (fills.realised[1].n, fills.realised[1].mean) == (len(realised), pytest.approx(weighted(realised)))
    assert fills.moved[1].mean == pytest.approx(weighted(effective) - weighted(realised))


def test_times_are_what_plain_loops_find(tape: Tape):
    answers, firsts = [], {}
    for each in one(tape, Ack):
        (sent,) = one(tape, Submit, client_id=each.client_id)
        answers.append((each.latency_us if each.latency_us is not None else each.ts_us - sent.ts_us) / 1e3)
    for each in one(tape, Fill):
        (sent,) = one(tape, Submit, client_id=each.client_id)
        firsts.setdefault(each.client_id, (each.ts_us - sent.ts_us) / 1e3)
    orders = sums(tape, "all/all").orders
    for lasting, plain in ((orders.ack, sorted(answers)), (orders.first, sorted(firsts.values()))):
        assert (lasting.sketch.n, lasting.total) == (len(plain), pytest.approx(sum(plain)))
        assert lasting.sketch.quantile(0.5) == pytest.approx(plain[(len(plain) - 1) // 2], rel=0.011)


def test_routes_hours_and_symbols_each_make_the_whole(tape: Tape):
    found = folded(tape.records).rolling.since(None, ExecutionTally)
    whole = found["all/all"]
    for head in ("symbol/", "route/", "hour/"):
        parts = [tally for key, tally in found.items() if key.startswith(head)]
        assert sum(tally.fills.n for tally in parts) == whole.fills.n
        assert sum(tally.orders.n for tally in parts) == whole.orders.n
        assert sum(tally.intents.n for tally in parts) == whole.intents.n
    assert len(one(tape, Cancel)) == whole.orders.outcomes["canceled"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000_000), st.lists(st.integers(0, 400), max_size=6))
def test_any_cutting_gives_the_same_fold(seed: int, cuts: list[int]):
    records = Tape(seed, 12).records
    whole, cut = folded(records), folded(records, cuts)
    assert whole == cut
    assert msgspec.msgpack.encode(whole) == msgspec.msgpack.encode(cut)
