"""Unfriendly requests over real sockets to Dagster's real pages: none starts a run or writes an event, and the next visitor is served."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
import yaml

from hedge_assets.stack.programs import LOCATION, REPOSITORY
from tests.ops.dashboard.wire import Said, say
from tests.ports import free_port

PATIENCE_S = 120.0
TOKEN = "0f9Kq7vT2mZx9LbW4-s3Nf8RjYp0HdQaU6"
NAME = "dagster.example"
JOB = "fast_states"
WHERE = f'repositoryLocationName: "{LOCATION}", repositoryName: "__repository__", jobName: "{JOB}"'
LAUNCH = (
    f'mutation {{ launchRun(executionParams: {{selector: {{{WHERE}}}, runConfigData: {{}}, mode: "default"}}) '
    "{ __typename ... on PythonError { message } } }"
)
VERSION = "{ version }"


@dataclass(frozen=True)
class Pages:
    """Running pages, and the storage behind them."""

    port: int
    record: dg.DagsterInstance

    def post(self, query: str, *more: str, host: str | None = None, kind: str = "application/json", target: str = "/graphql") -> Said:
        body = json.dumps({"query": query}).encode() if kind.startswith("application/json") else query.encode()
        return self.send("POST", target, *more, f"Content-Type: {kind}", host=host, body=body)

    def send(self, method: str, target: str, *more: str, host: str | None = None, body: bytes = b"") -> Said:
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host or f'127.0.0.1:{self.port}'}", "Connection: close", *more]
        lines += [f"Content-Length: {len(body)}"] if body or method == "POST" else []
        return say(self.port, "\r\n".join([*lines, "", ""]).encode() + body)

    def written(self) -> tuple[int, int]:
        """How many runs there are, and how many events that no run wrote."""
        return self.record.get_runs_count(), len(self.record.get_asset_keys())


@contextmanager
def running(home: Path, *words: str):
    """The program as it is, over a code server that it starts itself."""
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    source = {"module_name": "hedge_assets.definitions", "working_directory": str(REPOSITORY), "location_name": LOCATION}
    (home / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"python_module": source}]}))
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER_", "HEDGE_"))}
    environ |= {"DAGSTER_HOME": str(home), "HEDGE_DATA": str(home / "data"), "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "ops.pages", "--workspace", str(home / "workspace.yaml"), "--port", str(port), *words]
    with (home / "said").open("wb") as out:
        process = subprocess.Popen(command, cwd=REPOSITORY, env=environ, stdout=out, stderr=out, start_new_session=True)
    try:
        until_s = time.monotonic() + PATIENCE_S
        while "Dagster's pages at" not in (home / "said").read_text():
            assert process.poll() is None, (home / "said").read_text()
            assert time.monotonic() < until_s
            time.sleep(0.1)
        with dg.DagsterInstance.from_config(str(home)) as record:
            yield Pages(port, record)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    with running(tmp_path_factory.mktemp("pages") / "home") as found:
        yield found


@pytest.fixture(autouse=True)
def unharmed(request):
    """Whatever was asked of the read-only pages: nothing was written, and a friendly question is answered."""
    yield
    if "pages" in request.fixturenames:
        found = request.getfixturevalue("pages")
        assert found.written() == (0, 0)
        said = found.post(VERSION)
        assert said.status == 200
        assert b"version" in said.body


def test_the_pages_show_what_the_code_has_and_may_not_be_framed(pages):
    said = pages.send("GET", "/")
    assert said.status == 200
    assert b"x-frame-options: deny" in said.head
    assert b"content-security-policy" in said.head
    assert (
        b"RepositoryLocation"
        in pages.post("{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }").body
    )


def test_a_run_is_not_started_by_who_asks_as_the_page_would(pages):
    said = pages.post(LAUNCH)
    assert b"UnauthorizedError" in said.body


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_question_is_asked_but_by_post(pages, method):
    said = pages.send(method, f"/graphql?query={LAUNCH.replace(' ', '%20').replace(chr(34), '%22')}")
    assert said.status == 405


def test_a_browser_that_wants_html_is_not_given_the_console_for_questions(pages):
    assert pages.send("GET", "/graphql", "Accept: text/html").status == 405


@pytest.mark.parametrize(
    "kind",
    [
        *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", ""),
        *("text/plain; application/json", "application/json, text/plain", "application/jsonx", "application/json; charset=utf-7"),
    ],
)
def test_what_another_sites_form_could_send_is_no_question(pages, kind):
    assert pages.post(LAUNCH, kind=kind).status == 415


def test_a_question_in_the_address_is_refused_also_by_post(pages):
    assert pages.post(VERSION, target="/graphql?query=%7Bversion%7D").status == 400


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "localhost.", "0.0.0.0", "[::ffff:127.0.0.1]"]
)
def test_a_name_that_was_pointed_here_is_not_served(pages, host):
    """DNS rebinding: the browser believes that it asks the site it came from."""
    assert pages.post(LAUNCH, host=host).status == 400
    assert pages.send("GET", "/", host=host).status == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://", "http://localhost@evil.example"])
def test_another_origin_is_refused(pages, origin):
    assert pages.post(LAUNCH, f"Origin: {origin}").status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_asks_for_another_site_is_refused(pages, site):
    told = (f"Sec-Fetch-Site: {site}", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: empty")
    assert pages.post(LAUNCH, *told).status == 403
    assert pages.send("GET", "/server_info", *told).status == 403


@pytest.mark.parametrize("kind", ["materialization", "check", "observation"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_nobody_writes_events_into_the_record(pages, kind, method):
    """A made-up materialization would make an old number look fresh."""
    body = b'{"asset_key": ["nav"], "check_name": "whole", "passed": true}' if method == "POST" else b""
    more = ("Content-Type: application/json",) if body else ()
    assert pages.send(method, f"/report_asset_{kind}/nav", *more, body=body).status == 404


@pytest.mark.parametrize(
    "target", ["/notebook?repoLocName=hedge_assets&path=/etc/x.ipynb", "/dagit/notebook?path=x.ipynb", "/download_debug/x"]
)
def test_files_of_the_codes_machine_are_not_read(pages, target):
    assert pages.send("GET", target).status == 404


@pytest.mark.parametrize(
    "target", ["/logs/../../../etc/passwd/out", "/logs/%2e%2e/%2e%2e/etc/passwd/out", "/static/..%2f..%2fetc/passwd", "//etc/passwd"]
)
def test_no_path_leads_out_of_the_pages(pages, target):
    assert b"root:" not in pages.send("GET", target).content


def test_a_question_has_an_end_announced_or_not(pages):
    assert pages.send("POST", "/graphql", "Content-Type: application/json", body=b"x" * (1024 * 1024 + 1)).status == 413
    lines = ["POST /graphql HTTP/1.1", f"Host: 127.0.0.1:{pages.port}", "Connection: close", "Content-Type: application/json"]
    chunk = b"%x\r\n%b\r\n" % (64 * 1024, b"x" * 64 * 1024)
    said = say(pages.port, "\r\n".join([*lines, "Transfer-Encoding: chunked", "", ""]).encode() + chunk * 40 + b"0\r\n\r\n")
    assert (said.status in (400, 413), said.answers) == (True, 1)


def handshake(port: int, *more: str, host: str | None = None, target: str = "/graphql") -> bytes:
    key = base64.b64encode(b"0123456789abcdef").decode()
    asked = ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    lines = [f"GET {target} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}", *asked, "Sec-WebSocket-Protocol: graphql-ws", *more]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize(
    ("host", "more"),
    [
        (None, ("Origin: https://evil.example",)),
        ("evil.example", ()),
        ("evil.example", ("Origin: http://evil.example",)),
        (None, ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: websocket", "Sec-Fetch-Dest: websocket")),
    ],
)
def test_another_site_opens_no_socket(pages, host, more):
    """A browser lets any site open a socket to any other: the same-origin rule does not hold for them."""
    assert say(pages.port, handshake(pages.port, *more, host=host)).status == 403


def test_a_socket_elsewhere_is_no_way_round(pages):
    assert say(pages.port, handshake(pages.port, target="/anything")).status == 403


@pytest.mark.parametrize("query", ["[]", '"x"', "{" * 5000, "query { __schema { types { " * 200, "\x00", '{"query": 5}'])
def test_nonsense_is_answered_and_forgotten(pages, query):
    assert pages.send("POST", "/graphql", "Content-Type: application/json", body=query.encode()).status >= 400


def test_writable_pages_want_the_proxys_token(tmp_path):
    command = [sys.executable, "-m", "ops.pages", "--workspace", "workspace.yaml", "--writable"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 78
    assert done.stderr.count("\n") == 1
    assert "--token" in done.stderr


def test_behind_the_proxy_a_run_is_started_and_by_nobody_else(tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o400)
    with running(tmp_path / "home", "--writable", "--name", NAME, "--token", f"file:{token}") as pages:
        shown = f"Authorization: Bearer {TOKEN}"
        for more, host in (((), None), ((), NAME), (("Authorization: Bearer wrong",), NAME)):
            assert pages.post(LAUNCH, *more, host=host).status == 401
        assert pages.post(LAUNCH, shown, host="evil.example").status == 400
        assert pages.post(LAUNCH, shown, "Origin: https://evil.example", host=NAME).status == 403
        assert say(pages.port, handshake(pages.port, host=NAME)).status == 403
        assert pages.written() == (0, 0)
        assert b"LaunchRunSuccess" in pages.post(LAUNCH, shown, f"Origin: https://{NAME}", host=NAME).body
        assert pages.written()[0] == 1
