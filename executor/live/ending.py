"""How a life ends: nothing new is sent, what rests is called back, answers under way are waited for; what is not proved stays unknown."""

import asyncio
from collections.abc import Callable

from executor.courier.courier import Courier
from executor.errors import JournalError
from executor.live.engine import LiveEngine
from executor.live.guard import Guard
from executor.live.recalling import Recall, unproved
from executor.wire.passing import monotonic_s

ENDS_S = 7.0
"""How long an end waits at most for answers under way and for our resting orders to come back."""

LOOK_S = 0.02


class Ending:
    """One end. `failure` is the first that made writing impossible: from then on nothing is written, and what rests is called back all the
    same. `hear` has what is in the inbox journaled."""

    def __init__(self, engine: LiveEngine, courier: Courier, recall: Recall, *, hear: Callable[[], None]) -> None:
        self.failure: JournalError | None = None
        self._engine, self._courier, self._recall, self._hear = engine, courier, recall, hear

    async def wind_up(self) -> None:
        """Ask back every resting order, at once and as others turn out to rest, until nothing is open or under way or the time is over."""
        until_s = monotonic_s() + ENDS_S
        self.write(lambda: self._engine.wind_up("the executor stops"))
        while True:
            self._follow()
            if not (self._recall.look(()) or self._courier.sender.under_way) or monotonic_s() > until_s:
                break
            await asyncio.sleep(LOOK_S)
        await self._courier.sender.ended(0.0)
        self._follow()

    async def leave(self, guard: Guard, say: Callable[[str], None]) -> None:
        """Take the venue's countdown away where nothing of ours rests; else leave it, and say what does."""
        left = unproved(self._courier.ledger).values()
        if not left:
            await guard.disarm(self._courier)
            return
        words = {"open": "open", "unsure": "not proved", "sent": "not answered"}
        names = ", ".join(f"{one.client_id} ({one.side} {one.qty - one.filled_qty} {one.symbol}, {words[one.phase]})" for one in left)
        cure = f"the venue cancels them within {guard.countdown_s:g} s, else cancel" if guard.countdown_s else "cancel"
        say(f"left at the venue: {names}; {cure} them there, or start again, which does")

    def write(self, words: Callable[[], None]) -> None:
        """Write while that can be done."""
        if self.failure is None:
            try:
                words()
            except JournalError as failure:
                self.failure = failure

    def _follow(self) -> None:
        self.write(self._hear)
        self._courier.inbox.reports()  # nothing is left in line; where nothing can be written, the ledger follows all the same
