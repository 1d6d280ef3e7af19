"""From a decision to the venue: our order path beside ccxt's own `create_order`, in turns, against one bare TLS server.

The server is another process; it stamps the moment at which an order had arrived with the monotonic clock, which all processes of
a machine share. Run it: `python -m tests.bench_order_path`; `compared()` gives the same numbers to other benchmarks.
"""

import asyncio
import contextlib
import json
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles

import aiohttp
import msgspec

from executor.clock import WallClock
from executor.courier.gate import Gate
from executor.dialects.binanceusdm import BinanceUsdm
from executor.journal.ring import ring_of
from executor.journal.writer import Journals
from executor.protocol.facts import Accepted
from executor.records.orders import Submit
from executor.settings import Journal, Venue
from executor.wire.access import Access
from executor.wire.route import connector_of
from executor.wire.secrets import key_of
from tests.executor.wire.authority import certified

SYMBOL = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "deliveryDate": 4133404800000,
    "onboardDate": 1569398400000,
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "orderTypes": ["LIMIT", "MARKET"],
    "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    "filters": [
        {"filterType": "PRICE_FILTER", "tickSize": "0.10", "minPrice": "0.10", "maxPrice": "4529764"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
        {"filterType": "MIN_NOTIONAL", "notional": "100"},
    ],
}
BRACKET = {"bracket": 1, "initialLeverage": 20, "notionalFloor": 0, "notionalCap": 1e9, "maintMarginRatio": 0.005, "cum": 0.0}
MOST_RATIO = 1.1
LIMITS = [{"rateLimitType": kind, "interval": "MINUTE", "intervalNum": 1, "limit": 10_000_000} for kind in ("ORDERS", "REQUEST_WEIGHT")]
ACK = (
    '{"orderId":%d,"symbol":"BTCUSDT","status":"NEW","clientOrderId":"%s","price":"60000.10","avgPrice":"0.00","origQty":"0.010",'
    '"executedQty":"0.000","cumQty":"0.000","cumQuote":"0.00000","timeInForce":"GTC","type":"LIMIT","reduceOnly":false,'
    '"closePosition":false,"side":"BUY","positionSide":"BOTH","stopPrice":"0.00","workingType":"CONTRACT_PRICE",'
    '"priceProtect":false,"origType":"LIMIT","priceMatch":"NONE","selfTradePreventionMode":"NONE","goodTillDate":0,"updateTime":%d}'
)


class OrderPath(msgspec.Struct, frozen=True, kw_only=True):
    """One side's times in microseconds: from the decision to its arrival, and to the parsed answer."""

    arrival_p50_us: float
    arrival_p99_us: float
    answer_p50_us: float
    answer_p99_us: float


class Bare(asyncio.Protocol):
    """HTTP by hand: no framework, so that mostly the clients are measured."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.kept = transport, b""

    def data_received(self, data: bytes) -> None:
        self.kept += data
        head, found, rest = self.kept.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or 0)
        if not found or len(rest) < length:
            return
        arrived_ns = time.monotonic_ns()
        self.kept = b""
        body = self.answer(head, rest, arrived_ns).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def answer(self, head: bytes, form: bytes, arrived_ns: int) -> str:
        if b"/exchangeInfo" in head:
            return json.dumps({"symbols": [SYMBOL], "rateLimits": LIMITS, "serverTime": time.time_ns() // 1_000_000})
        if b"/time" in head:
            return json.dumps({"serverTime": time.time_ns() // 1_000_000})
        if b"/leverageBracket" in head:
            return json.dumps([{"symbol": "BTCUSDT", "brackets": [BRACKET]}])
        client_id = form.partition(b"newClientOrderId=")[2].partition(b"&")[0].decode()
        return ACK % (arrived_ns % 10**12, client_id, arrived_ns)


async def serve(pem: str) -> None:
    """Serve until this process is ended; prints the port first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def compared(orders: int = 600) -> dict[str, OrderPath]:
    """Ours and ccxt's, a block of each in turns; `ratio` of two medians is what is to be judged."""
    with tempfile.TemporaryDirectory() as folder:
        ca_file, _ = certified(Path(folder), "fapi.binance.com")
        command = [sys.executable, "-m", "tests.bench_order_path", "serve", str(Path(folder) / "venue.pem")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                port = int(server.stdout.readline())
                # A disk that stands still for a second is measured here, and no order is refused for it.
                venue = Venue(route=f"127.0.0.1:{port}", ca_file=ca_file, timeout_ms=60_000, stale_ms=60_000)
                return asyncio.run(raced(venue, orders))
            finally:
                server.terminate()


async def raced(venue: Venue, orders: int) -> dict[str, OrderPath]:
    key = key_of("an-api-key-of-nobody", "a-secret-of-nobody")
    ours = BinanceUsdm(Access(venue="binanceusdm", mode="live", settings=venue, key=key, clock=WallClock()))
    await ours.open()
    import ccxt.async_support as ccxt  # noqa: PLC0415 - its import is not part of the race

    async with aiohttp.ClientSession(connector=connector_of(venue)) as session, contextlib.AsyncExitStack() as stack:
        theirs = ccxt.binanceusdm({"apiKey": "an-api-key-of-nobody", "secret": "a-secret-of-nobody", "session": session, "timeout": 60_000})
        theirs.enableRateLimit, theirs.has["fetchCurrencies"] = False, False
        theirs.options |= {"fetchMargins": False, "fetchMarkets": {"types": ["linear"]}}
        await theirs.load_markets()
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        journals = stack.enter_context(Journals(Path(folder), Journal(fsync="group"), "0001"))
        ring, _ = ring_of(asyncio.get_running_loop())
        if ring is not None:
            journals.speed_up(ring)
        sides = {"ours": through_ours(ours), "ccxt": through_ccxt(theirs), "durable": through_the_gate(ours, journals)}
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for number in range(orders):
            for name, send in sides.items():
                times[name].append(await timed(send, f"h-{name}-{number}"))
        await theirs.close()
    await ours.close()
    return {name: summed(rows[orders // 10 :]) for name, rows in times.items()}


Send = Callable[[str], Awaitable[int]]


async def timed(send: Send, client_id: str) -> tuple[float, float]:
    begun_ns = time.monotonic_ns()
    arrived_ns = await send(client_id)
    return (arrived_ns - begun_ns) / 1_000, (time.monotonic_ns() - begun_ns) / 1_000


def order_of(client_id: str) -> Submit:
    return Submit(
        time.time_ns() // 1_000,
        client_id=client_id,
        intent_id="i",
        symbol="BTCUSDT",
        side="buy",
        qty=Decimal("0.010"),
        price=Decimal("60000.10"),
        step="maker",
        post_only=False,
        reduce_only=False,
    )


def through_ours(dialect: BinanceUsdm) -> Send:
    async def send(client_id: str) -> int:
        verdict = await dialect.send(order_of(client_id))
        assert isinstance(verdict, Accepted), verdict
        return verdict.order.ts_us // 1_000

    return send


def through_the_gate(dialect: BinanceUsdm, journals: Journals) -> Send:
    """The whole way of a real order: journaled, flushed to the platter, then sent."""
    gate = Gate(journals)

    async def send(client_id: str) -> int:
        order = order_of(client_id)
        journals.append("orders", order)
        opened = gate.begin()

        async def durable() -> None:
            gate.attend()
            await opened

        verdict = await dialect.send(order, durable)
        assert isinstance(verdict, Accepted), verdict
        return verdict.order.ts_us // 1_000

    return send


def through_ccxt(exchange) -> Send:
    async def send(client_id: str) -> int:
        params = {"clientOrderId": client_id, "newOrderRespType": "RESULT"}
        order = await exchange.create_order("BTC/USDT:USDT", "limit", "buy", 0.01, 60000.1, params)
        assert order["clientOrderId"] == client_id
        return order["info"]["updateTime"] if isinstance(order["info"]["updateTime"], int) else int(order["info"]["updateTime"])

    return send


def summed(rows: list[tuple[float, float]]) -> OrderPath:
    arrivals, answers = [row[0] for row in rows], [row[1] for row in rows]
    return OrderPath(
        arrival_p50_us=median(arrivals),
        arrival_p99_us=quantiles(arrivals, n=100)[98],
        answer_p50_us=median(answers),
        answer_p99_us=quantiles(answers, n=100)[98],
    )


def measure(orders: int, *, say: Callable[[str, float, str], None], is_short: bool) -> list[str]:
    """Rows for `tests/bench.py`; gives what is not as it must be, which a short race cannot tell."""
    found = compared(orders)
    for name, side in found.items():
        who = {"ours": "ours", "ccxt": "ccxt's create_order", "durable": "ours with the durable intent"}[name]
        say(f"order path: decision to arrival, {who}", side.arrival_p50_us, f"µs p50, {side.arrival_p99_us:,.0f} µs p99")
    ratio = found["durable"].arrival_p50_us / found["ccxt"].arrival_p50_us
    say("order path: durable over ccxt's", ratio, "not judged: the race is short" if is_short else f"must be at most {MOST_RATIO}")
    if is_short or ratio <= MOST_RATIO:
        return []
    return [f"the order path with its durable intent took {ratio:.2f} times ccxt's, must be at most {MOST_RATIO}"]


def main() -> None:
    """Print both sides and the ratio of their medians."""
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(sys.argv[2]))
        return
    found = compared(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
    for name, side in found.items():
        print(f"{name:13} {json.dumps({key: round(value) for key, value in msgspec.structs.asdict(side).items()})}")
    for name in ("ours", "durable"):
        print(f"decision to arrival, {name} / ccxt: {found[name].arrival_p50_us / found['ccxt'].arrival_p50_us:.2f}")


if __name__ == "__main__":
    main()
