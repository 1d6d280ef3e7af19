"""Unfriendly requests over real sockets to the real server: each is refused in the right words, and the next visitor is served."""

import pytest

from tests.ops.dashboard.desks import silent
from tests.ops.dashboard.wire import line_to, pieces, question, refused, say


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with silent(tmp_path_factory.mktemp("desk"), "--name", "desk.example") as found:
        yield found


@pytest.fixture(autouse=True)
def serving(page):
    yield
    assert say(page.port, question()).body == b"ok\n"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 100])
def test_nothing_but_reading_is_answered(page, method):
    refused(page.port, question("/", method), 405, b"only GET and HEAD are")


@pytest.mark.parametrize(("method", "target"), [("CONNECT", "localhost:22"), ("OPTIONS", "*"), ("PRI", "*")])
def test_a_method_with_a_target_of_its_own_is_not_answered(page, method, target):
    refused(page.port, question(target, method), 405)


@pytest.mark.parametrize("target", ["http://evil.example/", "http://localhost/healthz", "evil.example:80", "healthz", "*"])
def test_it_is_no_proxy(page, target):
    refused(page.port, question(target), 400, b"must begin with /")


HOSTS = [
    *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "localhost.", "127.0.0.1.", "", " "),
    *("evil@127.0.0.1", "localhost@evil.example", "127.0.0.1:8700@evil.example", "127.0.0.1/", "127.0.0.1?", "127.0.0.1#", "127.0.0.1\\"),
    *("127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:1:2", "[::1", "[::ffff:127.0.0.1]", "::1", "2130706433", "0x7f.1", "0.0.0.0"),
    *("127.1", "localhost,evil.example", "localhost evil.example", "local\xadhost", "%6cocalhost", "desk.example.", "xdesk.example"),
]


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_is_not_ours_to_the_letter_is_refused(page, host):
    refused(page.port, question(host=host), 400)


@pytest.mark.parametrize(
    "content",
    [
        question("/healthz", "GET", "localhost", "Host: evil.example"),
        question("/healthz", "GET", "localhost", "Host: localhost"),
        question(host=None),
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\nX-Forwarded-Host: localhost\r\n\r\n",
    ],
)
def test_no_host_or_two_are_refused_also_when_they_are_forwarded(page, content):
    refused(page.port, content, 400)


ORIGINS = [
    *("null", "https://evil.example", "http://localhost.evil.example", "http://localhost@evil.example", "http://localhost:1", "file://"),
    *("localhost", "http://127.0.0.1", "http://desk.example", "http://", "", "data:text/html,x", "http://localhost/ http://evil.example"),
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_another_origin_is_refused(page, origin):
    refused(page.port, question("/health.json", "GET", f"localhost:{page.port}", f"Origin: {origin}"), 403, b"another site")


def test_two_origins_are_refused_and_our_own_is_not(page):
    own = f"Origin: http://localhost:{page.port}"
    refused(page.port, question("/healthz", "GET", f"localhost:{page.port}", own, "Origin: https://evil.example"), 403)
    assert say(page.port, question("/healthz", "GET", f"localhost:{page.port}", own)).status == 200
    assert say(page.port, question("/healthz", "GET", "desk.example", "Origin: https://desk.example:8443")).status == 200


def from_a_browser(site, mode, dest):
    return f"Sec-Fetch-Site: {site}", f"Sec-Fetch-Mode: {mode}", f"Sec-Fetch-Dest: {dest}"


@pytest.mark.parametrize("target", ["/", "/health.json", "/healthz", "/static/page.js", "/events"])
@pytest.mark.parametrize(
    "told",
    [
        from_a_browser("cross-site", "no-cors", "script"),
        from_a_browser("cross-site", "cors", "empty"),
        from_a_browser("same-site", "cors", "empty"),
        from_a_browser("cross-site", "navigate", "iframe"),
        from_a_browser("cross-site", "navigate", "object"),
        from_a_browser("something-new", "navigate", "empty"),
        ("Sec-Fetch-Site: cross-site",),
    ],
    ids=" ".join,
)
def test_what_another_site_asks_through_a_browser_is_refused(page, target, told):
    refused(page.port, question(target, "GET", "localhost", *told), 403, b"another site")


def test_a_link_of_another_site_leads_to_the_page_and_never_to_the_stream(page):
    led = from_a_browser("cross-site", "navigate", "document")
    assert say(page.port, question("/", "GET", "localhost", *led)).status == 200
    refused(page.port, question("/events", "GET", "localhost", *led), 403)
    assert say(page.port, question("/health.json", "GET", "localhost", *from_a_browser("same-origin", "cors", "empty"))).status == 503
    assert say(page.port, question("/", "GET", "localhost", *from_a_browser("none", "navigate", "document"))).status == 200


TARGETS = [
    *(
        "/static/..%2fguard.py",
        "/static/%2e%2e/guard.py",
        "/static/%252e%252e%252fguard.py",
        "/static/..%5cguard.py",
        "/static/../guard.py",
    ),
    *("/static/page.js%00.css", "/static/%00", "/%00", "//etc/passwd", "///", "/./healthz", "/healthz/", "/healthz%2f", "/%68ealthz/.."),
    *(
        "/static//page.js",
        "/static/page.js/",
        "/..;/",
        "/%ff%fe",
        "/\\evil.example",
        "//evil.example/%2e%2e",
        "/static/page.js%0d%0aX:%20y",
    ),
    *("/events/", "/EVENTS", "/static/.", "/static/PAGE.JS"),
]


@pytest.mark.parametrize("target", TARGETS)
def test_an_address_that_is_not_one_of_ours_leads_nowhere(page, target):
    said = say(page.port, question(target))
    assert (said.status, said.answers) == (404, 1)
    assert b"location:" not in said.head
    assert b"x: y" not in said.head


CRLF = b"\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / \0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + CRLF + CRLF,
        b"\0" * 1000 + CRLF + CRLF,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x5\r\n\r\nhello",
    ],
)
def test_what_is_no_request_is_refused_and_its_line_closed(page, content):
    refused(page.port, content, 400, b"Invalid HTTP request")


SMUGGLED = b"GET /health.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Length: 5", b"hello"),
        ("Content-Length: 46", SMUGGLED),
        ("Transfer-Encoding: chunked", b"0\r\n\r\n" + SMUGGLED),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", b"0\r\n\r\n" + SMUGGLED),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", b"0\r\n\r\n" + SMUGGLED),
        ("Expect: 100-continue\r\nContent-Length: 1000000", b""),
        ("Content-Length: 1000000000000", b"x" * 200_000),
    ],
)
def test_a_question_with_a_body_is_refused_and_no_second_one_is_found_in_it(page, head, body):
    said = say(page.port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + head.encode() + b"\r\n\r\n" + body)
    assert (said.status, said.answers) == (413, 1)
    assert b"connection: close" in said.head


@pytest.mark.parametrize("encoding", ["xchunked", "chunked, identity", "identity", "gzip", "\x0bchunked"])
def test_a_body_in_another_coding_is_refused_with_its_line(page, encoding):
    said = say(page.port, f"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {encoding}\r\n\r\n0\r\n\r\n".encode() + SMUGGLED)
    assert (said.status in (400, 413), said.answers) == (True, 1)


def test_a_body_that_turns_bad_is_answered_once(page):
    content = b"GET /events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n" + SMUGGLED
    assert say(page.port, content).answers == 1


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "TLS/1.2"])
def test_no_other_protocol_is_spoken(page, protocol):
    refused(page.port, question("/events", "GET", "localhost", f"Upgrade: {protocol}", "Connection: Upgrade"), 400, b"without Upgrade")


def test_an_address_and_a_head_have_an_end(page):
    refused(page.port, question("/" + "a" * 3000), 414)
    refused(page.port, question("/?" + "a" * 3000), 414)
    refused(page.port, question("/healthz", "GET", "localhost", *(f"X-{number}: a" for number in range(70))), 431)
    refused(page.port, question("/healthz", "GET", "localhost", "X: " + "a" * 4_000_000), 431)
    refused(page.port, b"G" * 1_000_000, 431)
    assert say(page.port, question("/" + "a" * 100_000)).status in (414, 431)  # by how it comes in


def test_a_body_that_never_comes_is_not_waited_for(page):
    with line_to(page.port) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
        assert b"405" in b"".join(pieces(line))
