"""ccxt's unified calls, spoken through our own connections: it builds, signs and parses, we send once and keep the raw answer.

Whatever ccxt raises is kept beside the answers that were heard during that very call: those are what a verdict is made from.
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import msgspec

from executor.dialects._unified_manners import Manners
from executor.dialects._unified_shapes import asked_for, holds_list, whole
from executor.errors import SettingsError
from executor.wire.access import Access
from executor.wire.budget import Cost, Window
from executor.wire.door import Door
from executor.wire.library import built, ccxt_async, exchange_class
from executor.wire.limiter import Limiter
from executor.wire.reply import UNREADABLE, Reply, Request, Unanswered
from executor.wire.server_time import ServerTime

READ_MOST = 200
PATIENCE_US = 5_000_000
DEFAULT_HOLD_US = {429: 10_000_000, 418: 120_000_000}
NOT_UNDERSTOOD = (KeyError, IndexError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
"""What ccxt raises on answers of a shape that it does not expect."""


class Heard(msgspec.Struct):
    """What was heard during one call, which may make `most` requests. `refused_us` is the wait that kept the first one back,
    `unfit` why one of the answers was none, whatever ccxt made of it."""

    most: int
    cost: Cost
    patience_us: int
    replies: list[Reply] = []
    is_blocked: bool = False
    refused_us: int = 0
    unfit: str = ""


class Said(msgspec.Struct, frozen=True):
    """How one call ended: ccxt's result or its error, and the answers behind it."""

    result: Any
    error: Exception | None
    heard: Heard

    @property
    def reply(self) -> Reply | None:
        """The last answer heard, null where nothing was sent."""
        return self.heard.replies[-1] if self.heard.replies else None


HEARD: ContextVar[Heard | None] = ContextVar("heard", default=None)


class Voice:
    """One account at a venue that ccxt knows. `exchange` is ccxt's; call it only through `ask`."""

    def __init__(self, access: Access, manners: Manners) -> None:
        self.access, self.manners = access, manners
        self.time = ServerTime(access.clock)
        self.errors = ccxt_async().errors
        self.exchange = built(access, spoken_class(exchange_class(access.venue), self))
        self.exchange.options = self.exchange.deep_extend(self.exchange.options, manners.options)
        rate_ms = float(self.exchange.rateLimit or 100)
        window = Window(kind="weight", span_us=1_000_000, limit=max(2, int(1_000 / rate_ms)))
        self.limiter = Limiter((window,), access.settings.reserve_frac)
        self._client: Door | None = None

    async def open(self) -> None:
        """Connect."""
        self._client = self.access.opener(self.access.settings)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._client is not None:
            await self._client.close()

    def has(self, name: str) -> bool:
        """Whether ccxt can do this at the venue by a request of its own."""
        return self.exchange.has.get(name) is True

    async def ask(self, call: Callable[[], Awaitable[Any]], heard: Heard | None = None) -> Said:
        """Make one unified call. What ccxt raises comes back, with what was heard."""
        heard = heard or Heard(READ_MOST, Cost(is_urgent=True), PATIENCE_US, [])
        token = HEARD.set(heard)
        try:
            return Said(await call(), None, heard)
        except (self.errors.BaseError, Unanswered, *NOT_UNDERSTOOD) as error:
            return Said(None, error, heard)
        finally:
            HEARD.reset(token)

    async def read(self, call: Callable[[], Awaitable[Any]], heard: Heard | None = None) -> Any:
        """The result of a reading; raises `Unanswered` with what came instead."""
        said = await self.ask(call, heard)
        is_told = all(reply.status < 300 and is_answer(reply, self.manners) for reply in said.heard.replies)
        if said.error is None and not said.heard.unfit and is_told:
            return said.result
        raise self.unanswered(said)

    async def rows(self, call: Callable[[], Awaitable[Any]]) -> list[dict[str, Any]]:
        """The rows of a reading; raises `Unanswered`, also where there are none and no answer shows an empty list."""
        heard = Heard(READ_MOST, Cost(is_urgent=True), PATIENCE_US, [])

        async def heard_call() -> Any:
            found = await call()
            if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
                raise Unanswered("what was told are no rows")
            if not found and not any(holds_list(whole(reply.body)) for reply in heard.replies):
                raise Unanswered("there is no list in it")
            return found

        rows: list[dict[str, Any]] = await self.read(heard_call, heard)
        return rows

    def unanswered(self, said: Said) -> Unanswered:
        """A reading that failed, in words without addresses."""
        reply = said.reply
        came = "nothing was sent" if reply is None else reply.words()
        why = said.heard.unfit or ("not of its form" if said.error is None else type(said.error).__name__)
        if isinstance(said.error, Unanswered):
            why = str(said.error)
        return Unanswered(f"{self.access.venue} gave no usable answer ({why}): {came}")

    async def fetch(self, request: Request) -> Reply | None:
        """Send one request of ccxt's within the call that is under way; null where it must not leave."""
        heard = HEARD.get() or Heard(READ_MOST, Cost(), PATIENCE_US, [])
        if self._client is None or len(heard.replies) >= heard.most:
            heard.is_blocked = True
            return None
        heard.refused_us = await self.limiter.leave(heard.cost, heard.patience_us)
        if heard.refused_us:
            return None
        reply: Reply | None = None
        try:
            reply = await self._client.ask(request)
        finally:
            self.limiter.returned(heard.cost, {})
        heard.replies.append(reply)
        if reply.status in DEFAULT_HOLD_US:
            after = reply.headers.get("Retry-After", "").strip()
            self.limiter.hold(int(after) * 1_000_000 if after.isdecimal() and len(after) < 7 else DEFAULT_HOLD_US[reply.status])
        return reply


def spoken_class(base: Any, voice: Voice) -> Any:
    """Ccxt's class of a venue with our connections and clock in place of its own."""

    class Spoken(base):  # type: ignore[misc]
        """The venue, spoken to by us."""

        def milliseconds(self) -> int:
            """The venue's time, which requests are stamped with."""
            return voice.time.stamp_ms()

        def sign(self, path: Any, api: Any = "public", method: Any = "GET", params: Any = None, *rest: Any) -> Any:
            """Ccxt's own signing, of parameters that are there: an absent order id must not travel as a word."""
            told = {name: value for name, value in params.items() if value is not None} if isinstance(params, dict) else params or {}
            return super().sign(path, api, method, told, *rest)

        async def initialize_client(self) -> bool:
            """Where ccxt would set a referrer and approve fees for its authors (hyperliquid): nothing."""
            return True

        async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
            """One request, as ccxt wants it; raises ccxt's errors."""
            named = self.prepare_request_headers(headers)
            sent = body.encode() if isinstance(body, str) else body
            reply = await voice.fetch(Request(method=method, url=url, headers=named, body=sent or None))
            asked = Asked(method, url, named, body)
            answer = parsed(self, reply, asked)
            if reply is not None:
                refuse_unshaped(voice.manners, asked, reply)
            return answer

        def safe_position(self, position: Any) -> Any:
            """Ccxt's position, of the size that was told: none is worked out from its value."""
            size = position.get("contracts")
            return {**super().safe_position(position), "contracts": size}

    return Spoken


class Asked(msgspec.Struct, frozen=True):
    """What ccxt's error parsing wants to know of the request."""

    method: str
    url: str
    headers: Any
    body: Any


def parsed(exchange: Any, reply: Reply | None, asked: Asked) -> Any:
    """An answer the way ccxt's own `fetch` gives it back; raises ccxt's errors."""
    errors = ccxt_async().errors
    if reply is None:
        raise errors.RateLimitExceeded(f"{exchange.id} was not asked")
    if reply.failure is not None:
        kind = errors.RequestTimeout if reply.failure == "timeout" else errors.ExchangeNotAvailable
        raise kind(f"{exchange.id}: {reply.words()}")
    headers = dict(reply.headers)
    text = reply.body.decode("utf-8", "replace").strip()
    try:
        answer = exchange.parse_json(text)
    except UNREADABLE:
        answer = None
    exchange.handle_errors(reply.status, "", asked.url, asked.method, headers, text, answer, asked.headers, asked.body)
    exchange.handle_http_status_code(reply.status, "", asked.url, asked.method, text)
    return text if answer is None else answer


def refuse_unshaped(manners: Manners, asked: Asked, reply: Reply) -> None:
    """Refuse an answer that is not of the form of what was asked for; raises `Unanswered`, and keeps why with what was heard, since ccxt
    forgives some answers."""
    shape = manners.shapes.get(asked_for(asked.url, asked.body)) or (manners.shapes.get("") if asked.method == "GET" else None)
    if shape is None:
        return
    try:
        lack = shape.lack(whole(reply.body))
    except Unanswered as error:
        lack = str(error)
    if lack:
        if (heard := HEARD.get()) is not None:
            heard.unfit = lack
        raise Unanswered(lack)


def is_whole(reply: Reply) -> bool:
    """Whether a whole JSON object or list came."""
    if reply.failure is not None:
        return False
    try:
        return isinstance(whole(reply.body), (dict, list))
    except Unanswered:
        return False


def is_answer(reply: Reply, manners: Manners) -> bool:
    """Whether a whole answer is of the venue's form: what is not would be read as an empty list."""
    if not is_whole(reply):
        return is_word(reply, manners)
    told = whole(reply.body)
    return bool(told) and manners.envelope <= told.keys() if isinstance(told, dict) else not manners.envelope


def is_word(reply: Reply, manners: Manners) -> bool:
    """Whether a bare word came, at a venue that answers some questions so."""
    try:
        told = None if reply.failure is not None else whole(reply.body)
    except Unanswered:
        return False
    return isinstance(told, str) and any(shape.is_word for shape in manners.shapes.values())


def refuse_unfit(voice: Voice) -> None:
    """Refuse a venue that cannot do the least: send, cancel and tell of one order, tell of trades and positions."""
    least = ("createOrder", "cancelOrder", "fetchOrder", "fetchOpenOrders", "fetchMyTrades", "fetchPositions", "fetchBalance")
    missing = [name for name in least if not voice.has(name)]
    if missing:
        raise SettingsError(f"exchange was 'ccxt:{voice.access.venue}', ccxt lacks {', '.join(missing)} there; name another venue")
