"""How a life ends: nothing new is sent, what rests is called back, answers under way are waited for; what is not proved stays unknown."""

import asyncio
import time
from collections.abc import Callable

from executor.courier.courier import Courier

ENDS_S = 7.0
"""How long an end waits at most for answers under way and for our resting orders to come back."""

LOOK_S = 0.02


async def wound_up(courier: Courier, hear: Callable[[], None]) -> None:
    """Ask back every resting order, at once and as others turn out to rest, until nothing is open or under way or the time is over."""
    sender, ledger = courier.sender, courier.ledger
    until_s, asked = time.monotonic() + ENDS_S, set[str]()
    while True:
        hear()
        rests = {name: track.symbol for name, track in ledger.live.items() if track.phase == "open"}
        for name in rests.keys() - asked:
            asked.add(name)
            sender.cancel(name, rests[name])
        if not (rests or sender.under_way) or time.monotonic() > until_s:
            break
        await asyncio.sleep(LOOK_S)
    await sender.ended(0.0)
    hear()
