"""A program goes down again and again, or can no longer be started."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hedge_assets.health.ages import age_text
from hedge_assets.health.condition import Condition, Severity, Sign
from hedge_assets.health.scene import Scene

STEADY_S = 20.0
GAPS = 2
GIVEN_UP = {"FATAL": "was given up by the supervisor", "BACKOFF": "ends as soon as it is started"}


@dataclass(frozen=True)
class Falls:
    """The times at which a program went down within the time that counts, in microseconds UTC, oldest first."""

    times_us: tuple[int, ...]

    def severity(self, now_us: int, limits: int) -> Severity | None:
        """Error while it falls, a warning while it may fall again, null once it has stood longer than it ever did between falls."""
        if len(self.times_us) < limits:
            return None
        up_s = (now_us - self.times_us[-1]) / 1e6
        gap_s = (self.times_us[-1] - self.times_us[0]) / 1e6 / max(1, len(self.times_us) - 1)
        if up_s <= STEADY_S:
            return "error"
        return "warn" if up_s <= GAPS * gap_s else None


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each program that falls, however it is known; over once it has run well for longer than between its falls."""
    programs = scene.supervised
    told = {name: facts.pulse.crashes_us for name, facts in scene.pulses.items() if facts.pulse is not None}
    for name in sorted({*programs, *told}):
        program = programs.get(name)
        falls = recent((*told.get(name, ()), *(program.falls_us if program else ())), scene)
        if program is not None and program.state in GIVEN_UP:
            yield Sign(name, "error", f"it {GIVEN_UP[program.state]} (exit code {program.exit_code})", cure(name))
            continue
        severity = falls.severity(scene.now_us, scene.limits.crash_loop_falls)
        if severity is not None:
            ago = age_text((scene.now_us - falls.times_us[-1]) / 1e6)
            reason = f"it went down {len(falls.times_us)} times within {scene.limits.crash_loop_s:.0f} s, last {ago} ago"
            yield Sign(name, severity, reason, cure(name))


def recent(times_us: Iterable[int], scene: Scene) -> Falls:
    """The falls that count; one fall seen by two is one."""
    counted: list[int] = []
    for time_us in sorted(each for each in times_us if 0 <= scene.now_us - each <= scene.limits.crash_loop_s * 1e6):
        if not counted or time_us - counted[-1] > 1_000_000:
            counted.append(time_us)
    return Falls(tuple(counted))


def cure(name: str) -> str:
    """Where to read why."""
    return (
        f"read the end of run/{name}.log, and in run/supervisord.log how it ended; mend what they name, then stop and start with hedge up"
    )


CONDITION = Condition(judge=signs, reach=1)
