"""Containers end, are asked and are set up as the documents say: the very words of the files, run without an engine."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from executor.clock import WallClock
from executor.pulse import Pulse, write_pulse
from hedge_assets.stack.posts import posts
from tests.hedge_assets.cli.programs import PLAIN
from tests.ops.images import BINARIES, CLUSTER, ROOT, compose, containers, services

OURS = ("executor", "watch", "page", "code", "web", "daemon", "mirror")
PAGE = (ROOT / "docs" / "images.md").read_text("utf-8")
NOTE = "/tmp/hedge-ended"


def run(words: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    known = {**PLAIN, "PATH": f"{BINARIES}:{os.environ['PATH']}", **environ}
    return subprocess.run(words, cwd=ROOT, env=known, capture_output=True, text=True, check=False, timeout=240)


@contextmanager
def beating(folder: Path, service: str) -> Iterator[None]:
    """A program that lives here until the end of the block, however long what is asked meanwhile takes."""
    over = threading.Event()
    told(folder, service)

    def beat() -> None:
        while not over.wait(0.5):
            told(folder, service)

    heart = threading.Thread(target=beat)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()


def told(folder: Path, service: str, **more: Any) -> None:
    now_us = WallClock().now_us()
    write_pulse(folder, Pulse(service=service, pid=1, at_us=now_us, started_us=now_us, **more))


def final_codes(command: list[str]) -> set[int]:
    """The codes after which a service's program is not begun again."""
    own = command[: command.index("--")]
    return {int(code) for word, code in pairwise(own) if word == "--final"}


def test_a_program_is_done_for_good_in_a_container_after_the_codes_that_end_it_for_good_on_a_box() -> None:
    box = {post.name: set(post.final_codes) for post in posts()}
    for name, service in services().items():
        assert final_codes(service["command"]) == box[name], name


@pytest.mark.parametrize("name", OURS)
def test_a_refused_program_is_unhealthy_whoever_else_does_its_work_and_a_mirror_that_is_off_is_well(tmp_path: Path, name: str) -> None:
    kind, text = services()[name]["healthcheck"]["test"]
    note = tmp_path / "hedge-ended"
    assert (kind, text.count(NOTE), f"hedge status --service {name}" in text) == ("CMD-SHELL", text.count("/tmp/"), True)
    script = text.replace(NOTE, str(note)).replace(f"hedge status --service {name}", "true")
    codes = []
    for said in (None, "78\n", "75\n", "0\n"):
        if said is not None:
            note.write_text(said)
        codes.append(run(["sh", "-c", script]).returncode)
    assert codes == [0, 1, 1, 0 if name == "mirror" else 1]


def test_a_containers_health_check_sees_the_refusal_of_the_program_that_was_launched_there(tmp_path: Path) -> None:
    check = services()["executor"]["healthcheck"]["test"][1].replace("/tmp/", f"{tmp_path}/")
    environ = {"HEDGE_DATA": str(tmp_path), "TMPDIR": str(tmp_path)}
    words = services()["executor"]["command"]
    launch = [str(BINARIES / "hedge"), *words[1 : words.index("--") + 1], "sh", "-c", "exit 75"]
    with beating(tmp_path / "raw", "executor"):  # another one on the same data
        assert run(["sh", "-c", check], **environ).returncode == 0
        process = subprocess.Popen(launch, cwd=ROOT, env={**PLAIN, **environ}, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            assert "ended with 75" in process.stdout.readline()
            assert run(["sh", "-c", check], **environ).returncode == 1
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)


def two_accounts(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "two.toml").write_text("[accounts.alpha]\n[accounts.beta]\n")
    return {"HEDGE_CONFIG": str(tmp_path / "two.toml"), "HEDGE_DATA": str(tmp_path)}


def test_the_probe_of_an_executor_asks_for_the_account_of_its_container_alone(tmp_path: Path) -> None:
    environ = two_accounts(tmp_path)
    told(tmp_path / "accounts" / "beta" / "raw", "executor", ended="SIGTERM")
    with beating(tmp_path / "accounts" / "alpha" / "raw", "executor"):
        for probe in ("startupProbe", "livenessProbe"):
            words = containers()["executor"][probe]["exec"]["command"]
            assert run(words, **environ, HEDGE_ACCOUNT="alpha").returncode == 0
            assert run(words, **environ, HEDGE_ACCOUNT="beta").returncode == 1
            both = run(words, **environ)
            assert (both.returncode, both.stdout.splitlines()[0]) == (1, "executor of alpha: at work")


def test_the_command_of_an_executor_trades_for_the_account_of_its_container(tmp_path: Path) -> None:
    environ = two_accounts(tmp_path)
    places = {"/data/desk": str(tmp_path), "/etc/hedge/hedge.toml": environ["HEDGE_CONFIG"], "8801": "0"}
    words = [places.get(word, word) for word in containers()["executor"]["command"]]
    done = run([*words, "--loops", "2", "--speed", "max"], **environ, HEDGE_ACCOUNT="beta")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "accounts").iterdir()] == ["beta"]
    assert run([*words, "--loops", "2"], **environ).returncode == 78


def test_the_files_say_where_an_executors_account_is_named() -> None:
    assert "HEDGE_ACCOUNT" in (CLUSTER / "executor.yaml").read_text("utf-8")
    assert "HEDGE_ACCOUNT" not in (CLUSTER / "kustomization.yaml").read_text("utf-8")
    assert "`HEDGE_ACCOUNT` in its container's `env`" in PAGE


def blocks() -> list[list[str]]:
    """The commands of the page, block by block."""
    return [block.strip().splitlines() for block in PAGE.split("```")[1::2]]


def test_what_compose_mounts_is_made_by_the_steps_before_it(tmp_path: Path) -> None:
    [steps] = [block for block in blocks() if any("docker compose" in line for line in block)]
    assert "docker compose" in steps[-1]
    script = "\n".join(steps[:-1]).replace("/etc/hedge", str(tmp_path / "hedge")).replace("chown ", "true ")
    done = run(["sh", "-eu", "-c", script])
    assert done.returncode == 0, done.stderr
    settings = shlex.split(steps[-1])[0].removeprefix("HEDGE_SETTINGS=")
    wanted = [settings, *(each["file"] for each in compose()["secrets"].values())]
    made = [Path(path.replace("/etc/hedge", str(tmp_path / "hedge"))) for path in wanted]
    assert [path for path in made if not path.is_file()] == []
    assert {path.stat().st_mode & 0o777 for path in made[1:]} == {0o400}
    assert made[0].stat().st_mode & 0o777 == 0o644


def test_settings_that_are_not_there_are_refused_and_no_folder_of_their_name_is_made() -> None:
    for service in services().values():
        [mounted] = [each for each in service["volumes"] if isinstance(each, dict)]
        assert (mounted["target"], mounted["read_only"], mounted["bind"]) == ("/etc/hedge/hedge.toml", True, {"create_host_path": False})


def test_the_clusters_secrets_come_after_their_namespace_and_are_those_that_pods_ask_for() -> None:
    lines = [line for block in blocks() for line in block if line.startswith("kubectl")]
    assert lines[0] == "kubectl apply -f ops/kubernetes/namespace.yaml"
    assert (ROOT / "ops" / "kubernetes" / "namespace.yaml").is_file()
    made = {line.split()[6]: line for line in lines if " create secret " in line}
    asked = {each["secretRef"]["name"] for one in containers().values() for each in one["envFrom"] if "secretRef" in each}
    assert set(made) == asked | {"hedge-venue-key"}
    assert made["hedge-venue-key"].endswith("# live only")


def test_a_container_that_is_looked_at_shares_the_machines_loopback() -> None:
    [line] = [line for block in blocks() for line in block if line.startswith("docker run")]
    assert "--network host" in line
