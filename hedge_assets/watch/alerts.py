"""People are told of incidents: the policy decides what and when, each channel's outbox sends it, and nothing waits for that."""

import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any

from executor.clock import Clock
from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.settings import Alerts
from hedge_assets.watch.channels import channels_of
from hedge_assets.watch.messages import Heading, compose
from hedge_assets.watch.outbox import Outbox
from hedge_assets.watch.policy import Policy


class Alerter:
    """Without channels it does nothing. Settings that cannot be used are refused when it is made."""

    def __init__(self, alerts: Alerts, *, environ: Mapping[str, str], clock: Clock, page: str | None = None) -> None:
        self._clock = clock
        self._page = page
        self._host = socket.gethostname()
        self._policy = Policy(alerts, clock.now_us())
        self._outboxes = tuple(Outbox(channel) for channel in channels_of(alerts, environ))
        self._messages = 0

    def tell(self, entries: Sequence[Entry], open_now: Sequence[Incident], *, account: str | None = None) -> None:
        """Called at every look, with or without news, since time alone makes messages due. Never waits for a channel."""
        if not self._outboxes:
            return
        closed = [entry.incident for entry in entries if entry.event == "closed"]
        telling = self._policy.hear(open_now, closed, self._clock.now_us())
        if telling is None:
            return
        message = compose(telling.lines, Heading(self._host, account, self._page), remarks=telling.remarks)
        self._messages += 1
        for outbox in self._outboxes:
            outbox.put(message)

    def figures(self) -> dict[str, Any]:
        """For the pulse and the metrics: counts since the start, and per channel its counts and last error, redacted.

        `sent`, `failed` and `lost` count channels' messages, `failed` every try; `held_back` what the hourly limit merged;
        `error` is that of the first channel that has one.
        """
        errors = (f"{each.channel.name}: {each.last_error}" for each in self._outboxes if each.last_error is not None)
        return {
            "messages": self._messages,
            "sent": sum(each.sent for each in self._outboxes),
            "failed": sum(each.failed for each in self._outboxes),
            "lost": sum(each.lost for each in self._outboxes),
            "held_back": self._policy.held_back,
            "error": next(errors, None),
            "channels": [
                {
                    "name": each.channel.name,
                    "sent": each.sent,
                    "failed": each.failed,
                    "lost": each.lost,
                    "waiting": each.waiting,
                    "last_error": each.last_error,
                }
                for each in self._outboxes
            ],
        }

    def close(self, timeout_s: float) -> None:
        """Try what waits once more, for at most so long."""
        for outbox in self._outboxes:
            outbox.ask_to_close()
        end_s = time.monotonic() + timeout_s
        for outbox in self._outboxes:
            outbox.join(max(0.0, end_s - time.monotonic()))
