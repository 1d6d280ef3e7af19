"""A report as PDF: a Chromium without a window prints the very file, with a profile that goes, and is ended when it takes too long."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from executor.errors import HedgeError
from hedge_assets.document import moment

NAMES = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_S = 120.0
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
DATES = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)(\d{14})")
LINES_TOLD = 200


class Unprinted(HedgeError):
    """The browser made no PDF."""


def browser() -> str | None:
    """Where a Chromium lies; null where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def pdf(html: Path, *, program: str, dated_us: int, timeout_s: float = TIMEOUT_S) -> bytes:
    """An HTML file as PDF, dated by the moment it speaks of; raises Unprinted with the reason."""
    with tempfile.TemporaryDirectory(prefix="hedge-print-", ignore_cleanup_errors=True) as folder:
        into = Path(folder) / "page.pdf"
        said = printed([*command(program, Path(folder)), f"--print-to-pdf={into}", html.absolute().as_uri()], Path(folder), timeout_s)
        content = into.read_bytes() if into.is_file() else b""
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-32:]:
        raise Unprinted(f"{program} made no PDF of {html.name}: {said or 'it said nothing'}")
    return dated(content, dated_us)


def command(program: str, folder: Path) -> list[str]:
    """How the browser is started: its profile in a folder of ours; as root it runs only without its sandbox."""
    return [program, *FLAGS, f"--user-data-dir={folder / 'profile'}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def printed(words: list[str], folder: Path, timeout_s: float) -> str:
    """Run the browser to its end, and end it and all it started when that takes too long; its last line."""
    environ = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8"}
    with tempfile.TemporaryFile() as into:
        try:
            process = subprocess.Popen(words, cwd=folder, env=environ, stdout=into, stderr=into, start_new_session=True)  # noqa: S603
        except OSError as error:
            raise Unprinted(f"{words[0]} cannot be started: {error.strerror}") from error
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Unprinted(f"{words[0]} was not done within {timeout_s:g} s and was ended") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        into.seek(0)
        lines = into.read().decode("utf-8", "replace").strip().splitlines()
    return "".join(each if each.isprintable() else " " for each in lines[-1][:LINES_TOLD]) if lines else ""


def dated(content: bytes, us: int) -> bytes:
    """The same PDF with the moment that it speaks of for its date, in as many bytes: printed again it is the same."""
    date = f"{moment(us):%Y%m%d%H%M%S}".encode()
    return DATES.sub(lambda found: found.group(1) + date, content)
