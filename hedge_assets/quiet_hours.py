"""The hours in which people sleep: `22:00-07:00`, by UTC, over midnight when the end is before the beginning."""

import re
from dataclasses import dataclass

from executor.errors import SettingsError

DAY_MIN = 1440
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class Quiet:
    """From and until, in minutes of the day UTC; equal when there are no quiet hours."""

    from_min: int = 0
    until_min: int = 0

    @classmethod
    def of(cls, text: str) -> "Quiet":
        """The hours as written; empty for none."""
        if not text:
            return cls()
        found = HOURS.fullmatch(text)
        if found is None:
            raise SettingsError(f"alerts.quiet_hours was {text!r}, must be like 22:00-07:00 (UTC) or empty; change it in the settings file")
        hours = [int(part) for part in found.groups()]
        quiet = cls(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])
        if quiet.from_min == quiet.until_min:
            raise SettingsError(f"alerts.quiet_hours was {text!r}, it begins where it ends; use quiet_least or leave it empty")
        return quiet

    def holds(self, now_us: int) -> bool:
        """Whether it is quiet at this moment."""
        minute = now_us // 60_000_000 % DAY_MIN
        if self.from_min <= self.until_min:
            return self.from_min <= minute < self.until_min
        return minute >= self.from_min or minute < self.until_min
