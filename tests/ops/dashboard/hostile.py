"""A desk whose every text is somebody's attack, its twin whose every text is harmless, and what a page of theirs is made of."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec

from executor.clock import WallClock
from executor.pulse import NAME as PULSE
from executor.pulse import Pulse, write_pulse
from executor.records.base import Record
from hedge_assets.catalog import scan
from hedge_assets.health.evidence import FileFacts
from hedge_assets.health.incidents import Incident
from hedge_assets.health.judge import Present, judge
from hedge_assets.health.manifest import Row, manifest
from hedge_assets.health.scene import Audited, Audits, Healing, Healings, Program, Programs
from hedge_assets.settings import Place
from hedge_assets.store import replace
from tests.hedge_assets import builders as made
from tests.hedge_assets.journals import write
from tests.ops.dashboard.desks import ROOT, keep_incidents

SHOWN = "<img src=x onerror=hacked()>"
EVIL = (
    f"""{SHOWN}"><script>hacked()</script>'-hacked()-'\u202egpj\u2066\x00\x1b[2J</table><svg/onload=hacked()>{{{{7*7}}}}&lt;b&gt;\u2028"""
)
HARMLESS = f"harmless words {'and more of them ' * len(EVIL)}"[: len(EVIL)]
DATA_KEY = re.compile(r"[^a-z_0-9]")
SECOND = 1_000_000
AHEAD_S = 14.0
"""So much younger than they are do services look, so that they live for a while also on a busy machine."""

ROWS = manifest(scan())
LONGEST = {"nav": 2_700_000, "positions": 2_500_000}
"""Letters of the reason that a giant state gives: with these its file is just not too large."""

OWN_WORDS = {("schema",), ("schema", "name"), ("account",)}
"""What makes a file ours: with other words there it is told to be foreign, and nothing in it is shown."""


def spots(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the texts of a document stand, and where a name may be added; all rows of a list are one."""
    if isinstance(value, dict):
        if any(DATA_KEY.search(key) for key in value):
            yield (*at, "+")
        for key, each in value.items():
            yield from spots(each, (*at, key))
    elif isinstance(value, list):
        for each in value:
            yield from spots(each, (*at, "*"))
    elif isinstance(value, str) or value is None:
        yield at


def changed(value: Any, spot: tuple[str, ...], text: str) -> Any:
    """The document with a text put in one such place."""
    if not spot:
        return text
    first, rest = spot[0], spot[1:]
    if first == "+":
        return {**value, text: next(iter(value.values()))} if isinstance(value, dict) and value else value
    if first == "*" and isinstance(value, list):
        return [changed(each, rest, text) for each in value]
    if isinstance(value, dict) and first in value:
        return {**value, first: changed(value[first], rest, text)}
    return value


def is_sound(row: Row, document: Any) -> bool:
    content = json.dumps(document).encode()
    verdict = judge(row, FileFacts("file", content=content, size_bytes=len(content)), Present(WallClock().now_us()))
    return verdict.condition != "invalid"


def filled(document: Any, row: Row, text: str) -> tuple[Any, int]:
    """The document with the text wherever it stays sound, and in how many places that is."""
    count = 0
    for spot in dict.fromkeys(spots(document)):
        if spot not in OWN_WORDS and is_sound(row, tried := changed(document, spot, text)):
            document, count = tried, count + 1
    return document, count


def documents(root: Path) -> Iterator[tuple[Row, Any]]:
    """Every state of a desk, with as much in it as its golden file has."""
    for row in ROWS:
        golden, path = ROOT / f"tests/golden/{row.name}.json", root / row.path
        if row.kind == "state":
            rich = json.loads(golden.read_text("utf-8")) if golden.is_file() else {}
            yield row, {**json.loads(path.read_text("utf-8")), **{key: each for key, each in rich.items() if key != "event_us"}}


def tell(root: Path, text: str, now_us: int) -> int:
    """Have every file of a desk say this text wherever it may, as of a moment; in how many places of states it does."""
    count = 0
    for row, document in documents(root):
        told, places = filled(document, row, text)
        (root / row.path).write_text(json.dumps(told))
        count += places
    write(root, records(text, now_us))
    note(root, text, now_us)
    return count


def records(text: str, now_us: int) -> Iterator[Record]:
    """One record of each kind that says something of somebody's, as if a venue or a strategy had said it."""
    yield made.intent(now_us, text, text, strategy=text, reason=text)
    yield made.decision(now_us, text, text, verdict=made.vetoed(text, text))
    yield made.submit(now_us, text, text, symbol=text)
    yield made.reject(now_us, text, symbol=text, code=text, detail=text)
    yield made.unknown(now_us, text, symbol=text, reason=text)
    yield made.fill(now_us, text, symbol=text, order_id=text, trade_id=text, fee_asset=text, model=text)
    yield made.fault(now_us, where=text, detail=text)
    yield made.halt(now_us, rule=text, detail=text)
    yield made.quote(now_us, text)
    held = made.position(text), made.position(f"{text}!")
    yield made.account(now_us, balances={text: Decimal(1)}, positions=held, orders=(made.open_order(text, symbol=text),))
    yield made.heartbeat(now_us)


def note(root: Path, text: str, now_us: int) -> None:
    """What services say of themselves and of each other, and the incidents: true at a moment, and for seconds only."""
    place = Place(root=root)
    beat = {"pid": 1, "at_us": now_us, "started_us": now_us, "turned_us": now_us}
    more = {"flags": {text: text}, "versions": {text: text}, "note": {text: text}, "account": text}
    write_pulse(place.raw, Pulse(service=text, ended=text, **beat, **more))
    write_pulse(place.tables, Pulse(service=text, **beat, **more))
    write_pulse(place.watch, Pulse(service=text, **beat, **{**more, "note": {"alerts_error": text, "ping_error": text, text: text}}))
    for folder in (place.raw, place.tables, place.watch):
        os.utime(folder / PULSE, (now_us / 1e6 + AHEAD_S, now_us / 1e6 + AHEAD_S))
    given_up = Program(name=text, state="FATAL", fault=text)
    mute = Program(name=f"{text}!", state="RUNNING", pid=7, mute_s=99.0, fault=text)
    put(place.run / "programs.json", Programs(at_us=now_us + round(AHEAD_S * SECOND), programs=(given_up, mute)))
    put(place.watch / "audit.json", Audits(at_us=now_us, streams={"ticks": Audited(segments=1, fault=text), text: Audited(segments=1)}))
    ills = tuple(Healing(name=name, tries=9, failure=text, kept=text) for name in (text, "nav"))
    put(place.tables / "healing.json", Healings(at_us=now_us, states=ills))
    said = {"cause": text, "subject": text, "severity": "error", "seen_by": text, "reason": text, "cure": text, "healed_by": text}
    of_a_file = Incident(id=f"{text}?", opened_us=now_us - 9 * SECOND, **{**said, "cause": "missing", "subject": "nav"})
    opened = Incident(id=text, opened_us=now_us - SECOND, **said)
    put(place.watch / "looks.json", watched(now_us))
    keep_incidents(root, [opened, of_a_file, Incident(id=f"{text}!", opened_us=now_us - 2 * SECOND, closed_us=now_us, **said)])


def put(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    replace(path, msgspec.json.encode(value), durable=False)


class Markup(HTMLParser):
    """What a page is made of: how many elements with which attributes, the values of attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[tuple[str, ...]] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.longest = 0
        self.feed(str(text))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[(tag, *sorted(name for name, _ in attrs))] += 1
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data
        self.longest = max(self.longest, len(data))

    def handle_comment(self, data: str) -> None:
        self.elements[("comment",)] += 1


def grow(root: Path, text: str, now_us: int) -> None:
    """Have a desk say far too much as of a moment: texts, rows and numbers beyond all measure, each file still one that is read."""
    for row, document in documents(root):
        told = next(each for rows in (500, 100, 20) if len(json.dumps(each := larger(document, rows))) < 700_000)
        assert is_sound(row, told)
        (root / row.path).write_text(json.dumps({**told, "reason": text[: LONGEST.get(row.name, 10_000)]}))
    place = Place(root=root)
    write_pulse(place.raw, Pulse(service="executor", pid=1, at_us=now_us, started_us=now_us, ended=text[:200_000]))
    programs = tuple(Program(name=f"{text[:20]}{number}", state="FATAL") for number in range(1_700))
    put(place.run / "programs.json", Programs(at_us=now_us, programs=programs))
    put(place.watch / "looks.json", watched(now_us))
    names = [row.name for row in ROWS]
    long, short = dict.fromkeys(("reason", "cure", "healed_by"), text[:2500]), {"reason": "gone"}
    keep_incidents(root, [fault(number, now_us, names, long if number < 600 else short) for number in range(10_000)])


def watched(now_us: int) -> dict[str, Any]:
    """That somebody looked all day."""
    return {"stretches": [[now_us - 86_400 * SECOND, now_us]]}


def fault(number: int, now_us: int, names: list[str], words: dict[str, str]) -> Incident:
    """One of very many times in a day that a file was not there for some seconds; the newest third of them still lasts."""
    opened_us = now_us - (8 * number + 8) * SECOND
    over = {"closed_us": opened_us + 4 * SECOND} if number > 200 else {}
    who = {"cause": "missing", "severity": "error", "seen_by": "watch", "subject": names[number % len(names)]}
    return Incident(id=str(number), opened_us=opened_us, **who, **words, **over)


def larger(value: Any, rows: int) -> Any:
    """The same with so many rows in every list of rows, but for lists inside rows."""
    if isinstance(value, dict):
        return {key: larger(each, rows) for key, each in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [value[number % len(value)] for number in range(rows)]
    return value
