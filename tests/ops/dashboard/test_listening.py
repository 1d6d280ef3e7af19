"""How long a line may take, and how many there are, at the real server: nobody who opens lines keeps the operator out."""

import asyncio
import resource
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from uvicorn.server import ServerState

from ops.dashboard.guard import BURST, PER_S
from ops.dashboard.listening import MOST_AT_WORK, MOST_LINES, Line, configuration, superfluous
from tests.ops.dashboard.desks import silent, wait_until
from tests.ops.dashboard.wire import line_to, pieces, question, refused, say


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with silent(tmp_path_factory.mktemp("desk")) as found:
        yield found


def test_a_line_that_asks_nothing_whole_is_closed(page):
    with ExitStack() as open_until:
        lines = [open_until.enter_context(line_to(page.port)) for _ in range(3)]
        lines[1].sendall(b"GET / HTTP/1.1\r\nHost: local")
        lines[2].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health")
        assert [b"".join(pieces(line)).count(b"HTTP/1.1 200") for line in lines] == [0, 0, 1]


def test_who_asks_without_end_is_answered_less_and_nobody_else_is_and_no_forwarded_header_helps(page):
    head = b"GET /static/page.css HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 10.0.0.%d\r\nForwarded: for=10.0.0.%d\r\n\r\n"
    asked = b"".join(head % (number % 250, number % 250) for number in range(1_000))
    began_s = time.monotonic()
    heard = say(page.port, asked + question("/"), "127.0.0.9").content
    assert BURST <= heard.count(b"HTTP/1.1 200") <= BURST + PER_S * (time.monotonic() - began_s)
    assert b"retry-after: 1" in heard
    assert b"20 a second are answered" in heard
    assert say(page.port, question("/")).status == 200


def test_a_thousand_lines_that_say_nothing_keep_nobody_out(page):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard < 4096 and hard != resource.RLIM_INFINITY else 4096, hard))
    try:
        with ExitStack() as open_until:
            for number in range(1000):
                line = open_until.enter_context(line_to(page.port, "127.0.0.7"))
                line.sendall(b"GET / HTTP/1.1\r\nHost: local" if number % 2 else b"")
                if number % 250 == 249:
                    assert say(page.port, question()).body == b"ok\n"
            held = Path(f"/proc/{page.process.pid}/fd")
            wait_until(lambda: len(list(held.iterdir())) < MOST_LINES + 100)
            assert say(page.port, question("/")).status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_no_more_pages_listen_than_may_and_those_that_do_are_told_on(page):
    def listens(line):
        line.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return b" 200 OK" in line.recv(65_536)

    with ExitStack() as open_until:
        first = open_until.enter_context(line_to(page.port))
        assert listens(first)
        assert all(listens(open_until.enter_context(line_to(page.port, "127.0.0.8"))) for _ in range(63))
        refused(page.port, question("/events"), 503, b"close one")
        while b"data: " not in first.recv(65_536):
            pass
    wait_until(lambda: say(page.port, question("/events", "HEAD")).status == 200)


def made_line(holder, opened_s, *, is_heard=True) -> Line:
    """A line as it is before it asked anything."""
    line = Line(configuration(None, 8700), ServerState(), {}, asyncio.new_event_loop())
    line.loop.close()
    line.client, line.opened_s, line.idle_s, line.is_heard = (holder, 1), opened_s, opened_s, is_heard
    return line


def test_of_too_many_lines_that_goes_which_was_idle_the_longest_of_whose_holder_has_most():
    few, many = [made_line("few", 1)], [made_line("many", at_s) for at_s in (4, 2, 3)]
    assert superfluous([*few, *many]) is many[1]
    assert superfluous([*few, *(made_line("many", at_s, is_heard=False) for at_s in range(9))]) is few[0]


def test_what_waits_to_be_read_is_no_idler_until_there_are_far_too_many():
    waiting = [made_line("a", at_s, is_heard=False) for at_s in range(MOST_AT_WORK)]
    assert superfluous(waiting) is None
    newest = made_line("a", MOST_AT_WORK, is_heard=False)
    assert superfluous([newest, *waiting, made_line("b", 2 * MOST_AT_WORK, is_heard=False)]) is newest


def test_those_who_take_in_nothing_of_what_they_are_sent_keep_nobody_out(page):
    with ExitStack() as open_until:
        for _ in range(210):
            deaf = open_until.enter_context(socket.socket())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.bind(("127.0.0.6", 0))
            deaf.connect(("127.0.0.1", page.port))
            deaf.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert say(page.port, question("/")).status == 200
