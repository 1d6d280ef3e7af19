"""A real nginx before the page, by the very file that docs/access.md hands out: sign-in, TLS, and what comes through."""

import http.server
import re
import socket
import ssl
import subprocess
import threading
from base64 import b64encode
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.executor.wire.authority import certified
from tests.ops.dashboard.desks import ROOT, served, wait_until
from tests.ops.dashboard.wire import HERE, PATIENCE_S, Said, pieces, question, say
from tests.ports import free_port
from tests.tools import tool

TOKEN = "0f9Kq7vT2mZx9LbW4-s3Nf8RjYp0HdQaU6"
NAME = "desk.example"
GIVEN = (ROOT / "ops/proxy/nginx.conf").read_text("utf-8")
SIGNED_IN = "Authorization: Basic " + b64encode(b"operator:open sesame").decode()
FORWARDED = ("X-Forwarded-For: 10.1.2.3", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "Forwarded: host=evil.example")
WHOLE = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{ }}
http {{
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi; uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi; include {folder}/hedge.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running nginx, and how to reach it."""

    port: int
    folder: Path
    trusted: ssl.SSLContext

    def line(self, host: str = NAME) -> socket.socket:
        return self.trusted.wrap_socket(socket.create_connection((HERE, self.port), timeout=PATIENCE_S), server_hostname=NAME)

    def say(self, content: bytes) -> Said:
        with self.line() as line:
            line.sendall(content)
            return Said(b"".join(pieces(line)))

    def ask(self, target: str = "/", *more: str, host: str = NAME, method: str = "GET") -> Said:
        return self.say(question(target, method, host, *more))


def put(folder: Path, port: int, page_port: int, text: str) -> None:
    """The file as it is handed out, with paths and ports of this test."""
    changed = {
        "listen 443 ssl": f"listen {HERE}:{port} ssl",
        "/etc/ssl/desk.example.pem": f"{folder}/venue.pem",
        "/etc/ssl/desk.example.key": f"{folder}/venue.pem",
        "/var/log/nginx/": f"{folder}/",
        "/etc/nginx/": f"{folder}/",
        "http://127.0.0.1:8700": f"http://{HERE}:{page_port}",
    }
    for given, wanted in changed.items():
        assert given in text
        text = text.replace(given, wanted)
    (folder / "hedge.conf").write_text(text)
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder))
    (folder / "hedge.htpasswd").write_text("operator:{PLAIN}open sesame\n")
    (folder / "hedge.token").write_text(f'proxy_set_header Authorization "Bearer {TOKEN}";\n')


@contextmanager
def nginx(folder: Path, page_port: int, text: str = GIVEN):
    """An nginx in a folder of its own, ended by its own id."""
    program, port = tool("nginx"), free_port()
    folder.mkdir()
    authority, _ = certified(folder, NAME)
    put(folder, port, page_port, text)
    command = [str(program), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command)
    try:
        wait_until(lambda: process.poll() is not None or listens(port))
        assert process.poll() is None, (folder / "error.log").read_text()
        yield Proxy(port, folder, ssl.create_default_context(cafile=authority))
    finally:
        process.terminate()
        process.wait(120)


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HERE, port)) == 0


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    tool("nginx")
    environ = {"PAGE_TOKEN": TOKEN}
    with served(tmp_path_factory.mktemp("desk") / "nothing", "--name", NAME, "--token", "env:PAGE_TOKEN", environ=environ) as found:
        yield found


@pytest.fixture(scope="module")
def proxy(page, tmp_path_factory):
    with nginx(tmp_path_factory.mktemp("proxy") / "nginx", page.port) as found:
        yield found


@pytest.mark.parametrize("more", [(), ("Authorization: Basic b3BlcmF0b3I6d3Jvbmc=",), (f"Authorization: Bearer {TOKEN}",)])
@pytest.mark.parametrize("target", ["/", "/events", "/health.json", "/static/page.js"])
def test_nobody_comes_through_who_has_not_signed_in(proxy, target, more):
    said = proxy.ask(target, *more)
    assert said.status == 401
    assert b"www-authenticate: basic" in said.head


def test_nobody_on_this_machine_walks_round_the_sign_in(page):
    assert say(page.port, question("/", "GET", NAME)).status == 401


def test_who_signed_in_sees_the_page_with_all_its_guards(proxy):
    shown = proxy.ask("/", SIGNED_IN)
    assert shown.status == 200
    assert b"no journal under raw/ticks" in shown.body
    assert b"default-src 'none'" in shown.head
    assert b"strict-transport-security" in shown.head
    assert proxy.ask("/static/page.js", SIGNED_IN).status == 200
    assert proxy.ask("/health.json", SIGNED_IN).status == 503
    assert TOKEN.encode() not in shown.content


def test_what_is_pushed_comes_through_at_once(proxy):
    with proxy.line() as line:
        line.sendall(question("/events", "GET", NAME, SIGNED_IN))
        heard = b""
        while heard.count(b"data: ") < 3:  # the third is a beat of some bytes: a proxy that gathers would keep it
            heard += line.recv(65_536)
    assert b"text/event-stream" in heard


@pytest.mark.parametrize(
    ("host", "more", "status"),
    [
        (NAME, (f"Origin: https://{NAME}",), 200),
        (f"{NAME.upper()}:8443", (f"Origin: https://{NAME}:8443",), 200),
        ("other.example", (), 400),
        ("other.example", FORWARDED, 400),
        (NAME, ("Origin: https://evil.example",), 403),
        (NAME, ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"), 403),
        (NAME, FORWARDED, 200),
    ],
)
def test_outside_names_are_answered_only_when_they_are_named_whatever_is_forwarded(proxy, host, more, status):
    assert proxy.ask("/", SIGNED_IN, *more, host=host).status == status


def test_only_reading_comes_through(proxy):
    assert proxy.ask("/", SIGNED_IN, method="POST").status == 405
    assert proxy.say(question("/", "POST", NAME, SIGNED_IN, "Content-Length: 2000") + bytes(2000)).status == 413


def test_a_token_in_an_address_is_refused_before_anything_of_it_is_in_nginxs_logs(proxy):
    log = proxy.folder / "hedge.log"
    before = log.read_text().count('"GET /" 400')
    for more in ((), (SIGNED_IN,)):
        said = proxy.ask(f"/?token={TOKEN}", *more)
        assert said.status == 400
        assert b"sign in to the proxy" in said.body
    wait_until(lambda: log.read_text().count('"GET /" 400') >= before + 2)  # a line is written after its answer is sent
    assert TOKEN not in log.read_text() + (proxy.folder / "error.log").read_text()


class Service(http.server.BaseHTTPRequestHandler):
    """A service that signs people in: it knows one cookie."""

    def do_GET(self):
        self.send_response(202 if self.headers["Cookie"] == "session=good" else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_another_service_may_sign_people_in(page, tmp_path):
    given = re.sub(r"^    auth_basic.*\n", "", GIVEN, flags=re.MULTILINE)
    given = re.sub(r"^    # (?=auth_request|location = /signed_in)", "    ", given, flags=re.MULTILINE)
    with http.server.ThreadingHTTPServer((HERE, 0), Service) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        given = given.replace("127.0.0.1:4180", f"{HERE}:{service.server_port}")
        with nginx(tmp_path / "nginx", page.port, given) as proxy:
            assert proxy.ask("/").status == 401
            assert proxy.ask("/", "Cookie: session=bad").status == 401
            assert proxy.ask("/", SIGNED_IN).status == 401
            assert proxy.ask("/", "Cookie: session=good").status == 200
            assert proxy.ask("/signed_in", "Cookie: session=good").status == 404
        service.shutdown()
