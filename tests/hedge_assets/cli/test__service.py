"""A health check asks one program whether it does its work, and nothing else."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from executor.clock import WallClock
from executor.pulse import Pulse, write_pulse
from hedge_assets.cli import hedge
from tests.ports import free_port


def asked(service: str, root: Path, **environ: str) -> Result:
    return CliRunner().invoke(hedge, ["status", "--service", service, "--data", str(root)], env=environ)


@pytest.fixture
def served() -> Iterator[int]:
    """A loopback port at which something answers, whatever it says."""
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("service", "folder"), [("executor", "raw"), ("watch", "watch"), ("daemon", "tables"), ("mirror", "mirror")])
def test_one_that_beats_is_at_work_until_it_is_silent(tmp_path: Path, service: str, folder: str) -> None:
    assert asked(service, tmp_path).output == f"{service}: never seen\n"
    now_us = WallClock().now_us()
    write_pulse(tmp_path / folder, Pulse(service=service, pid=1, at_us=now_us, started_us=now_us))
    beats = asked(service, tmp_path)
    assert (beats.exit_code, beats.output) == (0, f"{service}: at work\n")
    write_pulse(tmp_path / folder, Pulse(service=service, pid=1, at_us=now_us, started_us=now_us, ended="SIGTERM"))
    ended = asked(service, tmp_path)
    assert ended.exit_code == 1
    assert "ended" in ended.output


def test_one_that_answers_at_its_port_is_at_work(tmp_path: Path, served: int) -> None:
    assert asked("page", tmp_path, HEDGE_PAGE_PORT=str(served)).exit_code == 0
    nobody = str(free_port())
    for service in ("page", "web", "code"):
        mute = asked(service, tmp_path, **{f"HEDGE_{service.upper()}_PORT": nobody})
        assert mute.exit_code == 1
        assert f"at port {nobody}" in mute.output


def test_a_port_that_is_none_and_a_service_that_is_none_are_refused(tmp_path: Path) -> None:
    assert "HEDGE_WEB_PORT was 'x', it must be a port" in str(asked("web", tmp_path, HEDGE_WEB_PORT="x").exception)
    assert asked("weather", tmp_path).exit_code == 2
