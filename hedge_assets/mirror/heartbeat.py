"""The mirror's own document: that it lives, and which content of each file is the newest, so that an old copy is known to be current."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from hedge_assets.mirror.copies import Copy, Where, digest_of, facts_of
from hedge_assets.version import package_version

NAME = "heartbeat"


def heartbeat(copies: Mapping[str, Copy], unread: Mapping[str, str], *, now_us: int, every_s: float) -> Copy | None:
    """The heartbeat of this moment, under the account of the newest file; null while no file names one.

    A file that cannot be read now is `unread`: nobody knows what its newest content is, so none is named, and the status is `partial`.
    """
    if not copies:
        return None
    account = max(copies.values(), key=lambda each: each.written_us or 0).where.account
    known = {name: each for name, each in sorted(copies.items()) if name not in unread}
    told: dict[str, Any] = {
        "schema": {"name": "mirror_heartbeat", "version": 1},
        "account": account,
        "status": "partial" if unread else "ok",
        "n": len(known),
        "reason": "; ".join(f"{name}: {why}" for name, why in sorted(unread.items())) or None,
        "event_ts": None,
        "written_ts": text(now_us),
        "code_version": package_version(),
        "every_s": every_s,
        "states": {name: {"digest": each.digest, "written_ts": text(each.written_us)} for name, each in known.items()},
    }
    content = msgspec.json.encode(told)
    return Copy(
        where=Where(account, "mirror", NAME),
        content=content,
        digest=digest_of(content),
        written_us=now_us,
        pushed_us=now_us,
        facts=facts_of(told),
    )


def text(us: int | None) -> str | None:
    """Microseconds UTC as RFC 3339."""
    if us is None:
        return None
    moment = datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
