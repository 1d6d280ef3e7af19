"""How much a market's streams can bring, and how soon they flow again after a fault: `python -m tests.bench_streams [SECONDS] [ROUNDS]`.

Prints Markdown rows. Messages are pushed by another process, numbered without a hole, and go the whole way: socket, decoding,
numbers checked, `Quote`, inbox, batches. Lag is how much later than asked a sleep of a millisecond ends in the same loop.
Faults are those of `tests.executor.wire.streams.pushing`, with the patience of the default settings.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

from aiohttp import web

from executor.clock import WallClock
from executor.dialects._binance_streams import BinanceStreams
from executor.dialects._binance_user import BinanceUser
from executor.feeds.live import cut
from executor.records.market import Quote
from executor.wire.cassettes.recorder import Recorder
from executor.wire.streams.arrivals import Arrivals
from executor.wire.streams.inbox import Inbox
from executor.wire.streams.line import Patience
from executor.wire.streams.market import MarketStream, MarketTerms, Sending
from executor.wire.streams.user import Keys, UserStream, UserTerms
from tests.executor.wire.cassettes.taped import recording
from tests.executor.wire.streams import pushing
from tests.executor.wire.streams.pushing import Pusher, until

ROOT = Path(__file__).parents[1]
SYMBOLS = tuple(f"S{number:02d}USDT" for number in range(20))
RATE = 20_000
TICK_S = 0.002
WAIT_S = 60.0


def say(what: str, value: float, unit: str) -> None:
    print(f"| {what} | {value:,.{2 if value < 100 else 0}f} | {unit} |", flush=True)


def at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def nothing() -> list[Quote]:
    return []


# The other process.


async def push(rate: int, seconds: float) -> None:
    """Serve best prices at a rate for some seconds to whoever asks at /public, then say how many there were."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.receive()
        if request.path.startswith("/public"):
            print(await pushed(ws, rate, seconds), flush=True)
        await ws.receive()
        return ws

    app = web.Application()
    app.router.add_get("/{road}/ws", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


async def pushed(ws: web.WebSocketResponse, rate: int, seconds: float) -> int:
    sent, began_s = 0, time.monotonic()
    while (gone_s := time.monotonic() - began_s) < seconds:
        while sent < gone_s * rate:
            now_ms, price = int(time.time() * 1000), 100 + sent % 7
            event = pushing.book(SYMBOLS[sent % len(SYMBOLS)], sent + 1, now_ms, bid=f"{price}.10", ask=f"{price}.20")
            await ws.send_str(json.dumps(event, separators=(",", ":")))
            sent += 1
        await asyncio.sleep(TICK_S)
    return sent


# Intake.


async def lags(kept: list[float]) -> None:
    while True:
        asked_s = time.monotonic()
        await asyncio.sleep(0.001)
        kept.append((time.monotonic() - asked_s - 0.001) * 1000)


async def intake(rate: int, seconds: float, recorder: Recorder | None = None) -> dict[str, float]:
    args = (sys.executable, "-m", "tests.bench_streams", "push", str(rate), str(seconds))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*args, cwd=ROOT, stdin=pipe, stdout=pipe)
    port = int(await process.stdout.readline())
    inbox, late, quotes = Inbox(conflate=True), [], 0
    async with pushing.door(recorder) as door:
        patience = Patience(connect_s=WAIT_S, ping_s=WAIT_S)  # a line that is made anew would lose messages
        terms = MarketTerms(symbols=SYMBOLS, base_url=f"ws://127.0.0.1:{port}", quote_silence_s=WAIT_S, patience=patience)
        sending = Sending(put=inbox.put, now_us=Arrivals(WallClock().now_us).now_us, fetch_quotes=nothing)
        stream = MarketStream(door, BinanceStreams(), terms, sending)
        tasks = [asyncio.create_task(stream.run()), asyncio.create_task(lags(late))]
        used_s, sent = time.process_time(), asyncio.create_task(process.stdout.readline())
        heard_s = time.monotonic()
        while not sent.done() or (quotes < int(sent.result()) and time.monotonic() - heard_s < WAIT_S):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    quotes += sum(len(batch) for batch in cut(await inbox.take()))
                    heard_s = time.monotonic()
        cpu = (time.process_time() - used_s) / seconds
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    process.stdin.close()
    await process.wait()
    lost = int(sent.result()) - quotes
    return {"sent": int(sent.result()), "lost": lost, "p50": at(late, 0.5), "p99": at(late, 0.99), "max": max(late), "cpu": 100 * cpu}


# Faults.


async def say_all(pusher: Pusher, road: str, events: list[dict | str]) -> None:
    for connection in pusher.on(road):
        for event in events:
            await connection.say(event)


def books(*numbers: int) -> list[dict | str]:
    return [pushing.book("AAAUSDT", number, int(time.time() * 1000)) for number in numbers]


async def duplicate(pusher: Pusher, road: str) -> None:
    await say_all(pusher, road, books(*[pusher.numbers["aaausdt@bookTicker"] + 1000] * 20))


async def reorder(pusher: Pusher, road: str) -> None:
    last = pusher.numbers["aaausdt@bookTicker"] + 1000
    pusher.numbers["aaausdt@bookTicker"] += 10
    await say_all(pusher, road, books(*range(last + 10, last, -1)))


async def hole(pusher: Pusher, _: str) -> None:
    pusher.numbers["aaausdt@aggTrade"] += 50


async def flood(pusher: Pusher, road: str) -> None:
    last = pusher.numbers["aaausdt@bookTicker"] + 1000
    pusher.numbers["aaausdt@bookTicker"] += 5_000
    await say_all(pusher, road, books(*range(last + 1, last + 5_000)))


async def hour_ahead(pusher: Pusher, _: str) -> None:
    pusher.skew_ms = 3_600_000


async def hour_behind(pusher: Pusher, _: str) -> None:
    pusher.skew_ms = -3_600_000


async def unknown_kind(pusher: Pusher, road: str) -> None:
    await say_all(pusher, road, [{"e": "newThing", "x": 1}] * 20)


FAULTS = (*pushing.BREAKING, duplicate, reorder, hole, flood, hour_ahead, hour_behind, unknown_kind)


async def market_back(fault) -> float:
    """Seconds from a fault to the first quote that comes on a sound stream after it."""
    seen: list[Quote] = []
    async with Pusher() as pusher, pushing.door() as door:
        terms = MarketTerms(symbols=("AAAUSDT",), base_url=pusher.streams)
        sending = Sending(put=seen.append, now_us=Arrivals(WallClock().now_us).now_us, fetch_quotes=nothing)
        stream = MarketStream(door, BinanceStreams(), terms, sending)
        run = asyncio.create_task(stream.run())
        try:
            await until(lambda: any(type(each) is Quote for each in seen))
            faulty_s, rebuilds = time.monotonic(), stream.sockets["public"].counts.rebuilds
            await fault(pusher, "public")
            if fault in pushing.BREAKING:
                await until(lambda: stream.sockets["public"].counts.rebuilds > rebuilds and stream.sockets["public"].flows)
            count = sum(type(each) is Quote for each in seen)
            await until(lambda: sum(type(each) is Quote for each in seen) > count)
            return time.monotonic() - faulty_s
        finally:
            run.cancel()
            await asyncio.wait([run])


class Waiting:
    def __init__(self) -> None:
        self.made = 0

    def connected(self, _) -> None:
        self.made += 1

    def lost(self, _) -> None: ...

    def fact(self, *_) -> None: ...


async def key_back() -> float:
    """Seconds from the expiry of a listen key to a stream with another."""

    async def new_key() -> str:
        return str(time.monotonic_ns())

    async def keep_key(_: str) -> None: ...

    owner = Waiting()
    async with Pusher() as pusher, pushing.door() as door:
        keys = Keys(new_key=new_key, keep_key=keep_key)
        stream = UserStream(
            door, BinanceUser(), UserTerms(base_url=pusher.streams), keys, owner=owner, now_us=lambda: time.time_ns() // 1000
        )
        run = asyncio.create_task(stream.run())
        try:
            await until(lambda: owner.made and pusher.on("private"))
            faulty_s = time.monotonic()
            await say_all(pusher, "private", [{"e": "listenKeyExpired", "E": "1"}])
            await until(lambda: owner.made == 2)
            return time.monotonic() - faulty_s
        finally:
            run.cancel()
            await asyncio.wait([run])


async def recoveries(rounds: int) -> dict[str, list[float]]:
    names = [*(fault.__name__ for fault in FAULTS), "listen_key_expired"]
    kept: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, took_s in zip(names, await asyncio.gather(*map(market_back, FAULTS), key_back()), strict=True):
            kept[name].append(took_s)
    return kept


def measure(seconds: float, rounds: int, *, rate: int = RATE) -> list[str]:
    """Rows for `tests/bench.py`; gives what is not as it must be."""
    found = asyncio.run(intake(rate, seconds))
    say(f"streams: intake at {rate:,}/s", found["sent"], f"messages in {seconds:g} s")
    say("streams: lost of them", found["lost"], "messages, must be 0")
    say("streams: lag of the loop", found["p99"], f"ms p99, {found['p50']:.2f} ms p50, {found['max']:.1f} ms most")
    say("streams: processor of the intake", found["cpu"], "%")
    recorded(seconds, rate)
    kept = asyncio.run(recoveries(rounds))
    every = [took_s for each in kept.values() for took_s in each]
    for name, each in kept.items():
        say(f"streams: flowing again after {name}", at(each, 0.5), f"s p50, {max(each):.2f} s most of {len(each)}")
    say(f"streams: flowing again after any of {len(kept)} faults", at(every, 0.99), f"s p99 of {len(every)}, {max(every):.2f} s most")
    return [f"{found['lost']} of {found['sent']} messages were lost at {rate:,} a second, must be 0"] if found["lost"] else []


def recorded(seconds: float, rate: int = RATE) -> None:
    """The same intake, all of it kept on a cassette."""
    with tempfile.TemporaryDirectory() as folder:
        with recording(Path(folder), secrets=("localVenueKey" + "0123456789abcdef" * 3, "x" * 64)) as made:
            found = asyncio.run(intake(rate, seconds, made))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.zst"))
        say("streams: on a cassette", size / found["sent"], f"bytes a message; {found['lost']} lost, {made.lost} lines not recorded")
        say("streams: on a cassette, lag of the loop", found["p99"], f"ms p99, {found['p50']:.2f} ms p50, {found['max']:.1f} ms most")
        say("streams: on a cassette, processor", found["cpu"], "%")


if __name__ == "__main__":
    if sys.argv[1:2] == ["push"]:
        asyncio.run(push(int(sys.argv[2]), float(sys.argv[3])))
    else:
        measure(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0, int(sys.argv[2]) if len(sys.argv) > 2 else 6)
