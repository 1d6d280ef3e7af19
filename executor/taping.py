"""A life's recorder, where the settings want one: where its cassette lies, and what its head says."""

import functools
import random
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from executor.boot import boot_id, versions
from executor.clock import Clock
from executor.life import Order
from executor.settings import Settings

if TYPE_CHECKING:
    from executor.wire.cassettes.recorder import Recorder
    from executor.wire.door import Opener
    from executor.wire.secrets import Key

FOLDER = "cassettes"


def folder_of(root: Path, settings: Settings) -> Path:
    """Where the cassettes of an executor of this data root lie."""
    wanted = settings.venue.record_folder
    return Path(wanted).expanduser().absolute() if wanted else root / FOLDER


def recorder_of(
    order: Order, *, boots: int, clock: Clock, venue: str = "", key: "Key | None" = None, known: bytes | None = None
) -> "Recorder | None":
    """What keeps everything that is seen of this venue (by ccxt's name; empty: the feed's), null where nothing is to be kept. `known` is
    what the executor knows (JSON), null on paper. Raises `SettingsError` or `LockError` where it cannot."""
    wanted = order.settings.venue
    if wanted.record == "off":
        return None
    from executor.feeds.live import public_of  # noqa: PLC0415 - who records nothing does not wait for the import
    from executor.wire.cassettes.lines import Head  # noqa: PLC0415
    from executor.wire.cassettes.recorder import Place, Recorder  # noqa: PLC0415

    head = Head(
        venue=venue or public_of(order.settings, order.settings.feed.partition(":")[2]).name,
        mode=order.settings.mode,
        account=order.settings.account,
        key="" if key is None else key.name,
        boot=boot_id(boots),
        file=1,
        seed=random.getrandbits(32),
        settings=msgspec.to_builtins(order.settings),
        flags=order.flags.as_text(),
        versions=versions(),
    )
    place = Place(folder=folder_of(order.root, order.settings), most_bytes=wanted.record_bytes, most_days=wanted.record_days)
    return Recorder(place, head, clock=clock, secrets=() if key is None else key.texts(), known=known)


def opener_of(recorder: "Recorder | None") -> "Opener | None":
    """What makes connections that are recorded; null where nothing is."""
    if recorder is None:
        return None
    from executor.wire.client import Client  # noqa: PLC0415

    return functools.partial(Client, recorder=recorder)
