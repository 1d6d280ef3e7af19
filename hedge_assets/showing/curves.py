"""Curves over time, as values: what the page hands to its chart library, and what reports draw themselves."""

import bisect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from hedge_assets.showing.letters import few

Role = Literal["live", "shadow", "quiet", "fall", "dots"]
"""How a curve is drawn: the desk's own, the candidate's beside it, in the background, a fall filled from zero, single points joined."""
GAP_STEPS = 4.0


@dataclass(frozen=True)
class Curve:
    """Values at times in seconds UTC, ascending; a null value is a gap. `below` puts it on the axis under the first one."""

    name: str
    role: Role
    times_s: tuple[float, ...]
    values: tuple[float | None, ...]
    below: bool = False


@dataclass(frozen=True)
class Mark:
    """Something that happened at a moment, a trade say, and where it stands on the upper axis."""

    at_s: float
    value: float
    text: str
    is_good: bool


@dataclass(frozen=True)
class Curves:
    """Curves on one axis of time. Units are `usd`, `frac` or `bps`; `none` is said where there is nothing to draw."""

    curves: tuple[Curve, ...]
    unit: str
    unit_below: str = ""
    marks: tuple[Mark, ...] = ()
    none: str = "nothing was recorded yet"

    @property
    def is_empty(self) -> bool:
        """Whether there is not even one stretch to draw."""
        return not any(len(curve.times_s) >= 2 for curve in self.curves)

    def plain(self) -> dict[str, Any]:
        """The same for a program: times in whole seconds, values as they are."""
        return {
            "unit": self.unit,
            "unit_below": self.unit_below,
            "curves": [
                {
                    "name": few(curve.name),
                    "role": curve.role,
                    "below": curve.below,
                    "times_s": [round(time) for time in curve.times_s],
                    "values": [None if value is None else float(f"{value:.9g}") for value in curve.values],
                }
                for curve in self.curves
            ],
            "marks": [{"at_s": round(mark.at_s), "value": mark.value, "text": few(mark.text), "good": mark.is_good} for mark in self.marks],
        }


def curve(name: str, role: Role, points: Iterable[tuple[datetime, float | None]], *, below: bool = False) -> Curve:
    """A curve through points, oldest first, with a gap wherever it was silent for four of its own steps."""
    times, values = with_gaps([(when.timestamp(), value) for when, value in points])
    return Curve(name, role, times, values, below)


def with_gaps(points: Sequence[tuple[float, float | None]]) -> tuple[tuple[float, ...], tuple[float | None, ...]]:
    """Times and values, with a null put in the middle of every silence that is longer than four times the step before it."""
    times: list[float] = []
    values: list[float | None] = []
    usual_s = math.inf
    for time, value in points:
        if times:
            step = time - times[-1]
            if step > GAP_STEPS * usual_s:
                times.append(times[-1] + step / 2)
                values.append(None)
                step = math.inf
            usual_s = step
        times.append(time)
        values.append(value)
    return tuple(times), tuple(values)


def at_time(risen: Curve, time_s: float) -> float | None:
    """The curve's newest known value at or before a time; null before it began."""
    place = bisect.bisect_right(risen.times_s, time_s) - 1
    while place >= 0 and risen.values[place] is None:
        place -= 1
    return risen.values[place] if place >= 0 else None
