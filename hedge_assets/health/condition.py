"""The vocabulary of named conditions: what can be wrong beside a single file, each one file under `conditions/`."""

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from inspect import getdoc
from types import ModuleType
from typing import Literal

from hedge_assets.health.judge import one_line
from hedge_assets.health.scene import Scene

Severity = Literal["warn", "error"]

# What a judge can raise when a service's own words are not what it thought.
JUDGE_FAULTS = (ArithmeticError, LookupError, ValueError, TypeError, AttributeError)


@dataclass(frozen=True)
class Sign:
    """One thing that is wrong: with what (`subject`: a service, a journal, a state, the disk), how bad, why, and what to do."""

    subject: str
    severity: Severity
    reason: str
    cure: str


@dataclass(frozen=True)
class Condition:
    """What a module under `conditions/` exports as `CONDITION`. Its name is the module's, its meaning the module's docstring.

    `judge` is pure: a scene in, the signs of this condition out, none while all is well or nothing is known.
    `reads` names the states whose documents it wants in the scene. `reach` is how much else it makes ill: 0 nothing,
    1 what one service makes, 2 services; what reaches farther is said first.
    """

    judge: Callable[[Scene], Iterable[Sign]]
    reads: tuple[str, ...] = ()
    reach: int = 0
    name: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Finding:
    """A sign with the condition it belongs to and how far that reaches, and since when (null if unknown)."""

    condition: str
    subject: str
    severity: Severity
    reason: str
    cure: str
    since_us: int | None = None
    reach: int = 0

    @property
    def is_error(self) -> bool:
        """Whether somebody must act now; a warning can wait for the morning."""
        return self.severity == "error"


def scan(package: ModuleType | None = None) -> tuple[Condition, ...]:
    """Every condition of a package (the project's own by default), by name."""
    folder = package or importlib.import_module("hedge_assets.conditions")
    found = []
    for _, name, _ in sorted(pkgutil.iter_modules(folder.__path__), key=lambda each: each.name):
        module = importlib.import_module(f"{folder.__name__}.{name}")
        if hasattr(module, "CONDITION"):
            told: Condition = module.CONDITION
            found.append(replace(told, name=name, meaning=(getdoc(module) or name).strip()))
    return tuple(found)


def findings(conditions: Sequence[Condition], scene: Scene) -> tuple[Finding, ...]:
    """All signs of all conditions in one scene, one line each. One that trips over what it is shown says so; the rest go on."""
    return tuple(
        Finding(each.name, one_line(sign.subject), sign.severity, one_line(sign.reason), one_line(sign.cure), reach=each.reach)
        for each in conditions
        for sign in judged(each, scene)
    )


def judged(condition: Condition, scene: Scene) -> Sequence[Sign]:
    """The signs of one condition; its own failing is a sign too."""
    try:
        return tuple(condition.judge(scene))
    except JUDGE_FAULTS as error:
        said = f"it cannot be judged: {type(error).__name__}: {error}"
        return (Sign(condition.name, "error", said, "look at what the services wrote beside the states; tell who keeps this project"),)


def table(conditions: Iterable[Condition]) -> str:
    """The conditions as a Markdown table, as `docs/health.md` shows them."""
    lines = ["| condition | means |", "|---|---|"]
    lines += [f"| `{each.name}` | {' '.join(each.meaning.split(chr(10) * 2)[0].split())} |" for each in conditions]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(scan()) + "\n")
