"""A program of a box begins with its own secrets, after what it needs, and after a rest when it has fallen again and again."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import HedgeError, SettingsError
from hedge_assets.stack.launching import FREE_FALLS, STEADY_S, Rest, port_fault, postgres_fault, rest, secrets_in, variables, wait_for
from hedge_assets.stack.programs import REPOSITORY
from tests.ports import free_port

SECOND = 1_000_000
NOW = 1_700_000_000 * SECOND
LAUNCH = [sys.executable, "-c", "from hedge_assets.cli import main; main()", "launch"]
SAYS = "import os; print(os.environ.get('HEDGE_PG_PASSWORD'), os.getpid(), os.environ.get('HOME'))"


def launched(tmp_path: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "HEDGE_DATA": str(tmp_path), **environ}
    return subprocess.run([*LAUNCH, *words], cwd=REPOSITORY, env=told, capture_output=True, text=True, check=False, timeout=240)


def private(path: Path, text: str, mode: int = 0o400) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_file_of_names_and_values_is_read_as_systemd_reads_it():
    text = "# why\n\nA=1\n B = 2\nC=\"three four\"\nD='x$HOME'\nE=\n; also why\n"
    assert variables(text.replace(" B = 2", "B= 2"), "it") == {"A": "1", "B": "2", "C": "three four", "D": "x$HOME", "E": ""}


@pytest.mark.parametrize("line", ["export A=1", "A", "=1", "1A=2", "A B=3"])
def test_a_line_that_is_none_is_refused_by_its_number_and_never_shown(line):
    with pytest.raises(SettingsError, match=r"line 2 of box.env is no NAME=VALUE") as refused:
        variables(f"OK=1\n{line}secretword", "box.env")
    assert "secretword" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644])
def test_secrets_that_others_may_read_are_refused(tmp_path, mode):
    with pytest.raises(SettingsError, match=f"mode {mode:04o}"):
        secrets_in(private(tmp_path / "dagster.env", "HEDGE_PG_PASSWORD=x", mode))


@given(st.lists(st.floats(0, 1e6), max_size=20), st.floats(0, 3600))
def test_a_rest_never_exceeds_its_limit_and_never_shrinks_with_another_fall(gaps, most_s):
    at_us, now_us = [], NOW
    for gap_s in gaps:
        at_us.append(now_us)
        now_us += round(gap_s * SECOND)
    wanted = Rest(most_s)
    falls = wanted.falls(tuple(at_us), now_us)
    assert 0 <= falls <= len(at_us)
    assert [wanted.after(count) for count in range(40)] == sorted(wanted.after(count) for count in range(40))
    assert 0 <= wanted.after(falls) <= most_s


def test_the_first_falls_cost_nothing_and_a_steady_life_forgives_them(tmp_path):
    rests = [rest(tmp_path, "web", 30, NOW + number * SECOND) for number in range(8)]
    assert rests == [0.0] * (FREE_FALLS + 1) + [1.0, 2.0, 4.0, 8.0, 16.0]
    assert rest(tmp_path, "web", 30, NOW + 8 * SECOND + round((STEADY_S + 30) * SECOND)) == 0.0


def test_a_note_that_is_damaged_or_cannot_be_kept_costs_the_rest_not_the_start(tmp_path):
    (tmp_path / "web.starts").write_text("{")
    assert rest(tmp_path, "web", 30, NOW) == 0.0
    (tmp_path / "file").write_text("")
    assert rest(tmp_path / "file", "web", 30, NOW) == 0.0


def test_what_does_not_come_is_said_with_what_was_missing():
    port = str(free_port())
    with pytest.raises(HedgeError, match=r"code was waited for 0 s: nobody listens at port \d+") as refused:
        wait_for("code", lambda: port_fault("HEDGE_CODE_PORT", {"HEDGE_CODE_PORT": port}), patience_s=0.1)
    assert refused.value.exit_code == 1


def test_what_is_there_is_not_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        wait_for("code", lambda: port_fault("HEDGE_CODE_PORT", {"HEDGE_CODE_PORT": str(listening.getsockname()[1])}))


@pytest.mark.parametrize("value", ["", "x", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused_by_its_name(value):
    with pytest.raises(SettingsError, match="HEDGE_CODE_PORT was"):
        port_fault("HEDGE_CODE_PORT", {"HEDGE_CODE_PORT": value})


def test_a_database_that_nobody_named_is_a_refusal_and_one_that_is_away_a_fault_without_its_password():
    with pytest.raises(SettingsError, match="HEDGE_PG_HOST, HEDGE_PG_PORT"):
        postgres_fault({})
    told = {"HEDGE_PG_HOST": "127.0.0.1", "HEDGE_PG_PORT": str(free_port()), "HEDGE_PG_DB": "hedge", "HEDGE_PG_USER": "hedge"}
    said = postgres_fault({**told, "HEDGE_PG_PASSWORD": "open-sesame"})
    assert said is not None
    assert "does not let hedge in" in said
    assert "open-sesame" not in said


def test_the_program_is_begun_with_its_secrets_in_its_environment_and_in_no_command_line(tmp_path):
    secrets = private(tmp_path / "dagster.env", "HEDGE_PG_PASSWORD=open-sesame\n")
    done = launched(tmp_path, "web", "--secrets", str(secrets), "--", sys.executable, "-c", SAYS, HOME="/nowhere")
    assert done.returncode == 0, done.stderr
    password, _, home = done.stdout.split()
    assert password == "open-sesame"
    assert home != "/nowhere"


def test_a_start_is_noted_beside_no_log(tmp_path):
    launched(tmp_path, "web", "--", sys.executable, "-c", "")
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == ["starts/web.starts"]


def test_the_programs_own_exit_code_is_what_the_supervisor_sees(tmp_path):
    assert launched(tmp_path, "web", "--", sys.executable, "-c", "raise SystemExit(75)").returncode == 75


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--secrets", "{folder}/none.env", "--", "true"), "none.env"),
        (("--", "{folder}/no-such-program"), "cannot be started"),
        (("--after", "code", "--", "true"), "HEDGE_CODE_PORT was"),
    ],
)
def test_what_cannot_begin_is_refused_in_one_line(tmp_path, words, said):
    environ = {"HEDGE_CODE_PORT": ""}
    done = launched(tmp_path, "web", *(word.format(folder=tmp_path) for word in words), **environ)
    assert done.returncode == 78
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


FINAL = ("--final", "75", "--final", "78")
TOLD = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
print("lives", flush=True)
while True:
    time.sleep(0.1)
"""


def above(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """`hedge launch` as in a container, with a folder of its own for what only this container sees."""
    told = {**os.environ, "HEDGE_DATA": str(tmp_path), "TMPDIR": str(tmp_path)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen([*LAUNCH, "web", *words], cwd=REPOSITORY, env=told, text=True, **streams)


def ends_with(process: subprocess.Popen[str], number: int | None = None) -> tuple[int, str]:
    if number is not None:
        process.send_signal(number)
    try:
        said, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, said


def test_a_refused_program_is_idled_for_until_that_is_asked_to_end_and_its_health_check_is_told(tmp_path):
    process = above(tmp_path, *FINAL, "--", sys.executable, "-c", "print('refused'); raise SystemExit(78)")
    assert process.stdout.readline() == "refused\n"
    assert "web ended with 78, which is final" in process.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    assert (tmp_path / "hedge-ended").read_text() == "78\n"
    assert ends_with(process, signal.SIGTERM) == (78, "")
    process = above(tmp_path, *FINAL, "--", sys.executable, "-c", TOLD)
    assert process.stdout.readline() == "lives\n"
    assert not (tmp_path / "hedge-ended").exists()
    ends_with(process, signal.SIGTERM)


@pytest.mark.parametrize("words", [("--secrets", "{folder}/none.env", "--", "true"), ("--", "{folder}/no-such-program")])
def test_a_program_that_could_not_begin_is_idled_for_as_well(tmp_path, words):
    process = above(tmp_path, *FINAL, *(word.format(folder=tmp_path) for word in words))
    assert str(tmp_path) in process.stdout.readline()
    assert "web ended with 78, which is final" in process.stdout.readline()
    assert ends_with(process, signal.SIGTERM)[0] == 78


@pytest.mark.parametrize(("death", "code"), [("raise SystemExit(1)", 1), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_a_program_that_fell_ends_what_stays_above_it_with_its_code(tmp_path, death, code):
    process = above(tmp_path, *FINAL, "--", sys.executable, "-c", death)
    assert ends_with(process) == (code, "")
    assert not (tmp_path / "hedge-ended").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_asks_to_end_reaches_the_program_and_its_code_comes_back_without_a_stay(tmp_path, number):
    process = above(tmp_path, *FINAL, "--", sys.executable, "-c", TOLD.replace("SIGTERM", number.name))
    assert process.stdout.readline() == "lives\n"
    assert ends_with(process, number) == (75, "")
