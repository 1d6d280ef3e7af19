"""What is to be done on a desk with several accounts says on whose: a command that works on one account works when it is copied.

hedge journal verify ticks                     hedge journal verify ticks --account alpha
dagster asset materialize --select nav         dagster asset materialize --select 'key:"alpha/nav"'
"""

import re
from dataclasses import replace
from typing import TypeVar

from hedge_assets.health.condition import Finding
from hedge_assets.health.judge import Verdict
from hedge_assets.settings import WHOLE

OURS = re.compile(
    r"\b(?:hedge (?:journal (?:verify|tail)|status|explain|rebuild|tables|query)|executor (?:run|halt|resume|flatten|doctor))\b"
    r"(?: (?:ticks|orders|positions)\b)?"
)
SELECTED = re.compile(r"(dagster asset materialize --select )([a-z0-9_]+)\b")
Told = TypeVar("Told", Verdict, Finding)


def addressed(told: Told, account: str) -> Told:
    """The same with a cure that names the account; as it is where there is one account only."""
    if not account or told.cure is None:
        return told
    return replace(told, cure=cure_of(told.cure, account))


def cure_of(cure: str, account: str) -> str:
    """A cure in words, with every command of it meant for one account."""
    selected = SELECTED.sub(rf"""\1'key:"{account}/\2"'""", cure)
    if account == WHOLE:  # no executor trades it, and no command looks at it alone
        return selected
    return OURS.sub(rf"\g<0> --account {account}", selected).replace("run/executor.log", f"run/executor_{account}.log")
