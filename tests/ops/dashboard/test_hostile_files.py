"""Everything that a page shows comes from files, and nothing in a file is markup: at the first sight, in what is pushed, in a browser."""

import json
import shutil
from collections import Counter
from contextlib import closing
from xml.etree import ElementTree as ET

import msgspec
import pytest

from executor.clock import FixedClock, WallClock
from executor.pulse import write_pulse
from hedge_assets.health.condition import scan as scan_conditions
from hedge_assets.health.gathering import pulse_in
from hedge_assets.settings import Place
from ops.dashboard.app import plain
from ops.dashboard.bounds import MOST_LETTERS, MOST_ROWS
from ops.dashboard.looks import Look, Looks
from ops.dashboard.parts import page as drawn
from ops.dashboard.storage import stored
from ops.dashboard.stream import message
from tests.browser import chromium, opened
from tests.ops.dashboard.desks import desk, served, wait_until
from tests.ops.dashboard.hostile import EVIL, HARMLESS, ROWS, SHOWN, Markup, grow, tell
from tests.ops.dashboard.wire import line_to, question

LOADING = ("img", "script", "svg", "link", "meta", "input", "base", "style", "iframe", "object")
MADE_OF_FILES = "main img:not([src^='/picture/']), main script, main [onload], main [onerror]"
LEADS = ("/static/", "picture/", "#")
PARTS = ("headline", "services", "attention", "conditions", "incidents", "storage")


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """A desk that was traded and refreshed; nothing is wrong with what it says."""
    return desk(tmp_path_factory.mktemp("calm"))


@pytest.fixture(scope="module")
def at_us(calm):
    """The moment at which the hostile desk and its harmless twin are looked at."""
    return WallClock().now_us()


@pytest.fixture(scope="module")
def root(calm, at_us, tmp_path_factory):
    """The same desk after every file that may say something says an attack."""
    made = tmp_path_factory.mktemp("hostile") / "root"
    shutil.copytree(calm, made)
    assert tell(made, EVIL, at_us) > 300
    return made


@pytest.fixture(scope="module")
def twin(calm, at_us, tmp_path_factory):
    """What a page is made of where every file says harmless words instead."""
    made = tmp_path_factory.mktemp("harmless") / "root"
    shutil.copytree(calm, made)
    tell(made, HARMLESS, at_us)
    return Markup(whole(looked(made, FixedClock(at_us))))


@pytest.fixture(scope="module")
def page(root):
    with served(root) as found:
        yield found


def looked(root, clock=None) -> Look:
    return Looks(Place(root=root), ROWS, scan_conditions(), clock or WallClock()).look()


def whole(look: Look) -> str:
    return drawn(look.view, look.parts)


def tallied(markup: Markup) -> Counter[str]:
    return Counter(each[0] for each in markup.elements.elements())


def holds_no_markup_of_files(markup: Markup, twin: Markup) -> None:
    """Hold that there is nothing that harmless words have not as well, nothing that runs or loads more often, and no way elsewhere."""
    tags, known = tallied(markup), tallied(twin)
    assert tags.keys() <= known.keys()
    assert {name for name, _ in markup.attributes} <= {name for name, _ in twin.attributes} | {"hidden"}
    assert [tag for tag in LOADING if tags[tag] > known[tag]] == []
    assert [name for name, _ in markup.attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")] == []
    led = {value for name, value in markup.attributes if name in ("src", "href", "xlink:href", "action")}
    assert [each for each in led if not each.startswith(LEADS)] == []


def test_a_page_of_attacks_is_built_of_the_same_elements_as_one_of_harmless_words(root, twin, at_us):
    hostile = Markup(whole(looked(root, FixedClock(at_us))))
    assert hostile.words.count(SHOWN) >= 100
    assert hostile.elements == twin.elements


def test_what_is_served_holds_the_attacks_as_text_alone(page, twin):
    answer = page.get("/")
    markup = Markup(answer.text)
    assert answer.status_code == 200
    holds_no_markup_of_files(markup, twin)
    assert markup.words.count(SHOWN) >= 20
    assert [each for each in answer.text if not each.isprintable() and each != "\n"] == []
    told = page.get("/health.json")
    assert told.headers["Content-Type"] == "application/json"
    assert SHOWN in json.dumps(told.json())


def test_the_words_in_a_chart_neither_turn_nor_break_a_line(page):
    said = page.get("/series/nav.json").json()
    words = [*(each["name"] for each in said["curves"]), *(each["text"] for each in said["marks"])]
    assert [each for each in words if SHOWN in each]
    assert [each for each in words if not each.isprintable()] == []
    drawing = ET.fromstring(page.get("/picture/nav.svg").content)
    assert {each.tag.partition("}")[2] for each in drawing.iter()} <= {
        "svg",
        "style",
        "rect",
        "text",
        "title",
        "path",
        "circle",
        "line",
        "g",
    }
    assert {name for each in drawing.iter() for name in each.attrib if name.startswith("on") or "href" in name} == set()


def pushed(port: int, until):
    """What a listening page is told, message by message, until one of them will do."""
    with closing(line_to(port)) as line:
        line.sendall(question("/events"))
        with line.makefile("rb") as told:
            for each in told:
                if each.startswith(b"data: ") and until(said := json.loads(each.removeprefix(b"data: "))):
                    return said
    raise AssertionError


def test_what_is_pushed_holds_the_attacks_as_text_alone(page, twin):
    said = pushed(page.port, lambda said: set(PARTS) <= set(said["parts"]))
    assert "".join(said["parts"].values()).count(SHOWN.replace("<", "&lt;").replace(">", "&gt;")) >= 20
    for text in said["parts"].values():
        holds_no_markup_of_files(Markup(text), twin)
        assert [each for each in text if not each.isprintable() and each != "\n"] == []


def test_a_real_browser_makes_nothing_of_them(page):
    with chromium() as browser, opened(browser) as seen:
        seen.page.add_init_script("window.hacked = () => { window.was = true; }")
        seen.page.goto(page.address)
        seen.page.locator("html[data-link=live]").wait_for()
        seen.page.get_by_text(SHOWN).first.wait_for()
        assert seen.page.evaluate("window.was") is None
        assert seen.page.evaluate(f"document.querySelectorAll(`{MADE_OF_FILES}`).length") == 0
        assert seen.complaints == []
        assert [each for each in seen.addresses if not each.startswith(page.address)] == []


@pytest.mark.parametrize(
    "content", [b'{"reason": "\\ud800"}', b'"\xed\xa0\x80"', b"\xff\xfe\x00", b"[" * 100_000, b"9" * 100_000, b"\0" * 100]
)
def test_files_that_nobody_can_write_out_are_told_of_and_no_error(calm, twin, tmp_path, content):
    shutil.copytree(calm, tmp_path / "root")
    places = [row.path for row in ROWS if row.kind == "state"]
    for name in (*places, "raw/pulse.json", "watch/pulse.json", "run/programs.json", "watch/incidents.jsonl", "raw/checkpoint.json"):
        path = tmp_path / "root" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    look = looked(tmp_path / "root")
    assert {each.condition for each in look.found.verdicts if each.path in places} == {"invalid"}
    holds_no_markup_of_files(Markup(whole(look)), twin)
    assert msgspec.json.encode(plain(look.found))


def test_a_lone_half_of_a_letter_in_a_state_is_no_error(calm, tmp_path):
    shutil.copytree(calm, tmp_path / "root")
    path = tmp_path / "root/state/nav.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "reason": "\ud800<b>"}))
    look = looked(tmp_path / "root")
    assert [each.condition for each in look.found.verdicts if each.name == "nav"] == ["invalid"]
    assert whole(look).encode()
    assert msgspec.json.encode(plain(look.found))


@pytest.fixture(scope="module")
def giant(calm, at_us, tmp_path_factory):
    """The same desk with texts of megabytes, ten thousand incidents, thousands of programs, hundreds of symbols, endless numbers."""
    made = tmp_path_factory.mktemp("giant") / "root"
    shutil.copytree(calm, made)
    grow(made, '<"' * 2_000_000, at_us)
    return made


def test_however_much_files_say_a_page_stays_of_a_size_that_can_be_sent(giant, at_us):
    look = looked(giant, FixedClock(at_us))
    text = whole(look)
    assert len(text.encode()) < 3_000_000
    assert max(len(each) for each in look.parts.values()) < 2_000_000
    assert len(msgspec.json.encode(plain(look.found))) < 500_000
    assert Markup(text).longest < 2 * MOST_LETTERS
    assert len(look.found.findings) == MOST_ROWS
    assert len(stored(giant / "state")) == MOST_ROWS
    assert look.found.findings[-1].condition == "too_many_to_show"
    assert "more hold" in text
    assert len(message(look.view.at_us, look.parts)) < 4_000_000


def test_a_service_that_says_another_word_is_told_anew_as_text(page, root, twin):
    """Last: it changes what the desk says."""
    pulse = pulse_in(root / "raw").pulse
    write_pulse(root / "raw", msgspec.structs.replace(pulse, ended=f"other {EVIL}", at_us=WallClock().now_us()))
    wait_until(lambda: f"other {SHOWN}" in Markup(page.get("/").text).words)
    said = pushed(page.port, lambda said: "services" in said["parts"])
    holds_no_markup_of_files(Markup(said["parts"]["services"]), twin)
