"""The command line itself: whatever is missing, `run` ends with 78 and one line, and no connection was made to the venue."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from executor.wire.secrets import account_name
from tests.executor.test_doctor import KEY, SECRET, written
from tests.executor.wire.authority import certified

ROOT = Path(__file__).parents[2]
NAME = account_name(KEY)


class Listener:
    """Counts who connects."""

    def __init__(self) -> None:
        self.came, self.somebody = 0, threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.came += 1
            self.somebody.set()
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(120)


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def run(config: Path, data: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "executor", "run", "--config", str(config), "--data", str(data), "--loops", "2"]
    clean = {name: value for name, value in os.environ.items() if name not in ("ENV", "ALLOW_PROD_WRITE", "HEDGE_DATA")}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, env={**clean, **environ})


@pytest.mark.parametrize(
    ("said", "environ"),
    [
        (("live", NAME), {}),
        (("live", NAME), {"ENV": "prod"}),
        (("live", NAME), {"ENV": "prod", "ALLOW_PROD_WRITE": "1"}),
        (("live", NAME), {"ENV": "dev", "ALLOW_PROD_WRITE": "1"}),
        (("live", ""), {"ENV": "test"}),
        (("live", "0123456789"), {"ENV": "test", "ALLOW_PROD_WRITE": "1"}),
        (("live", ""), {"ENV": "prod", "ALLOW_PROD_WRITE": "1"}),
        (("live", NAME), {"ENV": "live"}),
        (("live", NAME), {"ENV": "test", "ALLOW_PROD_WRITE": "yes"}),
        (("paper", NAME), {"ENV": "test"}),
        (("paper", NAME), {"ENV": "prod", "ALLOW_PROD_WRITE": "1"}),
        (("demo", NAME), {"ENV": "prod"}),
        (("demo", NAME), {"ENV": "prod", "ALLOW_PROD_WRITE": "1"}),
    ],
)
def test_a_run_that_lacks_a_condition_is_78_and_touches_no_socket(
    listener: Listener, tmp_path: Path, said: tuple[str, str], environ: dict[str, str]
) -> None:
    config = written(tmp_path, listener.port, *said)
    config.write_text(config.read_text().replace("ccxt:telling", "ccxt:binanceusdm"))
    done = run(config, tmp_path / "data", environ)
    assert done.returncode == 78, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "not permitted" in done.stderr or done.stderr.startswith(("error: ENV was", "error: ALLOW_PROD_WRITE was"))
    assert listener.came == 0
    assert not list((tmp_path / "data").rglob("*.jsonl"))
    assert not any(one in done.stdout + done.stderr for one in (KEY, SECRET))


def test_a_key_that_others_can_read_is_78_and_touches_no_socket(listener: Listener, tmp_path: Path) -> None:
    config = written(tmp_path, listener.port)
    (tmp_path / "key.json").chmod(0o644)
    assert run(config, tmp_path / "data", {"ENV": "test"}).returncode == 78
    assert listener.came == 0


def test_live_on_paper_is_78(listener: Listener, tmp_path: Path) -> None:
    config = written(tmp_path, listener.port)
    config.write_text(config.read_text().replace("ccxt:telling", "paper"))
    assert run(config, tmp_path / "data", {"ENV": "prod", "ALLOW_PROD_WRITE": "1"}).returncode == 78
    assert listener.came == 0


def test_with_every_condition_but_the_venues_answers_the_venue_is_asked_and_the_start_put_off(listener: Listener, tmp_path: Path) -> None:
    """That the counting counts: the same command, with nothing missing, does connect; and 1 has a supervisor try again."""
    config = written(tmp_path, listener.port)
    ca_file, _ = certified(tmp_path, "fapi.binance.com")
    config.write_text(config.read_text().replace("ccxt:telling", "ccxt:binanceusdm").replace(str(tmp_path / "ca.pem"), ca_file))
    done = run(config, tmp_path / "data", {"ENV": "test"})
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "reachable" in done.stderr
    assert listener.somebody.wait(120)
    assert not any(one in done.stdout + done.stderr for one in (KEY, SECRET))
