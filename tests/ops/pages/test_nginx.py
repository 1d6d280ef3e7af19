"""A real nginx before Dagster's writable pages, by the file that is handed out: who signs in may start a run, and only as the page does."""

import base64
import json
import socket

import pytest

from hedge_assets.stack.programs import REPOSITORY
from tests.ops.dashboard.test_nginx import NAME, SIGNED_IN, TOKEN, nginx
from tests.ops.dashboard.wire import question
from tests.ops.pages.test_guard import LAUNCH, running
from tests.tools import tool

GIVEN = (REPOSITORY / "ops/proxy/dagster.conf").read_text("utf-8")
WRONG = "Authorization: Basic " + base64.b64encode(b"operator:wrong").decode()


def as_the_pages() -> str:
    """The file, with the names and the port that the other proxy's test has."""
    changed = {
        "dagster.example": NAME,
        "dagster.htpasswd": "hedge.htpasswd",
        "dagster.token": "hedge.token",
        "127.0.0.1:3001": "127.0.0.1:8700",
    }
    text = GIVEN
    for given, wanted in changed.items():
        assert given in text
        text = text.replace(given, wanted)
    return text


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    tool("nginx")
    folder = tmp_path_factory.mktemp("writable")
    token = folder / "token"
    token.write_text(TOKEN)
    token.chmod(0o400)
    with running(folder / "home", "--writable", "--name", NAME, "--token", f"file:{token}") as found:
        yield found


@pytest.fixture(scope="module")
def proxy(pages, tmp_path_factory):
    with nginx(tmp_path_factory.mktemp("proxy") / "nginx", pages.port, as_the_pages()) as found:
        yield found


@pytest.fixture
def proxied(proxy, pages):
    return proxy, pages


def asked(proxy, *more: str, kind: str = "application/json", method: str = "POST", target: str = "/graphql", host: str = NAME):
    body = json.dumps({"query": LAUNCH}).encode()
    head = question(target, method, host, *more, f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    return proxy.say(head + body)


@pytest.mark.parametrize(
    ("more", "changed", "status"),
    [
        ((), {}, 401),
        ((WRONG,), {}, 401),
        ((SIGNED_IN, "Origin: https://evil.example"), {}, 403),
        ((SIGNED_IN, "Sec-Fetch-Site: cross-site"), {}, 403),
        ((SIGNED_IN, "Sec-Fetch-Site: same-site"), {}, 403),
        ((SIGNED_IN,), {"kind": "text/plain"}, 415),
        ((SIGNED_IN,), {"kind": "application/x-www-form-urlencoded"}, 415),
        ((SIGNED_IN,), {"method": "PUT"}, 405),
        ((SIGNED_IN,), {"method": "GET"}, 405),
        ((SIGNED_IN,), {"target": "/report_asset_materialization/nav"}, 403),
        ((SIGNED_IN,), {"host": "evil.example"}, 400),
    ],
)
def test_who_is_not_signed_in_or_asks_for_another_site_starts_nothing(proxied, more, changed, status):
    proxy, pages = proxied
    assert asked(proxy, *more, **changed).status == status
    assert pages.written()[0] == 0


def test_a_question_by_link_is_refused(proxy, pages):
    assert proxy.ask(f"/graphql?query={LAUNCH.replace(' ', '%20').replace(chr(34), '%22')}", SIGNED_IN).status == 405
    assert pages.written()[0] == 0


def test_who_walks_round_the_proxy_is_asked_for_the_token(pages):
    assert pages.post(LAUNCH, SIGNED_IN, host=NAME).status == 401
    assert pages.written()[0] == 0


def test_a_socket_of_this_site_is_let_through(proxy):
    key = base64.b64encode(b"0123456789abcdef").decode()
    told = (
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-ws",
    )
    with proxy.line() as line:
        line.sendall(question("/graphql", "GET", NAME, SIGNED_IN, f"Origin: https://{NAME}", *told))
        assert line.recv(65_536).startswith(b"HTTP/1.1 101")
        line.shutdown(socket.SHUT_RDWR)
    assert proxy.ask("/graphql", SIGNED_IN, "Origin: https://evil.example", *told[:1], *told[2:]).status in (400, 403, 405)


def test_who_signs_in_starts_a_run_as_the_page_does(proxy, pages):
    assert b"LaunchRunSuccess" in asked(proxy, SIGNED_IN, f"Origin: https://{NAME}", "Sec-Fetch-Site: same-origin").body
    assert pages.written()[0] == 1
