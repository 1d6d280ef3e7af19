"""The command line: what is refused, in one line, with the documented exit code, and nothing half-written."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from executor.__main__ import Speed, main_group
from executor.journal.reader import Cursor, Follower

ROOT = Path(__file__).parents[2]


def executor(*arguments: str, env: dict[str, str] | None = None, limit_bytes: int | None = None) -> subprocess.CompletedProcess[str]:
    def narrow() -> None:
        if limit_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    return subprocess.run(
        [sys.executable, "-m", "executor", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=narrow,
        env={**{name: value for name, value in os.environ.items() if name not in ("ENV", "HEDGE_DATA")}, **(env or {})},
    )


def run(data: Path, *more: str, env: dict[str, str] | None = None, limit_bytes: int | None = None) -> subprocess.CompletedProcess[str]:
    return executor("run", "--data", str(data), "--speed", "max", "--loops", "20", *more, env=env, limit_bytes=limit_bytes)


@pytest.mark.parametrize(
    ("more", "env", "words"),
    [
        ((), {"ENV": "prod"}, "ALLOW_PROD_WRITE"),
        ((), {"ENV": "prod", "ALLOW_PROD_WRITE": "0"}, "ALLOW_PROD_WRITE"),
        ((), {"INTEL_V6_ENABLED": "yes"}, "INTEL_V6_ENABLED was 'yes'"),
        (("--feed", "replay:/does/not/exist"), {}, "/does/not/exist"),
        (("--feed", "carrier-pigeon"), {}, "carrier-pigeon"),
        (("--exchange", "ccxt:nowhere"), {}, "ccxt"),
        (("--config", "/does/not/exist.toml"), {}, "/does/not/exist.toml"),
        (("--scenario", "storm"), {}, "storm"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_78_and_one_line(
    tmp_path: Path, more: tuple[str, ...], env: dict[str, str], words: str
) -> None:
    done = run(tmp_path / "data", *more, env=env)
    assert done.returncode == 78
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert not list((tmp_path / "data").rglob("*.jsonl"))


def test_unknown_settings_and_strategy_parameters_are_refused_by_name(tmp_path: Path) -> None:
    config = tmp_path / "a.toml"
    config.write_text("[strategy.momentum]\nfastt = 3\n")
    done = run(tmp_path / "data", "--config", str(config))
    assert done.returncode == 78
    assert "fastt" in done.stderr
    config.write_text("[strategy.martingale]\n")
    assert "martingale" in run(tmp_path / "data", "--config", str(config)).stderr


def test_wrong_usage_is_2() -> None:
    assert executor("run", "--speed", "warp").returncode == 2
    assert executor("runn").returncode == 2


def test_a_second_executor_on_the_same_directory_is_75(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "executor", "run", "--data", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        try:
            assert first.stdout is not None
            assert "writing to" in first.stdout.readline()
            done = run(tmp_path)
            assert done.returncode == 75
            assert f"pid {first.pid}" in done.stderr
        finally:
            first.terminate()


def test_a_full_disk_is_one_line_and_what_was_written_reads_back(tmp_path: Path) -> None:
    done = executor("run", "--data", str(tmp_path), "--speed", "max", "--loops", "100000", limit_bytes=400_000)
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(tmp_path) in done.stderr
    assert Follower(tmp_path / "raw", "ticks", Cursor()).read(None)
    assert run(tmp_path).returncode == 0


def test_a_production_run_that_is_permitted_trades_and_says_so_in_the_journal(tmp_path: Path) -> None:
    done = run(tmp_path, env={"ENV": "prod", "ALLOW_PROD_WRITE": "1", "RISK_ENGINE_V6_ENABLED": "1"})
    assert done.returncode == 0, done.stderr
    boot = json.loads((next((tmp_path / "raw" / "orders").glob("*.jsonl"))).read_text().splitlines()[0])
    assert (boot["kind"], boot["flags"]["ENV"], boot["flags"]["ALLOW_PROD_WRITE"], boot["pipeline"]) == ("boot", "prod", "1", "v6")


def test_halt_flatten_and_resume_need_an_executors_directory(tmp_path: Path) -> None:
    for word in ("halt", "flatten", "resume"):
        done = executor(word, "--data", str(tmp_path / "none"))
        assert done.returncode == 78
        assert "--data" in done.stderr


def test_doctor_says_each_condition_and_is_1_when_one_fails(tmp_path: Path) -> None:
    good = executor("doctor", "--data", str(tmp_path))
    assert good.returncode == 0, good.stdout
    bad = executor("doctor", "--data", str(tmp_path), env={"ENV": "prod"})
    assert bad.returncode == 1
    assert "FAIL  flags" in bad.stdout


def test_importing_the_executor_brings_neither_dagster_nor_pandas_nor_ccxt() -> None:
    code = "import sys, executor.app, executor.__main__; print([m for m in ('dagster', 'pandas', 'pydantic', 'ccxt') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("text", ["nan", "inf", "0", "-1", "fast"])
def test_a_speed_is_max_or_a_number_above_0(text: str) -> None:
    result = CliRunner().invoke(main_group, ["run", "--speed", text])
    assert result.exit_code == 2
    assert Speed().convert("max", None, None) == 0.0
