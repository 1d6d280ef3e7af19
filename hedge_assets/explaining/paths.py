"""A value of a state by its path: `expectancy.windows.24h.symbols.BTCUSDT.expectancy_usd`, `nav.json.nav_usd`. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from executor.errors import HedgeError
from hedge_assets.catalog import State
from hedge_assets.refreshing.differing import called

SHOWN = 12
INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Step:
    """One step of a path: the word that was given, and the value there."""

    word: str
    value: Any


def split(word: str, states: Sequence[State]) -> tuple[State, tuple[str, ...]] | None:
    """The state a path begins with (by its name, or its file with or without ending) and the words after it; null for no path."""
    for state in states:
        for name in (state.spec.file, state.spec.file.removesuffix(".json"), state.name):
            if word == name:
                return state, ()
            if word.startswith(f"{name}."):
                rest = INDEX.sub(r".\1", word[len(name) + 1 :])
                return state, tuple(rest.split("."))
    return None


def walked(document: Any, words: Sequence[str], where: str) -> tuple[Step, ...]:
    """The values along a path; a word may name an entry of a list by what it is called, or by its place. Raises with what there is."""
    steps: list[Step] = []
    value = document
    for word in words:
        choices = dict(entries(value))
        if word not in choices:
            there = ", ".join(list(choices)[:SHOWN]) + (", …" if len(choices) > SHOWN else "")
            at = ".".join((where, *(step.word for step in steps)))
            has = f"there are {there}; name one of them" if choices else f"it is {value!r}, which has no parts; end the path there"
            raise HedgeError(f"{at} has no {word!r}: {has}")
        value = choices[word]
        steps.append(Step(word, value))
    return tuple(steps)


def entries(value: Any) -> list[tuple[str, Any]]:
    """What a value has in it, by the words that lead there; names of entries go before places."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        places = [(str(place), each) for place, each in enumerate(value)]
        return [*((called(each, place), each) for place, each in enumerate(value)), *places] if value else []
    return []
