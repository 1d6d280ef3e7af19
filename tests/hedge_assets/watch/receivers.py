"""Real receivers on loopback: a webhook that can be ill, a mailbox, and one that answers nothing."""

import json
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.ports import free_port

PATIENCE_S = 120.0


def until(what, patience_s=PATIENCE_S):
    """Wait until it is so; whether it came."""
    end_s = time.monotonic() + patience_s
    while not (found := what()) and time.monotonic() < end_s:
        time.sleep(0.01)
    return found


class Quick(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class Webhook:
    """Answers `status` to everything, once it `may_answer`, and remembers what it was told. It can be stopped and started again."""

    def __init__(self, *, status=200, headers=()):
        self.status, self.headers = status, headers
        self.got, self.paths = [], []
        self.refuses = None
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.port = free_port()
        self.start()

    def start(self):
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.do_POST()

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                hook.paths.append(self.path)
                told = json.loads(body) if body else {}
                status = hook.status
                hook.may_answer.wait(PATIENCE_S)
                status = 500 if told and told.get("title") == hook.refuses else status
                if told and status == 200:
                    hook.got.append(told)
                self.send_response(status)
                for name, value in hook.headers:
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = Quick(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def address(self):
        return f"json://127.0.0.1:{self.port}/"


class BlackHole:
    """Takes connections and never says a word."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"json://127.0.0.1:{self.port}/"

    def stop(self):
        self.listener.close()


class Mailbox:
    """Enough of SMTP (RFC 5321) to take a message."""

    def __init__(self):
        letters = self.letters = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 mailbox\r\n")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    self.wfile.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 well\r\n"))
                    if verb == b"DATA":
                        letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                        self.wfile.write(b"250 taken\r\n")
                    elif verb == b"QUIT":
                        return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
