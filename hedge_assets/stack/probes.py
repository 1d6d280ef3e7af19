"""How far the running system is, asked from outside: journals that grow, ports that answer, states that are there."""

import contextlib
import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hedge_assets.health.manifest import Row
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from hedge_assets.stack.programs import LOOPBACK

ANSWER_S = 3.0
LOCATIONS = (
    "{workspaceOrError{... on Workspace{locationEntries{locationOrLoadError"
    "{__typename ... on PythonError{message}}}} ... on PythonError{message}}}"
)


@dataclass(frozen=True)
class Standing:
    """How the files stand: how many of the states are there, how many files are green of all, and the first that is not."""

    written: int
    states: int
    green: int
    files: int
    trouble: str | None

    @property
    def is_complete(self) -> bool:
        """Whether every state was written."""
        return self.written == self.states

    @property
    def is_green(self) -> bool:
        """Whether every file, journals too, is as it must be."""
        return self.green == self.files


def all_standing(places: Sequence[Place], rows: Sequence[Row]) -> Standing:
    """The files of every account together; the first that is not as it must be is named with its account."""
    found = [standing(place, rows) for place in places]
    troubles = [
        f"{place.account}: {each.trouble}" if place.account else each.trouble
        for place, each in zip(places, found, strict=True)
        if each.trouble is not None
    ]
    return Standing(
        written=sum(each.written for each in found),
        states=sum(each.states for each in found),
        green=sum(each.green for each in found),
        files=sum(each.files for each in found),
        trouble=troubles[0] if troubles else None,
    )


def grows(raw: Path, since_s: float) -> bool:
    """Whether the executor has journaled a completed loop since then (Unix time)."""
    for path in (raw / "positions").glob("*.jsonl"):
        with contextlib.suppress(FileNotFoundError):  # packed meanwhile
            known = path.stat()
            if known.st_mtime >= since_s and known.st_size > 0:
                return True
    return False


def dagster_trouble(port: int) -> str | None:
    """What is wrong with Dagster, in words; null when its pages answer and the code is loaded."""
    line = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_S)
    try:
        line.request("POST", "/graphql", json.dumps({"query": LOCATIONS}), {"Content-Type": "application/json"})
        answer = json.loads(line.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return "Dagster does not answer"
    finally:
        line.close()
    return loading_trouble(answer)


def loading_trouble(answer: object) -> str | None:
    """What a GraphQL answer says is wrong with the code location; null when it is loaded."""
    try:
        entries = answer["data"]["workspaceOrError"]["locationEntries"]  # type: ignore[index]
        loaded = [entry["locationOrLoadError"] for entry in entries]
    except (KeyError, TypeError):
        return "Dagster gives no code location"
    for each in loaded:
        if each is None:
            return "Dagster is loading the code"
        if each["__typename"] != "RepositoryLocation":
            return " ".join(str(each.get("message", "the code location does not load")).split())[:300]
    return None if loaded else "Dagster has no code location"


def standing(place: Place, rows: Sequence[Row]) -> Standing:
    """Look at every file of the manifest."""
    seen = survey(place, rows, time.time_ns() // 1_000)
    states = {row.name for row in rows if row.kind == "state"}
    sick = [verdict for verdict in seen.verdicts if not verdict.is_healthy]
    return Standing(
        written=sum(verdict.condition != "missing" for verdict in seen.verdicts if verdict.name in states),
        states=len(states),
        green=len(seen.verdicts) - len(sick),
        files=len(seen.verdicts),
        trouble=f"{sick[0].name} {sick[0].condition}: {sick[0].reason}" if sick else None,
    )
