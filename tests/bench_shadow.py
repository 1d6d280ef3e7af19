"""How fast the shadow evaluates: decisions alone, and whole intents through columns, pairs and tallies; and how flat a refresh is.

`python -m tests.bench_shadow [--short]`, or as a part of `make bench`. Each figure is the best of three, on one core.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from executor.flags import read_flags
from executor.records.base import Record
from executor.records.market import Instrument, Quote
from executor.records.trading import Decision, Intent, Vetoed
from executor.settings import Limits, Settings
from hedge_assets.folds.shadow import Shadow
from hedge_assets.refreshing.facts import read_facts
from hedge_assets.refreshing.shadowing import FILE, read_shadow
from hedge_assets.settings import Place
from tests.hedge_assets.builders import SECOND, T0, account, boot, intent, slice_of
from tests.runs import ran

SYMBOLS = tuple(f"S{number:02d}USDT" for number in range(16))
TRIES = 3
RULES = Instrument(symbol="", tick_size="0.1", step_size="0.001", min_qty="0.001", min_notional="5")  # type: ignore[arg-type]
VETOED = Settings(limits=Limits(whitelist=("NOTHING",)))


def opened(settings: Settings) -> Shadow:
    """A shadow that has booted and seen a quote of every symbol."""
    shadow = Shadow()
    rules = tuple(msgspec.structs.replace(RULES, symbol=symbol) for symbol in SYMBOLS)
    shadow.take(boot(T0, settings=settings, instruments=rules))
    for symbol in SYMBOLS:
        shadow.take(Quote(T0, T0, symbol, 49_999.5, 50_000.5, 1.0, 1.0, 50_000.0, "replay"))
    shadow.take(account(T0))
    return shadow


def asked(loops: int) -> Iterator[Record]:
    """In every loop one vetoed intent for every symbol."""
    for loop in range(1, loops + 1):
        ts_us = T0 + loop * SECOND
        for symbol in SYMBOLS:
            yield intent(ts_us, f"i{loop}-{symbol}", symbol)
            yield vetoed(ts_us, f"i{loop}-{symbol}", symbol)
        yield account(ts_us)


def vetoed(ts_us: int, intent_id: str, symbol: str) -> Decision:
    """The live desk's no."""
    return Decision(
        ts_us=ts_us,
        intent_id=intent_id,
        pipeline="v5",
        verdict=Vetoed("whitelist", f"{symbol} is not in limits.whitelist", "ok"),
        qty=None,
        notional_usd=None,
        plan=None,
        slice=slice_of(ts_us, symbol, bid=49_999.5, ask=50_000.5, bid_qty=1.0, ask_qty=1.0),
        policy=msgspec.convert({}, type=Decision.__annotations__["policy"]),
        limits_hash="",
    )


def best(call: Callable[[], None]) -> float:
    """Seconds of the fastest of three calls."""
    found = []
    for _ in range(TRIES):
        began_s = time.perf_counter()
        call()
        found.append(time.perf_counter() - began_s)
    return min(found)


def deciding(count: int) -> float:
    """Intents a second that one column decides: slice of its own book over the recorded view, v6's `decide`, an approval."""
    shadow = opened(Settings())
    column = shadow.running.columns["v6"]
    wishes: list[Intent] = [intent(T0 + number, f"i{number}", SYMBOLS[number % len(SYMBOLS)]) for number in range(count)]

    def call() -> None:
        for wish in wishes:
            assert column.answer(wish) is not None

    return count / best(call)


def evaluating(loops: int) -> float:
    """Intents a second that both columns decide, with the live column beside the shadow, compared and counted in every group."""
    records = list(asked(loops))
    shadows = [opened(VETOED) for _ in range(TRIES)]

    def call() -> None:
        shadow = shadows.pop()
        for record in records:
            shadow.take(record)
        assert shadow.ledger.pairs == loops * len(SYMBOLS)

    return loops * len(SYMBOLS) / best(call)


def refreshing(loops: int) -> dict[str, float]:
    """Reading the shadow from nothing, and again with nothing new, in seconds, and the bytes that are kept."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        ran(root, Settings(), loops, flags=read_flags({}))
        place = Place(root=root)
        began_s = time.perf_counter()
        read_shadow(place, read_facts(place))
        first_s = time.perf_counter() - began_s
        facts = read_facts(place)
        return {
            "first_s": first_s,
            "again_s": best(lambda: read_shadow(place, facts) and None),
            "bytes": (place.tables / FILE).stat().st_size,
        }


def rows(*, is_short: bool) -> Iterator[tuple[str, float, str]]:
    """Every figure."""
    yield "shadow: decisions by one column", deciding(1_000 if is_short else 20_000), "intents/s"
    yield "shadow: intents through both columns, pairs and tallies", evaluating(40 if is_short else 1_000), "intents/s"
    small, large = (400, 1_200) if is_short else (4_000, 40_000)
    few, many = refreshing(small), refreshing(large)
    yield f"shadow: columns over {large:,} loops of a made market", many["first_s"], "s"
    yield f"shadow: refresh with nothing new after {small:,} loops", 1e3 * few["again_s"], "ms"
    yield f"shadow: the same after {large:,} loops", 1e3 * many["again_s"], "ms"
    yield "shadow: kept", many["bytes"] / 1e6, "MB"


if __name__ == "__main__":
    for what, value, unit in rows(is_short="--short" in sys.argv):
        sys.stdout.write(f"| {what} | {value:,.{2 if value < 100 else 0}f} | {unit} |\n")
        sys.stdout.flush()
