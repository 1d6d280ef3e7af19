"""One state replaced as fast as the store replaces, while others judge it as fast as they can: it must never look torn or missing."""

import json
import multiprocessing
from collections import Counter
from multiprocessing.synchronize import Event
from pathlib import Path

from hedge_assets.catalog import scan
from hedge_assets.health.judge import Present, judge
from hedge_assets.health.manifest import Row, manifest
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from hedge_assets.store import look, replace
from tests.injecting.ills import renewed
from tests.injecting.patients import now_us

JUDGES = 2
LOOKS_TO_A_SURVEY = 20
LOOKS_AT_LEAST = 200
END_S = 120.0
SPAWN = multiprocessing.get_context("spawn")


def hammered(root: Path, name: str, replaces: int) -> Counter[str]:
    """How often each word was said of a file by processes that judged it while it was replaced so many times."""
    row = row_of(name)
    path = root / row.path
    content = path.read_bytes()
    is_over, answers = SPAWN.Event(), SPAWN.Queue()
    judges = [SPAWN.Process(target=judging, args=(root, name, is_over, answers)) for _ in range(JUDGES)]
    for each in judges:
        each.start()
    try:
        for number in range(replaces):
            # Of ever another length, as refreshed documents are.
            plain = json.loads(renewed(content, now_us()))
            replace(path, json.dumps(plain, separators=(",", ":")).encode() + b" " * (number * 37 % 5000))
        is_over.set()
        found = [Counter(answers.get(timeout=END_S)) for _ in judges]
    finally:
        is_over.set()
        for each in judges:
            each.join(END_S)
            each.kill()
    return sum(found, Counter())


def judging(root: Path, name: str, is_over: Event, answers: "multiprocessing.Queue[Counter[str]]") -> None:
    """Judge the one file again and again, and now and then everything, as `hedge status` does."""
    rows = manifest(scan())
    row, place = next(each for each in rows if each.name == name), Place(root=root)
    words: Counter[str] = Counter()
    while not is_over.is_set() or words.total() < LOOKS_AT_LEAST:
        for _ in range(LOOKS_TO_A_SURVEY):
            words[judge(row, look(root / row.path, row.max_bytes or 0), Present(now_us())).condition] += 1
        words.update(each.condition for each in survey(place, rows, now_us()).verdicts if each.name == name)
    answers.put(words)


def row_of(name: str) -> Row:
    return next(each for each in manifest(scan()) if each.name == name)
