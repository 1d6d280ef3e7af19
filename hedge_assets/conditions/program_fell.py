"""A program went down unasked and was started again: nothing need be done, and nothing is kept quiet."""

from collections.abc import Iterator

from hedge_assets.conditions import crash_loop
from hedge_assets.document import moment
from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Program, Scene

TOLD_S = 10.0


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each program whose newest fall is a few seconds old; one that falls again and again is a crash loop's."""
    looping = {sign.subject for sign in crash_loop.signs(scene)}
    for program in scene.supervised.values():
        fell_us = max(program.falls_us, default=None)
        if fell_us is not None and program.name not in looping and 0 <= scene.now_us - fell_us <= TOLD_S * 1e6:
            reason = f"it went down at {moment(fell_us):%H:%M:%S} UTC unasked and {standing(program)}"
            cure = f"nothing, unless it falls again; run/supervisord.log has how it ended, run/{program.name}.log its last words"
            yield Sign(program.name, "warn", reason, cure)


def standing(program: Program) -> str:
    """How it is now. Supervisor forgets an exit code with the next start, so that one is told only of a program that is down."""
    if program.pid:
        return f"was started again (pid {program.pid})"
    how = ", ended by a signal" if program.exit_code < 0 else f" (exit code {program.exit_code})"
    return f"is {program.state.lower()}{how if program.exit_code else ''}"


CONDITION = Condition(judge=signs)
