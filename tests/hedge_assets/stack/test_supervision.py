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
    assert set(asked.processes()) == {"a"}
    os.kill(pid, signal.SIGSTOP)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(asked.processes()), daemon=True)
    asking.start()
    asking.join(30)
    assert answers == [{}]
    os.kill(pid, signal.SIGCONT)
    assert set(asked.processes()) == {"a"}
