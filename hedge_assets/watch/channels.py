"""One place that people look at (Slack, Telegram, mail, a webhook, ...), reached by its Apprise address."""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from executor.errors import SettingsError
from hedge_assets.health.judge import one_line
from hedge_assets.settings import Alerts
from hedge_assets.watch.messages import Message
from hedge_assets.watch.secrets import Redactor, origin, resolve

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase

TURNS = 15
"""A sending takes at most so many times `timeout_s`: several connections, a service's own pace, an answer letter by letter."""

TYPES = {"error": "failure", "warn": "warning", "over": "success"}
TALKATIVE = ("apprise", "urllib3", "requests", "charset_normalizer", "markdown")
SCHEME = re.compile(r"[a-z][a-z0-9]{1,20}(?=://)")


class Channel:
    """Sends, and says what went wrong without a part of its address. Its name is safe to show."""

    def __init__(self, text: str, number: int, *, environ: Mapping[str, str], timeout_s: float) -> None:
        setting = f"alerts.channels[{number}]"
        address = resolve(text, setting, environ)
        self._redactor = Redactor(address)
        self._limit_s = TURNS * timeout_s
        self._sender, service = sender_of(address, setting, timeout_s)
        self._turn = threading.Thread()
        self.name = f"{number} {service} ({origin(text)})"

    def __repr__(self) -> str:
        """The name."""
        return f"<channel {self.name}>"

    def send(self, message: Message) -> str | None:
        """Send it and wait; null when it went, else why it did not. Never takes longer than its limit."""
        if self._turn.is_alive():
            return f"the sending before has not ended after {self._limit_s:g} s"
        answers: SimpleQueue[str | None] = SimpleQueue()
        self._turn = threading.Thread(target=lambda: answers.put(self._sent(message)), name=f"sending {self.name}", daemon=True)
        self._turn.start()
        try:
            return answers.get(timeout=self._limit_s)
        except Empty:
            return f"no end after {self._limit_s:g} s"

    def _sent(self, message: Message) -> str | None:
        """What Apprise says: it catches whatever a service raises."""
        result = self._sender.notify(body=message.body, title=message.title, notify_type=TYPES[message.tone], body_format="text")
        if result:
            return None
        said = [entry.message for entry in result.logs()]
        return one_line(self._redactor.hide(said[-1])) if said else "refused without a word"


def sender_of(address: str, setting: str, timeout_s: float) -> tuple["Apprise", str]:
    """Apprise with this one service, and the service's own name; its modules are loaded by the first call (0.2 s)."""
    hush()
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - a desk that tells nobody need not wait for it

    asset = AppriseAsset(
        app_id="hedge",
        app_desc="hedge",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        interpret_emojis=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
        service_timeout=0,
        allow_templates=False,
    )
    service = tried(lambda: Apprise.instantiate(address, asset=asset))
    if service is None:
        scheme = SCHEME.match(address)
        found = f"begins with {scheme.group()}://" if scheme else "has no scheme"
        raise SettingsError(
            f"{setting} {found} and is no address that Apprise can use; see docs/settings.md and Apprise's list of services"
        )
    own = vars(service)  # an address may ask for less
    service.socket_connect_timeout = min(own.get("socket_connect_timeout", timeout_s), timeout_s)
    service.socket_read_timeout = min(own.get("socket_read_timeout", timeout_s), timeout_s)
    sender = Apprise(asset=asset)
    sender.add(service)
    return sender, str(service.service_name)


def tried(work: Callable[[], "NotifyBase | None"]) -> "NotifyBase | None":
    """What a parser of addresses gives; null where the text made it stumble."""
    try:
        return work()
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def hush() -> None:
    """Libraries write addresses to the log when something goes wrong; what they say is asked of them instead."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def channels_of(alerts: Alerts, environ: Mapping[str, str]) -> tuple[Channel, ...]:
    """Every channel of the settings; the first that cannot be used is refused, by its number."""
    return tuple(Channel(text, number, environ=environ, timeout_s=alerts.timeout_s) for number, text in enumerate(alerts.channels, start=1))
