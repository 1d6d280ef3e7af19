"""The documents say what the code has: names that exist, tables that are current, links that lead somewhere."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from executor.flags import DEFAULTS
from executor.live.brakes import BRAKES, PASSING
from hedge_assets.catalog import scan, scan_desk, table
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.condition import table as conditions_table
from hedge_assets.health.incidents import FILE_CAUSES
from tests import runbook

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
PACKAGES = ("executor", "hedge_assets")
NAME = re.compile(r"`([a-z_]+(?:\.[A-Za-z_0-9]+)+)`")
VARIABLE = re.compile(r'"(HEDGE_[A-Z_]+)"')
FILE_ENDINGS = (".json", ".jsonl", ".md", ".toml", ".py", ".yaml")


def names_of(page: Path) -> list[str]:
    return sorted({name for name in NAME.findall(page.read_text("utf-8")) if not name.endswith(FILE_ENDINGS)})


def exists(name: str) -> bool:
    """Whether a dotted name leads, in one of the packages, through modules and then attributes to something."""
    return any(leads_somewhere(f"{package}.{name}") for package in PACKAGES)


def leads_somewhere(name: str) -> bool:
    module, *rest = name.split(".")
    found = importlib.import_module(module)
    for part in rest:
        module = f"{module}.{part}"
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
    return True


def test_the_walk_names_what_is_in_the_code():
    names = names_of(DOCS / "walk.md")
    assert len(names) > 40
    assert [name for name in names if not exists(name)] == []


def test_a_name_that_is_gone_would_be_noticed():
    assert exists("engine.Engine.step")
    assert not exists("engine.Engine.leap")


def test_the_table_of_files_is_current():
    told = (DOCS / "files.md").read_text("utf-8")
    assert table(scan()) in told, "print it anew: python -m hedge_assets.catalog"
    assert table(scan_desk()) in told, "print it anew: python -m hedge_assets.catalog"


def test_the_table_of_conditions_is_current():
    printed = conditions_table(conditions())
    assert printed in (DOCS / "health.md").read_text("utf-8"), "print it anew: python -m hedge_assets.health.condition"


def test_the_page_on_health_names_what_is_in_the_code():
    names = [name for name in names_of(DOCS / "health.md") if "." in name and name.split(".")[0] in ("health", "conditions", "watch")]
    assert names
    assert [name for name in names if not exists(name)] == []


def test_the_tables_of_settings_are_current():
    printed = subprocess.run([sys.executable, "ops/settings_table.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (DOCS / "settings.md").read_text("utf-8").endswith(printed), "print them anew: python ops/settings_table.py"


def test_every_flag_is_explained_with_its_default():
    text = (DOCS / "settings.md").read_text("utf-8")
    assert [name for name, on in DEFAULTS.items() if f"| `{name}` | `{int(on)}` |" not in text] == []


INTERNAL = {"HEDGE_SECRETS_FILE"}
"""From one of our processes to another, set by nobody else."""


def test_every_variable_that_a_program_reads_is_explained_with_the_settings_or_in_the_boxs_own_file():
    read = {
        name
        for package in (*PACKAGES, "ops")
        for path in (ROOT / package).rglob("*.py")
        for name in VARIABLE.findall(path.read_text("utf-8"))
    }
    told = (
        (DOCS / "settings.md").read_text("utf-8")
        + (ROOT / "ops" / "box.env").read_text("utf-8")
        + (DOCS / "production.md").read_text("utf-8")
    )
    assert {name for name in read if name not in told} == INTERNAL


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_in_the_project_that_is_named_exists(page):
    named = re.findall(r"`((?:executor|hedge_assets|ops|docs|tests)/[\w./]+)`", page.read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_contents_list_every_page():
    text = (DOCS / "index.md").read_text("utf-8")
    assert [page.name for page in DOCS.glob("*.md") if page.name != "index.md" and f"({page.name})" not in text] == []


def brakes() -> set[str]:
    """Every brake there is: those that look every loop, those that somebody else pulls, and the operator's."""
    pulled = [re.findall(r'\.brake\(\s*"(\w+)"', path.read_text("utf-8")) for path in (ROOT / "executor").rglob("*.py")]
    return {*BRAKES, "operator", *(name for names in pulled for name in names)}


def exit_codes() -> set[str]:
    """Every exit code that is documented, but for the one that says that all is well."""
    return {f"exit {code}" for code in re.findall(r"(?m)^\| (\d+) \|", (DOCS / "failure.md").read_text("utf-8")) if code != "0"}


def alarms() -> set[str]:
    """Everything that can be told to somebody on watch."""
    return {*FILE_CAUSES, "late", *(each.name for each in conditions()), *brakes(), *exit_codes()}


def test_there_are_alarms_of_every_kind():
    assert {"missing", "executor_dead", "two_executors", "exit 78", "nav_stale"} <= alarms()


def test_every_alarm_has_an_entry_in_the_runbook_with_what_it_means_where_to_look_and_what_to_do():
    book = runbook.entries()
    assert sorted(alarms() - set(book)) == [], "write an entry for each in docs/runbook.md"
    assert {name: set(runbook.PARTS) - each.parts for name, each in book.items() if each.parts != set(runbook.PARTS)} == {}


def test_brakes_that_let_go_by_themselves_are_told_as_such():
    text = runbook.BOOK.read_text("utf-8")
    said = {name for name in brakes() if "*By itself.*" in text.partition(f"### `{name}`")[2].partition("###")[0]}
    assert said == set(PASSING)


def test_every_rule_of_prometheus_leads_to_an_entry_and_is_in_the_table():
    groups = yaml.safe_load((ROOT / "ops" / "prometheus" / "rules.yml").read_text("utf-8"))["groups"]
    rules = {rule["alert"]: rule["annotations"].get("runbook", "") for group in groups for rule in group["rules"]}
    listed = set(re.findall(r"(?m)^\| `(Hedge\w+)` \|", runbook.BOOK.read_text("utf-8")))
    assert listed == set(rules)
    led = {alert: link.partition("docs/runbook.md#")[2] for alert, link in rules.items() if alert != "HedgeCondition"}
    assert {alert: anchor for alert, anchor in led.items() if anchor not in runbook.anchors()} == {}


def test_what_alerts_lead_to_is_there():
    assert {each for each in alarms() if each.replace(" ", "-") not in runbook.anchors()} == set()
