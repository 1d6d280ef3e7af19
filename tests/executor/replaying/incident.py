"""An incident at the local venue, recorded: everything that may go wrong with an order and a stream, in some seconds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from executor.records.account import Account
from executor.records.orders import Ack, Cancel, Fill, Resolved, Unknown
from tests.executor.live.desk import GIVES_UP, WIDE, D, Desk, opened
from tests.executor.live.plugs.prompted import PROMPTS
from tests.local_venue.stream_faults import StreamFault

PROMPT = {word: str(size) for size, word in PROMPTS.items()}
NARROW = {"BTCUSDT": ("60000", "60000.1"), "ETHUSDT": ("3000", "3000.01")}
VENUE = {"record": "on", "reconcile_s": 20}


def prompt(desk: Desk, symbol: str, word: str, *, rests: bool = False) -> None:
    """Have the market prompt a wish; one that `rests` meets quotes far apart."""
    bid, ask = (WIDE if rests else NARROW)[symbol]
    desk.venue.market.quote(symbol, bid, ask, PROMPT.get(word, word))


async def calm(desk: Desk, symbol: str) -> None:
    """Quotes that prompt nothing, once they are seen by an executor that takes risk."""
    desk.venue.market.quote(symbol, *NARROW[symbol], "50")
    await desk.until(lambda: (quote := desk.seen(symbol)) and quote.bid_qty == 50, "the quote is seen")
    await desk.halts("")
    await desk.loops(3)


async def bought(desk: Desk) -> None:
    """An order that is taken and filled at once."""
    prompt(desk, "BTCUSDT", "buy")
    await desk.told(Fill, symbol="BTCUSDT")


async def unsure(desk: Desk) -> None:
    """An order that the venue takes, whose answer never comes, and of which the private stream says nothing."""
    desk.venue.faults.order("hang", phase="after")
    desk.venue.streams.faults.add(StreamFault(stream="user", action="drop", times=None))
    prompt(desk, "ETHUSDT", "buy")
    await desk.told(Unknown, symbol="ETHUSDT")
    await desk.told(Fill, symbol="ETHUSDT")
    desk.venue.streams.faults.clear()


async def never_arrived(desk: Desk) -> None:
    """An order that never reaches the venue."""
    await calm(desk, "ETHUSDT")
    desk.venue.faults.order("hang", phase="before")
    prompt(desk, "ETHUSDT", "exit")
    await desk.told(Resolved, fate="dead")


async def cut_off(desk: Desk) -> None:
    """Streams that break, and a trade of somebody's hand meanwhile."""
    desk.venue.streams.reset_all()
    desk.venue.incidents.by_hand("BTCUSDT", "BUY", "0.002")
    await desk.told(Fill, origin="foreign")
    await desk.until(lambda: desk.of(Account)[-1].positions, "the position is known")


async def left_resting(desk: Desk) -> None:
    """An order that rests when the executor is stopped."""
    await calm(desk, "BTCUSDT")
    prompt(desk, "BTCUSDT", "buy", rests=True)
    await desk.told(Ack, count=3)


def refused_orders(desk: Desk) -> None:
    """The venue refuses the next order with a code that proves it."""
    body = '{"code":-2019,"msg":"Margin is insufficient."}'
    desk.venue.faults.order("status", phase="before", status=400, body=body)


async def whole(folder: Path, *, meanwhile: Callable[[Desk], Any] | None = None, **changes: dict[str, Any]) -> Desk:
    """The whole incident; gives the desk, whose venue is closed."""
    venue = {**VENUE, **GIVES_UP, **changes.pop("venue", {})}
    async with opened(folder, venue=venue, strategy="prompted", **changes) as desk:
        async with desk.running():
            for symbol in NARROW:
                await calm(desk, symbol)
            for happens in (bought, unsure, never_arrived, cut_off, left_resting):
                await happens(desk)
            if meanwhile is not None:
                await meanwhile(desk)
            await desk.loops(3)
        assert [one.outcome for one in desk.of(Cancel)][-1] == "done"
        assert desk.venue.oracle.position("BTCUSDT") == D("0.010")
    return desk
