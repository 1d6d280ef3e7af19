import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.alarmed import LOOPBACK, ROOT, RULES, Desk, desk, settings_in, wait_until
from tests.tools import tool

DASHBOARD = ROOT / "ops/grafana/hedge.json"
NAMES = re.compile(r"\bhedge_[a-z0-9_]+")
QUOTED = re.compile(r'"[^"]*"')
TAILS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
STATE = "nav"


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("desk")) as made:
        yield made


@cache
def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in settings_in("rules.yml")["groups"] for rule in group["rules"]}


def dashboard() -> dict[str, Any]:
    return dict(json.loads(DASHBOARD.read_text("utf-8")))


def panels() -> list[dict[str, Any]]:
    """Every panel that shows something, those inside rows included."""
    outer = dashboard()["panels"]
    return [each for panel in outer for each in (panel, *panel.get("panels", ())) if each["type"] != "row"]


def expressions() -> list[str]:
    """Every question to Prometheus in the dashboard, its variables as Grafana would fill them."""
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [
        each.replace("$__rate_interval", "1m").replace("$file", ".*").replace("$account", ".*").replace("$__range", "1h") for each in asked
    ]


def names_in(text: str) -> set[str]:
    return set(NAMES.findall(QUOTED.sub('""', text)))


def checked(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd=RULES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_do_what_their_own_tests_say():
    checked(tool("promtool"), "test", "rules", "rules_test.yml")


def test_every_alert_is_seen_firing_by_a_test_of_its_own():
    fired = set()
    for case in settings_in("rules_test.yml")["tests"]:
        for asked in case.get("promql_expr_test", ()):
            fired |= {re.search(r'alertname="(\w+)"', each["labels"]).group(1) for each in asked["exp_samples"]}  # type: ignore[union-attr]
        fired |= {asked["alertname"] for asked in case.get("alert_rule_test", ())}
    assert fired == set(alerts())


def test_every_alert_says_what_it_is_and_what_to_do():
    for name, rule in alerts().items():
        assert set(rule["annotations"]) == {"summary", "description", "cure", "runbook"}, name
        assert rule.get("labels", {}).get("severity", "its own") in ("error", "warn", "none", "its own"), name


def test_alertmanager_takes_the_example():
    checked(tool("amtool"), "check-config", "alertmanager.yml")


def test_prometheus_takes_the_settings():
    checked(tool("promtool"), "check", "config", "prometheus.yml")


def test_every_question_of_the_dashboard_can_be_asked(tmp_path):
    rules = [{"record": f"asked:{number}", "expr": asked} for number, asked in enumerate(expressions())]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}), "utf-8")
    checked(tool("promtool"), "check", "rules", path)


def test_accounts_are_chosen_by_name_in_every_question_and_none_is_merged_with_another():
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    asked += [each["expr"] for each in dashboard()["annotations"]["list"]]
    for each in asked:
        chosen = re.findall(r"\b(?:hedge_[a-z0-9_]+|process_[a-z_]+|up|ALERTS)\b(?!\")(\{[^}]*\})?", QUOTED.sub('""', each))
        assert all('account=~""' in labels for labels in chosen), each
        assert all(labels.startswith("account, ") for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", each)), each
    (chooser,) = [each for each in dashboard()["templating"]["list"] if each["name"] == "account"]
    assert (chooser["allValue"], chooser["multi"]) == (".*", True)  # a desk without accounts has no such label, which is one of these


def test_the_dashboard_can_be_imported():
    said = dashboard()
    assert said["id"] is None
    assert [each["type"] for each in said["templating"]["list"]][:1] == ["datasource"]
    identities = [panel["id"] for panel in panels()]
    assert len(identities) == len(set(identities))
    for panel in panels():
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24, panel["title"]


def exposed(running: Desk) -> set[str]:
    """Every name that the two real endpoints have a family for."""
    names = set()
    for name in ("executor_metrics", "watch_metrics"):
        for family in text_string_to_metric_families(fetched_or(f"http://{LOOPBACK}:{running.ports[name]}/metrics", "")):
            names |= {family.name + tail for tail in TAILS.get(family.type, ("",))}
    return names


def test_every_name_that_is_asked_for_is_exposed(running):
    asked = set().union(*map(names_in, expressions()), *(names_in(rule["expr"]) for rule in alerts().values()))
    assert asked >= {"hedge_executor_nav_usd", "hedge_healthy"}
    wait_until(running, lambda: asked <= exposed(running))


def test_a_deleted_file_reaches_whoever_is_told_and_so_does_its_return(running):
    webhook = running.webhook
    wait_until(running, lambda: healthy(running) == 1)
    path = running.root / f"state/{STATE}.json"
    path.rename(running.root / "kept.json")
    wait_until(running, lambda: webhook.status(alertname="HedgeFileMissing", file=STATE) == "firing")
    (running.root / "kept.json").rename(path)
    wait_until(running, lambda: webhook.status(alertname="HedgeFileMissing", file=STATE) == "resolved")
    assert "rebuilt by itself" in webhook.newest(alertname="HedgeFileMissing", file=STATE)["annotations"]["cure"]


def test_every_question_is_answered_by_a_real_prometheus(running):
    wait_until(running, lambda: healthy(running) == 1)
    answers = {asked: queried(running, asked) for asked in (*expressions(), *(rule["expr"] for rule in alerts().values()))}
    assert {asked: said for asked, said in answers.items() if said.get("status") != "success"} == {}


def healthy(running: Desk) -> float | None:
    """The newest sample that Prometheus has of one file."""
    rows = queried(running, f'hedge_file_healthy{{file="{STATE}"}}').get("data", {}).get("result", [])
    return float(rows[0]["value"][1]) if rows else None


def queried(running: Desk, asked: str) -> dict[str, Any]:
    """What Prometheus answers to a question; empty while it does not."""
    query = urllib.parse.urlencode({"query": asked})
    return dict(json.loads(fetched_or(f"http://{LOOPBACK}:{running.ports['prometheus']}/api/v1/query?{query}", "{}")))


def fetched_or(url: str, otherwise: str) -> str:
    """What is served there, also with an error; something else when nobody answers, or is still getting up."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return otherwise if error.code == HTTPStatus.SERVICE_UNAVAILABLE else error.read().decode()
    except OSError:
        return otherwise


def test_a_dead_executor_is_told_of_and_heals_no_file(running):
    webhook = running.webhook
    (running.root / f"state/{STATE}.json").rename(running.root / "kept.json")
    wait_until(running, lambda: webhook.status(alertname="HedgeFileMissing", file=STATE) == "firing")
    running.kill("executor")
    wait_until(running, lambda: webhook.status(alertname="HedgeExecutorDown") == "firing")
    running.kill("watch")
    wait_until(running, lambda: webhook.status(alertname="HedgeWatchDown") == "firing")
    assert webhook.status(alertname="HedgeFileMissing", file=STATE) == "firing"
    running.start_executor()
    running.start_watch()
    (running.root / "kept.json").rename(running.root / f"state/{STATE}.json")
    for gone in ("HedgeExecutorDown", "HedgeWatchDown", "HedgeFileMissing"):
        wait_until(running, lambda gone=gone: webhook.status(alertname=gone) == "resolved")
