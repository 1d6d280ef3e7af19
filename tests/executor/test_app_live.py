"""Paper on a live market: real prices, no key, loops also in silence; and no second life on the same data."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from executor.journal.reader import read
from executor.records.account import Heartbeat
from executor.records.market import Quote
from tests.local_venue.venue import running_in_thread

ROOT = Path(__file__).parents[2]
SETTINGS = """
feed = "live"
[venue]
symbols = ["BTCUSDT"]
route = "127.0.0.1:{port}"
ca_file = "{ca_file}"
[loop]
period_s = 0.2
"""


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "executor", "run", "--config", str(folder / "settings.toml"), "--data", str(folder / "logs")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until(holds) -> None:
    until_s = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.05)


def records(folder: Path, stream: str) -> list[object]:
    raw = folder / "logs" / "raw"
    return [record for _, record in read(raw, stream)] if (raw / stream).is_dir() else []


def test_paper_trades_on_a_live_market_without_a_key_and_loops_while_it_is_silent(tmp_path: Path) -> None:
    with running_in_thread(symbols=("BTCUSDT",)) as hosted:
        (tmp_path / "settings.toml").write_text(SETTINGS.format(port=hosted.port, ca_file=hosted.ca_file))
        with started(tmp_path) as process:
            until(lambda: any(isinstance(one, Quote) and one.source == "stream" for one in (quoted(hosted), *records(tmp_path, "ticks"))))
            before = beats(tmp_path)
            until(lambda: beats(tmp_path) > before + 5)
            process.terminate()
            assert process.wait(120) == 0
        assert {seen.headers.get("X-MBX-APIKEY") for seen in hosted.venue.log} == {None}
        with started(tmp_path) as again:
            assert again.wait(120) == 78
            assert "does not come back" in again.stderr.read()


def beats(folder: Path) -> int:
    return sum(isinstance(one, Heartbeat) for one in records(folder, "positions"))


def quoted(hosted) -> None:
    """Another price, so that the stream has something to say."""
    price = 60_000 + time.monotonic() % 50
    hosted.call(hosted.venue.market.quote, "BTCUSDT", f"{price:.1f}", f"{price + 0.1:.1f}")
