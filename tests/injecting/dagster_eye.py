"""Dagster's side of a desk to be harmed: a real code server and daemon, and what its checks tab shows of every file."""

import os
import sys
import time
from collections.abc import Generator
from pathlib import Path

import dagster as dg
import yaml

from hedge_assets.defs.names import Names
from hedge_assets.defs.specs import ALIVE, ON_DISK
from hedge_assets.health.manifest import Row
from hedge_assets.stack.ports import listens
from hedge_assets.stack.programs import home_settings
from tests.injecting.desks import ROOT, Desk, wait_until
from tests.injecting.observers import Observer, Sighting
from tests.injecting.patients import now_us
from tests.ports import free_port

BINARIES = Path(sys.executable).parent
MODULE = "tests.injecting.only_probe"
POLL_S = 0.5
SLACK_US = 8_000_000  # a check is dated when it is stored, some time after the look; on a busy machine that is seconds


def served(desk: Desk) -> Path:
    """Start Dagster on the desk with the probe alone; gives its home."""
    home, port = desk.root.parent / "home", free_port()
    home.mkdir()
    (home / "dagster.yaml").write_text(yaml.safe_dump(home_settings((ROOT / "dagster.yaml").read_text("utf-8"), desk.root)))
    server = {"host": "127.0.0.1", "port": port, "location_name": "hedge_assets"}
    (home / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
    code = ("-m", MODULE, "-d", str(ROOT), "-h", "127.0.0.1", "-p", str(port), "--location-name", "hedge_assets")
    quiet = ("--log-level", "warning")
    dg.DagsterInstance.from_config(str(home)).dispose()  # its storage is made by one, before three look for it at once
    desk.start(str(BINARIES / "dagster"), "api", "grpc", *code, *quiet, DAGSTER_HOME=str(home))
    wait_until(lambda: listens(port), "the code server serves")
    desk.start(str(BINARIES / "dagster-daemon"), "run", "-w", str(home / "workspace.yaml"), *quiet, DAGSTER_HOME=str(home))
    return home


def dagster(desk: Desk, rows: tuple[Row, ...]) -> Observer:
    """An observer of Dagster's checks."""
    home = served(desk)
    return desk.watched(Observer("Dagster checks", lambda: checks(home, rows)))


def checks(home: Path, rows: tuple[Row, ...]) -> Generator[Sighting]:
    """The newest evaluation of every file's check, with the state it says and when it was made."""
    keys = [dg.AssetCheckKey(Names().key(row.name), ALIVE if row.kind == "journal" else ON_DISK) for row in rows]
    with dg.DagsterInstance.from_config(str(home)) as instance:
        while True:
            looked_us, words = dict[str, int](), dict[str, str]()
            for key, record in instance.event_log_storage.get_asset_check_summary_records(keys).items():
                last = record.last_check_execution_record
                evaluation = None if last is None else last.event and last.event.dagster_event
                if evaluation is None or last is None:
                    continue
                data = evaluation.asset_check_evaluation_data
                name = key.asset_key.to_user_string()
                words[name] = str(data.metadata["state"].value)
                assert data.passed == (words[name] in ("ok", "empty")), f"{name} passed {data.passed} as {words[name]}"
                looked_us[name] = round(last.create_timestamp * 1e6)
            if words:
                yield Sighting(looked_us, now_us(), words)
            time.sleep(POLL_S)


def seconds_of_cpu(pid: int) -> float:
    """What a process used of a core since its start."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
