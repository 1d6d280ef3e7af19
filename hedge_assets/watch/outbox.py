"""What one channel is still to be told, sent by a thread of its own, tried again until an hour has passed.

A loop of its own rather than a library's retry: what waits may change while it waits, and a new message is a
reason to try at once. A message that timed out may arrive twice; one that is not sent is counted and told of.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from hedge_assets.watch.channels import Channel
from hedge_assets.watch.messages import Message

MOST_WAITING = 50
GIVE_UP_S = 3600.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
TRIES_IN_FRONT = 6
"""So often the oldest is tried before those behind it have their turn: it may be it that is refused."""


@dataclass(frozen=True)
class Letter:
    """A message that waits: since when by the monotonic clock, and how often it was tried."""

    message: Message
    queued_s: float
    tries: int = 0


class Outbox:
    """A bounded queue and its thread. `put` never waits."""

    def __init__(self, channel: Channel, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.channel = channel
        self.sent = 0
        self.failed = 0
        self.lost = 0
        self.last_error: str | None = None
        self._clock_s = clock_s
        self._unsaid = 0
        self._waiting: deque[Letter] = deque()
        self._news = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name=f"outbox {channel.name}", daemon=True)
        self._thread.start()

    def put(self, message: Message) -> None:
        """Have it sent; the oldest goes when too many wait."""
        with self._news:
            self._waiting.append(Letter(message, self._clock_s()))
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popleft()
                self._lose()
            self._news.notify()

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return len(self._waiting)

    def ask_to_close(self) -> None:
        """Try each that waits once more, then end."""
        with self._news:
            self._is_closing = True
            self._news.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait for its end, at most so long; whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while (letter := self._next()) is not None:
            is_last_try = self._is_closing  # a try that was under way when it was asked to close is not the last one
            fault = self.channel.send(self._with_remark(letter.message))
            with self._news:
                if fault is None:
                    self._went(letter)
                    wait_s = FIRST_WAIT_S
                    continue
                self._stayed(letter, fault, is_last_try=is_last_try)
                if not self._is_closing:
                    has_news = self._news.wait(wait_s)
                    wait_s = FIRST_WAIT_S if has_news else min(2 * wait_s, LONGEST_WAIT_S)

    def _next(self) -> Letter | None:
        """The letter whose turn it is; null at the end."""
        with self._news:
            while not self._waiting and not self._is_closing:
                self._news.wait()
            return self._waiting[0] if self._waiting else None

    def _went(self, letter: Letter) -> None:
        self.sent += 1
        self.last_error = None
        self._unsaid = 0
        if self._waiting and self._waiting[0] is letter:
            self._waiting.popleft()

    def _stayed(self, letter: Letter, fault: str, *, is_last_try: bool) -> None:
        """It failed: it is tried again, behind others when it failed often, until it is too old."""
        self.failed += 1
        self.last_error = fault
        if not self._waiting or self._waiting[0] is not letter:
            return  # pushed out meanwhile, and counted
        again = replace(letter, tries=letter.tries + 1)
        self._waiting[0] = again
        if is_last_try or self._clock_s() - letter.queued_s > GIVE_UP_S:
            self._waiting.popleft()
            self._lose()
        elif again.tries % TRIES_IN_FRONT == 0:
            self._waiting.rotate(-1)

    def _lose(self) -> None:
        self.lost += 1
        self._unsaid += 1

    def _with_remark(self, message: Message) -> Message:
        """The message, and how many before it did not arrive."""
        if not self._unsaid:
            return message
        return replace(message, body=f"{message.body}\n{self._unsaid} messages before this one could not be delivered here")
