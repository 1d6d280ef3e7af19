"""Moments and stretches of a day as a reader outside says them. Pure."""

from datetime import UTC, datetime

from hedge_assets.health.ages import age_text
from hedge_assets.tables.days import DAY_US


def when(us: int) -> str:
    """A moment to the second."""
    return f"{datetime.fromtimestamp(us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(us: int) -> str:
    """A moment of the day, to the minute; its last microsecond is its end."""
    if (us + 1) % DAY_US == 0:
        return "24:00"
    return f"{datetime.fromtimestamp(us // 1_000_000, UTC):%H:%M}"


def lasting(us: int) -> str:
    """How long."""
    return age_text(us / 1e6)


def counted(n: int, one: str, many: str) -> str:
    """So many of a thing, in words."""
    return f"{'no' if n == 0 else 'one' if n == 1 else f'{n:,}'} {one if n == 1 else many}"
