"""The record of a start: who started, with which flags, settings, versions and market."""

import platform
from importlib import metadata
from typing import Literal

import msgspec

from executor.assembly import pipeline_name
from executor.configuration import settings_hash
from executor.feeds.base import Feed
from executor.flags import Flags
from executor.journal.form import FORM
from executor.records.orders import Boot
from executor.settings import Settings


def boot_record(settings: Settings, flags: Flags, *, feed: Feed, boots: int, time: Literal["wall", "feed"], ts_us: int) -> Boot:
    """Everything a reader of the journals must know of the process that wrote what follows."""
    return Boot(
        ts_us,
        boot=boot_id(boots),
        account=settings.account,
        exchange=settings.exchange,
        feed=settings.feed,
        pipeline=pipeline_name(flags),
        time=time,
        flags=flags.as_text(),
        settings_hash=settings_hash(settings),
        settings=msgspec.to_builtins(settings),
        versions=versions(),
        feed_notes=dict(feed.notes),
        instruments=tuple(feed.instruments.values()),
        bar_s=feed.bar_s,
        form=FORM,
    )


def boot_id(boots: int) -> str:
    """The name of the so-manieth start on one data directory: made from no chance and no clock."""
    return f"{boots:04d}"


def versions() -> dict[str, str]:
    """What is running."""
    return {"python": platform.python_version(), "hedge": metadata.version("hedge"), "msgspec": metadata.version("msgspec")}
