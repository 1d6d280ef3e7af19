"""A candidate: a file of settings that says how it differs from the live desk, and becomes one more column of the comparison.

pipeline = "v6"            # whose decide it uses; v5 or v6
suggestions = false        # whether suggestions that the live desk follows steer it as well
[limits]
symbol_cap_frac = 0.10     # everything not named is as the live desk has it
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from executor.configuration import refuse_senseless
from executor.errors import SettingsError
from executor.settings import Settings

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
PIPELINES = ("v5", "v6")
ACCOUNT = "account"
"""What the live account is called beside the columns."""
TAKEN = (*PIPELINES, ACCOUNT)
CHANGEABLE = ("strategies", "strategy", "limits", "candidate", "router", "features", "exits")
"""Tables of the settings that a candidate may change. The market, the venue's model and the account are the live desk's."""
OWN = ("pipeline", "suggestions")


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One column: its name, whose `decide` it uses, and what it changes of the live desk's settings, table by table."""

    name: str
    pipeline: str
    suggestions: bool = True
    changes: dict[str, Any] = {}

    def settings(self, live: Settings) -> Settings:
        """The live desk's settings with these changes; raises SettingsError where they do not fit together."""
        table = merged(msgspec.to_builtins(live), self.changes)
        named, tuned = table["strategies"], table["strategy"]
        if "strategies" in self.changes and isinstance(named, list) and isinstance(tuned, dict):
            table["strategy"] = {name: params for name, params in tuned.items() if name in named}
        try:
            settings = msgspec.convert(table, type=Settings)
        except msgspec.ValidationError as error:
            raise SettingsError(f"candidate {self.name} refused: {error}; see docs/settings.md for names, units and limits") from error
        try:
            refuse_senseless(settings)
        except SettingsError as error:
            raise SettingsError(f"candidate {self.name}: {error}") from None
        return settings


PLAIN: tuple[Candidate, ...] = tuple(Candidate(name=name, pipeline=name) for name in PIPELINES)
"""The two that are always there: each pipeline under the live desk's own settings."""


def candidate_of(name: str, table: Mapping[str, Any], where: str) -> Candidate:
    """A candidate from its file's table; refused in words that name the file."""
    if NAME.fullmatch(name) is None or name in TAKEN:
        raise SettingsError(
            f"{where}: a candidate's name was {name!r}, must be small letters, digits and _ and none of {', '.join(TAKEN)}; rename it"
        )
    unknown = sorted(set(table) - {*OWN, *CHANGEABLE})
    if unknown:
        raise SettingsError(f"{where}: {unknown[0]!r} cannot be changed by a candidate, {', '.join((*OWN, *CHANGEABLE))} can; remove it")
    pipeline, suggestions = table.get("pipeline", "v6"), table.get("suggestions", True)
    if pipeline not in PIPELINES:
        raise SettingsError(f"{where}: pipeline was {pipeline!r}, known are {', '.join(PIPELINES)}; name one of them")
    if not isinstance(suggestions, bool):
        raise SettingsError(f"{where}: suggestions was {suggestions!r}, allowed are true and false; set one of them or leave it out")
    changes = {key: value for key, value in table.items() if key in CHANGEABLE}
    candidate = Candidate(name=name, pipeline=pipeline, suggestions=suggestions, changes=changes)
    try:
        candidate.settings(Settings())
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None
    return candidate


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables laid over each other, name by name."""
    found = dict(under)
    for name, value in over.items():
        below = found.get(name)
        found[name] = merged(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return found
