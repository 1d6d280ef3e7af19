"""Whatever is logged or printed passes the censor; a real child that drives ccxt at its chattiest writes no secret in any byte."""

import json
import logging
import os
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from executor.wire.logs import censored
from executor.wire.redaction import GRAM, HIDDEN, Censor, forms
from executor.wire.secrets import ED25519, PEM_FOOT, PEM_HEAD

ROOT = Path(__file__).parents[3]
KEY, SECRET, PASSWORD = "Kq7vT2mZx9LbW4eRkq/t+7u", 's3Nf8RjYp0HdQaU6&k=%"l1', "pw-Gz5EwXc1'q"
BODY = b64encode(ED25519 + bytes(range(101, 133))).decode()
PEM = f"{PEM_HEAD}\n{BODY}\n{PEM_FOOT}\n"


class Echo(BaseHTTPRequestHandler):
    """Refuses everything, and repeats in its answer whatever it was told: the worst that a venue may do."""

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = f"{self.path}?{self.rfile.read(length).decode()}"
        queries = parse_qs(urlsplit(asked).query) | parse_qs(asked.rpartition("?")[2])
        self.server.signatures.extend(queries.get("signature", []))  # type: ignore[attr-defined]
        body = json.dumps({"code": -1022, "msg": f"refused {asked} {dict(self.headers)}", "listenKey": LISTEN_KEY}).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_PUT = answer  # noqa: N815 - the names that the library asks for

    def log_message(self, *_: object) -> None:
        """Nothing."""


LISTEN_KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"


@pytest.fixture
def venue() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.signatures = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def written_by(venue: ThreadingHTTPServer, tmp_path: Path, how: str, secret: str) -> bytes:
    key_file, log_file = tmp_path / "key.json", tmp_path / f"{how}.log"
    key_file.unlink(missing_ok=True)
    key_file.write_text(json.dumps({"key": KEY, "secret": secret, "password": PASSWORD}))
    key_file.chmod(0o400)
    url = f"http://127.0.0.1:{venue.server_address[1]}"
    command = [sys.executable, str(ROOT / "tests/executor/wire/canary.py"), how, str(log_file), str(key_file), url]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 1, done.stderr[-3000:].decode()
    return done.stdout + done.stderr + log_file.read_bytes()


def leaked(written: bytes, secrets: list[str]) -> set[str]:
    """Every piece of `GRAM` letters of any form of a secret that was written."""
    return grams(written.decode("utf-8", "replace")) & {gram for form in forms(secrets) for gram in grams(form)}


def grams(text: str) -> set[str]:
    return {text[at : at + GRAM].lower() for at in range(len(text) - GRAM + 1)}


@pytest.mark.parametrize("secret", [SECRET, PEM], ids=["hmac", "ed25519"])
def test_a_child_that_logs_and_prints_everything_about_ccxt_writes_no_secret_in_any_byte(
    venue: ThreadingHTTPServer, tmp_path: Path, secret: str
) -> None:
    bare = written_by(venue, tmp_path, "bare", secret)
    held = [KEY, PASSWORD, BODY if secret is PEM else SECRET]
    assert {one[:GRAM].lower() for one in held} <= leaked(bare, [KEY, secret, PASSWORD])
    spelt = [form for signature in venue.signatures for form in (signature, quote(signature, safe=""))]  # type: ignore[attr-defined]
    assert any(form[:20].encode() in bare for form in spelt)
    written = written_by(venue, tmp_path, "censored", secret)
    assert leaked(written, [KEY, secret, PASSWORD]) == set()
    assert leaked(written, venue.signatures) == set()  # type: ignore[attr-defined]
    assert LISTEN_KEY[:GRAM].encode() not in written
    for sign in (b"refused:", b"forgotten:", b"in thread worker", b"nobody could catch", b"then ", b"warned of", b"fapi", b"Request:"):
        assert sign in written, sign
    assert len(venue.signatures) >= 8  # type: ignore[attr-defined]


def test_a_record_is_one_line_with_its_trace_and_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("executor.test_logs")
    with censored(Censor([SECRET])), caplog.at_level(logging.DEBUG):
        try:
            int(f"first\n{SECRET}")
        except ValueError:
            log.exception("asked with %s\nand \u202e%r", SECRET, {"signature": "deadbeef01"})
        log.error("wrong %d", "arguments")
        log.error("right", stack_info=True)
    texts = [logging.Formatter("%(message)s").format(record) for record in caplog.records]
    assert texts[0].startswith(f"asked with {HIDDEN}\\nand \\u202e{{'signature': '{HIDDEN}'}} | Traceback")
    assert texts[0].endswith(f"base 10: 'first\\n{HIDDEN}'")
    assert "arguments cannot be shown" in texts[1]
    assert texts[2].startswith("right | Stack (most recent call last):")
    assert [len(text.splitlines()) for text in texts] == [1, 1, 1]


def test_what_was_installed_is_taken_away_again_and_ccxt_stays_quiet_meanwhile() -> None:
    chatty = logging.getLogger("ccxt.base.exchange")
    before = (logging.getLogRecordFactory(), sys.excepthook, threading.excepthook, sys.unraisablehook, sys.stdout, sys.stderr)
    level = chatty.level
    chatty.setLevel(logging.DEBUG)
    with censored(Censor()):
        assert not chatty.isEnabledFor(logging.DEBUG)
        assert sys.stdout is not before[4]
        assert not hasattr(sys.stdout, "buffer")
    assert chatty.level == logging.DEBUG
    chatty.setLevel(level)
    assert (logging.getLogRecordFactory(), sys.excepthook, threading.excepthook, sys.unraisablehook, sys.stdout, sys.stderr) == before


def test_what_click_prints_passes_the_censor_as_well() -> None:
    code = (
        "import click; from executor.wire.logs import censored; from executor.wire.redaction import Censor\n"
        f"with censored(Censor([{KEY!r}])): click.echo('a {KEY} b'); click.echo('c {KEY} d', err=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"a {HIDDEN} b\n", f"c {HIDDEN} d\n")
