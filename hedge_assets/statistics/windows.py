"""The windows that numbers look back over: 24h, 7d, 30d, all, or others of their kind."""

import re

import msgspec

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
MOST_HOURS, MOST_DAYS = 24, 31
FORM = re.compile(r"(\d{1,3})([hd])")


class Span(msgspec.Struct, frozen=True):
    """A window's name and length; `us` is null for everything there ever was."""

    name: str
    us: int | None

    def start_us(self, now_us: int) -> int | None:
        """Since when it counts: the full hour (windows of hours) or UTC day (of days) in which `now - length` lies; null for all."""
        if self.us is None:
            return None
        whole = HOUR_US if self.us <= MOST_HOURS * HOUR_US else DAY_US
        return (now_us - self.us) // whole * whole


def span_of(name: str) -> Span:
    """A window by its name: `1h` to `24h`, `2d` to `31d`, `all`. Raises ValueError with what is allowed."""
    found = FORM.fullmatch(name)
    if name == "all":
        return Span(name, None)
    if found is None:
        raise ValueError(f"window was {name!r}, must be like 24h, 7d or all")
    count, unit = int(found[1]), found[2]
    most = MOST_HOURS if unit == "h" else MOST_DAYS
    if not (1 if unit == "h" else 2) <= count <= most:
        raise ValueError(f"window was {name!r}, must be 1h to {MOST_HOURS}h, 2d to {MOST_DAYS}d, or all")
    return Span(name, count * (HOUR_US if unit == "h" else DAY_US))
