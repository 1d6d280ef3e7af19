"""Supervisor's configuration says what we mean, and supervisor reads it so."""

import configparser
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from executor.errors import SettingsError
from hedge_assets.stack.programs import Program
from hedge_assets.stack.supervision import Supervisor, configuration, members, program_section, quoted, socket_path
from tests.boxes import PATIENCE_S, until


def parsed(program: Program) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser()
    parser.read_string(program_section(program, Path("/run")))
    return parser[f"program:{program.name}"]


def test_an_executor_that_refused_is_not_started_again():
    section = parsed(Program("executor", ("python", "-m", "executor")))
    assert (section["exitcodes"], section["autorestart"]) == ("0,75,78", "unexpected")


def test_a_service_is_started_again_whatever_it_ended_with():
    assert parsed(Program("web", ("web",), final_codes=()))["autorestart"] == "true"


def test_every_program_ends_with_all_it_started():
    section = parsed(Program("daemon", ("daemon",)))
    assert (section["stopasgroup"], section["killasgroup"]) == ("true", "true")


def test_every_log_has_its_bound():
    text = configuration((Program("a", ("a",)), Program("b", ("b",))), Path("/run"), Path("/run/s"))
    assert text.count("logfile=") == text.count("logfile_maxbytes=") == text.count("logfile_backups=") == 3


def test_words_with_blanks_and_percent_signs_arrive_whole():
    assert parsed(Program("a", ("run", "100% of it")))["command"] == "run '100%% of it'"


@pytest.mark.parametrize("text", ["/data ;x", "/data #1", "/data\nx"])
def test_what_the_format_cannot_carry_is_refused(text):
    with pytest.raises(SettingsError, match="use another path"):
        quoted(text)


def test_a_socket_whose_path_is_too_long_lies_elsewhere(tmp_path):
    assert socket_path(Path("/run")) == Path("/run/supervisor.sock")
    elsewhere = socket_path(tmp_path / ("x" * 100))
    assert len(str(elsewhere)) < 90
    elsewhere.parent.rmdir()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are listed under /proc on Linux only")
def test_this_process_is_a_member_of_its_session():
    assert os.getpid() in members(os.getsid(0))


@pytest.fixture
def supervisor(tmp_path):
    made = Supervisor((Program("a", ("sleep", "60")),), tmp_path, os.environ)
    pid = int((tmp_path / "supervisord.pid").read_text())
    yield made, pid
    os.kill(pid, signal.SIGCONT)
    made.end()


def test_a_supervisor_that_was_stopped_keeps_nobody_waiting_for_its_answer(supervisor):
    asked, pid = supervisor
    assert until(lambda: set(asked.processes()) == {"a"})
    os.kill(pid, signal.SIGSTOP)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(asked.processes()), daemon=True)
    asking.start()
    asking.join(PATIENCE_S)
    assert answers == [{}]
    os.kill(pid, signal.SIGCONT)
    assert until(lambda: set(asked.processes()) == {"a"})


# Who stands still when its parent goes is told so by the system, with a hangup.
ENDS_IN_PEACE = "trap 'echo said goodbye > bye; exit 0' TERM HUP; echo > up; while :; do sleep 0.1; done"


def test_who_is_left_by_a_supervisor_that_is_deaf_is_asked_to_end_before_it_is_killed(tmp_path):
    polite = Program("polite", ("sh", "-c", ENDS_IN_PEACE), folder=tmp_path, stop_wait_s=round(PATIENCE_S))
    made = Supervisor((polite,), tmp_path / "run", os.environ)
    assert until((tmp_path / "up").exists)
    os.kill(int((tmp_path / "run" / "supervisord.pid").read_text()), signal.SIGSTOP)
    made.end()
    assert (tmp_path / "bye").read_text() == "said goodbye\n"


def test_who_does_not_end_when_it_is_asked_is_killed(tmp_path):
    stubborn = Program("stubborn", ("sh", "-c", "trap '' TERM; echo > up; while :; do sleep 0.1; done"), folder=tmp_path, stop_wait_s=0)
    made = Supervisor((stubborn,), tmp_path / "run", os.environ)
    assert until((tmp_path / "up").exists)
    session = int((tmp_path / "run" / "supervisord.pid").read_text())
    os.kill(session, signal.SIGSTOP)
    made.end()
    assert members(session) == []


def test_a_socket_that_lay_elsewhere_leaves_nothing_behind(tmp_path):
    made = Supervisor((Program("a", ("sleep", "60")),), tmp_path / ("x" * 100), os.environ)
    elsewhere = made._socket.parent
    assert elsewhere.is_dir()
    made.end()
    assert not elsewhere.exists()
