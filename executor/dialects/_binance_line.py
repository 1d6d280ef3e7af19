"""One account's line to Binance USD-M: builds, signs, waits its turn, asks once, and learns limits and time from the answer."""

from collections.abc import Mapping
from typing import Any

import msgspec

from executor.dialects._binance_answers import complaint_of, held_us, is_about_time
from executor.dialects._binance_decoding import Ms, decoded
from executor.errors import SettingsError
from executor.protocol.facts import Refused
from executor.wire.access import Access
from executor.wire.budget import NEVER_US, Cost, Kind, Window
from executor.wire.door import Door
from executor.wire.keeping import Keeping
from executor.wire.library import built
from executor.wire.limiter import Limiter
from executor.wire.passing import monotonic_us
from executor.wire.reply import Reply, Request, Unanswered
from executor.wire.server_time import Reading, ServerTime
from executor.wire.signing import query_of, signer_of
from executor.wire.waiting import Gate

PATIENCE_US = 5_000_000
"""How long a reading waits for its turn; an order waits `venue.stale_ms`."""

READINGS = 5
URGENT = Cost(is_urgent=True)

ASSUMED = (
    Window(kind="weight", span_us=60_000_000, limit=2_400, header="X-MBX-USED-WEIGHT-1M"),
    Window(kind="orders", span_us=60_000_000, limit=1_200, header="X-MBX-ORDER-COUNT-1M"),
    Window(kind="orders", span_us=10_000_000, limit=300, header="X-MBX-ORDER-COUNT-10S"),
)
SPANS_US = {"SECOND": 1_000_000, "MINUTE": 60_000_000, "HOUR": 3_600_000_000, "DAY": 86_400_000_000}

LIMITS: Mapping[str, Kind] = {"REQUEST_WEIGHT": "weight", "ORDERS": "orders"}
MOST_SPANS = 1_000
"""A limit over more minutes, hours or days than this is none that anybody keeps to."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: `api` is the name of the host and version in ccxt's table."""

    path: str
    params: Mapping[str, str] = {}
    method: str = "GET"
    api: str = "fapiPrivate"
    cost: Cost = Cost()
    is_signed: bool = True


class Line:
    """Connections, limits and clock of one account. `open` before anything is asked."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.limiter = Limiter(ASSUMED, access.settings.reserve_frac)
        self.time = ServerTime(access.clock)
        self._sign = signer_of(access.key)
        self._headers = {"X-MBX-APIKEY": access.key.key.reveal()}
        self._form = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        self._window = str(access.settings.recv_window_ms)
        self._hosts: Mapping[str, str] = {}
        self._client: Door | None = None
        self._keeping = Keeping(self.time, self.measure)

    async def open(self) -> None:
        """Connect, anew where it was tried before, and measure the venue's clock; raises `Unanswered`."""
        await self.close()
        self._hosts = built(self.access).urls["api"]
        self._client = self.access.opener(self.access.settings)
        for _ in range(READINGS):
            await self.measure()
        self._keeping.start()

    async def close(self) -> None:
        """Let go of all connections."""
        await self._keeping.stop()
        if self._client is not None:
            await self._client.close()

    @property
    def door(self) -> Door:
        """The connections, for streams beside the questions."""
        if self._client is None:
            raise Unanswered(f"{self.access.venue} is not connected; open it first")
        return self._client

    def clock_doubt(self, limit_ms: float) -> str:
        """Why the clocks may differ by more than `limit_ms`; empty where all is well."""
        return self.time.beyond(limit_ms)

    def has(self, api: str) -> bool:
        """Whether this mode has such a host (demo has no `sapi`)."""
        return api in self._hosts

    async def send(self, call: Call, patience_us: int = PATIENCE_US, gate: Gate | None = None) -> Reply | Refused:
        """Ask once, what is asked waiting for the `gate`. `Refused` where limits left no room within `patience_us`: it did not leave."""
        if self._client is None:
            raise Unanswered(f"{self.access.venue} is not connected; open it first")
        wait_us = await self.limiter.leave(call.cost, patience_us)
        if wait_us:
            return self._too_late(wait_us)
        reply: Reply | None = None
        try:
            reply = await self._client.ask(self._request(call), gate)
        finally:
            self.limiter.returned(call.cost, reply.headers if reply else {})
        self._obey(reply)
        return reply

    async def read(self, call: Call) -> bytes:
        """The body of a good answer; raises `Unanswered` with what came instead."""
        reply = await self.send(call)
        if isinstance(reply, Refused):
            raise Unanswered(f"{call.path} was not asked: {reply.detail}")
        if reply.failure is None and reply.status == 200 and complaint_of(reply) is None:
            return reply.body
        raise Unanswered(f"{call.path} was not answered: {reply.words()}")

    async def change(self, call: Call, *, well: int = 0) -> None:
        """Have something set; the complaint `well` means that it is so already. A proved refusal is the operator's to cure."""
        reply = await self.send(call)
        if isinstance(reply, Refused):
            raise Unanswered(f"{call.path} was not asked: {reply.detail}")
        complaint = complaint_of(reply)
        if complaint is not None and complaint.code == well:
            return
        if complaint is not None and 400 <= reply.status < 429 and not is_about_time(complaint) and reply.status != 408:
            asked = ", ".join(f"{name} {value}" for name, value in call.params.items())
            raise SettingsError(f"{call.path} with {asked} was refused by the venue: {complaint.words()}; change the venue settings")
        if reply.failure is not None or reply.status != 200 or complaint is not None:
            raise Unanswered(f"{call.path} was not answered: {reply.words()}")

    async def measure(self) -> int:
        """Read the venue's clock once, and keep it; gives its time, microseconds UTC. Raises `Unanswered`."""
        asked_us = monotonic_us()
        body = await self.read(Call(path="time", api="fapiPublic", is_signed=False, cost=URGENT))
        server_us = decoded(body, _Time, "time").serverTime * 1_000
        self.time.take(Reading(asked_us=asked_us, heard_us=monotonic_us(), server_us=server_us + 500))
        return server_us

    def learn_limits(self, rows: list[dict[str, Any]]) -> None:
        """Take over what exchangeInfo says about limits (`rateLimits`); what it does not tell stays as assumed."""
        found = [window for row in rows if (window := window_of(row)) is not None]
        told = {window.kind for window in found}
        self.limiter.budget.learn([*found, *(window for window in ASSUMED if window.kind not in told)])

    def _request(self, call: Call) -> Request:
        """The request, stamped and signed at this moment."""
        url = f"{self._hosts[call.api]}/{call.path}"
        query = query_of(call.params)
        if not call.is_signed:
            return Request(method=call.method, url=f"{url}?{query}" if query else url)
        query = f"{query}{'&' if query else ''}recvWindow={self._window}&timestamp={self.time.stamp_ms()}"
        query = f"{query}&signature={self._sign(query)}"
        if call.method in ("GET", "DELETE"):
            return Request(method=call.method, url=f"{url}?{query}", headers=self._headers)
        return Request(method=call.method, url=url, headers=self._form, body=query.encode())

    def _too_late(self, wait_us: int) -> Refused:
        if wait_us >= NEVER_US:
            return Refused(code="over_limit", detail="it uses more than the venue allows at all; it was not sent")
        retry_us = self.access.clock.now_us() + wait_us
        return Refused(code="stale_request", detail=f"the venue's limits leave room in {wait_us / 1e6:.3f} s; not sent", retry_us=retry_us)

    def _obey(self, reply: Reply) -> None:
        """Hold back where the venue says so, and measure the clock again where it refuses our stamps."""
        if reply.status == 200:
            return
        complaint = complaint_of(reply)
        if (held := held_us(reply, complaint, self.time.now_us())) is not None:
            self.limiter.hold(held.us, orders_only=held.orders_only)
        if complaint is not None and is_about_time(complaint):
            self._keeping.doubt(f"the venue refused a stamp: {complaint.msg}")


class _Time(msgspec.Struct):
    serverTime: Ms  # noqa: N815 - the venue's word


def window_of(row: Mapping[str, Any]) -> Window | None:
    """One row of `rateLimits`."""
    kind, span_us = LIMITS.get(str(row.get("rateLimitType"))), SPANS_US.get(str(row.get("interval")))
    number, limit = row.get("intervalNum"), row.get("limit")
    if kind is None or span_us is None or not isinstance(number, int) or not isinstance(limit, int):
        return None
    if not 1 <= number <= MOST_SPANS or limit < 1:
        return None
    name = "X-MBX-USED-WEIGHT" if kind == "weight" else "X-MBX-ORDER-COUNT"
    return Window(kind=kind, span_us=span_us * number, limit=limit, header=f"{name}-{number}{str(row['interval'])[0]}")
