"""Behaves as it is told, in the place of a real program: trade FOLDER [FILE], chat FILE, serve PORT, refuse CODE, deaf, once CODE."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def trade(folder: str, ill: str | None = None) -> None:
    """Write a growing journal until asked to stop; fall at once while there is a file of the second name, with the code in it."""
    if ill is not None and Path(ill).exists():
        sys.stderr.write("error: No space left on device\n")
        sys.exit(int(Path(ill).read_text() or "1"))
    journal = Path(folder) / "positions" / "1.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        with journal.open("a") as lines:
            lines.write("{}\n")
        time.sleep(0.05)


def chat(file: str) -> None:
    """Say much, and write a byte into a file after each word."""
    while True:
        print("x" * 9_000, flush=True)
        with Path(file).open("a") as words:
            words.write(".")
        time.sleep(0.02)


def serve(port: str) -> None:
    """Listen on a port."""
    listener = socket.create_server(("127.0.0.1", int(port)))
    while True:
        listener.accept()[0].close()


def refuse(code: str) -> None:
    """Say why, and end with a code."""
    print("starting up")
    print("error: ENV was prod; set ALLOW_PROD_WRITE=1", flush=True)
    sys.exit(int(code))


def deaf() -> None:
    """Ignore every polite request, and have a child that does the same."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"])
    time.sleep(600)


def once(code: str) -> None:
    """End at once with a code."""
    sys.exit(int(code))


if __name__ == "__main__":
    {"trade": trade, "chat": chat, "serve": serve, "refuse": refuse, "deaf": deaf, "once": once}[sys.argv[1]](*sys.argv[2:])
