"""A request is sent once, and what came of it is told as it was."""

import asyncio
import gzip

import pytest

from executor.errors import SettingsError
from executor.settings import Venue
from executor.wire.client import Client
from executor.wire.reply import Reply, Request
from tests.executor.wire.scripted import Says, Server, says, scripted

URL = "https://fapi.binance.com/fapi/v1/order"


def outcome(tmp_path, answer: Says, method: str = "POST") -> tuple[Reply, Server]:
    async def once():
        async with scripted(tmp_path, lambda _: answer, timeout_ms=2_000 if answer.then == "hang" else 60_000) as server:
            client = Client(server.venue)
            reply = await client.ask(Request(method=method, url=URL, body=b"a=b" if method == "POST" else None))
            await client.close()
            return reply, server

    return asyncio.run(once())


def test_a_whole_answer_comes_back_as_it_was(tmp_path):
    reply, server = outcome(tmp_path, says({"code": -1, "msg": "no"}, 418, Retry_After="7"))
    assert (reply.status, reply.body, reply.failure) == (418, b'{"code": -1, "msg": "no"}', None)
    assert reply.headers["retry-after"] == "7"
    assert server.log[0].headers["host"] == "fapi.binance.com"


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Says(b"", "hang"), "timeout"),
        (Says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "hang"), "timeout"),
        (Says(b"", "close"), "reset"),
        (Says(b"", "abort"), "reset"),
        (Says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "close"), "cut"),
        (Says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\r\n", "close"), "cut"),
        (Says(b"this is not HTTP\r\n\r\n", "close"), "garbled"),
        (Says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\nnot gzip!", "close"), "garbled"),
        (Says(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{", "close"), "oversize"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_each_way_to_fail_has_its_name_and_nothing_is_sent_again(tmp_path, answer, failure, method):
    reply, server = outcome(tmp_path, answer, method)
    assert reply.failure in (failure, "cut" if failure == "garbled" else failure)
    assert len(server.log) == 1


def test_a_compressed_answer_is_read(tmp_path):
    packed = gzip.compress(b'{"a": 1}')
    reply, _ = outcome(tmp_path, says(packed, Content_Encoding="gzip"))
    assert reply.body == b'{"a": 1}'


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(tmp_path, status):
    reply, server = outcome(tmp_path, says(b"", status, Location="https://fapi.binance.com/elsewhere"))
    assert (reply.status, len(server.log)) == (status, 1)


@pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
def test_a_kept_connection_that_died_costs_the_request_and_is_not_tried_twice(tmp_path, method):
    async def through():
        async with scripted(tmp_path, lambda asked: says({}, then="keep" if asked.path.endswith("first") else "abort")) as server:
            client = Client(server.venue)
            await client.ask(Request(method="GET", url=f"{URL}/first"))
            reply = await client.ask(Request(method=method, url=URL))
            await client.close()
            return reply, [asked.path.rpartition("/")[2] for asked in server.log], server.connections

    reply, log, connections = asyncio.run(through())
    assert log == ["first", "order"]
    assert connections == 1
    assert reply.status == 200 or reply.failure == "reset"


def test_a_connection_is_kept_between_requests(tmp_path):
    async def twice():
        async with scripted(tmp_path, lambda _: says({})) as server:
            client = Client(server.venue)
            for _ in range(3):
                assert (await client.ask(Request(method="POST", url=URL, body=b"x"))).status == 200
            await client.close()
            return server.connections

    assert asyncio.run(twice()) == 1


def test_no_connection_means_that_nothing_was_sent(tmp_path):
    async def nobody_there():
        async with scripted(tmp_path, lambda _: says({})) as server:
            venue = server.venue
        client = Client(venue)
        reply = await client.ask(Request(method="POST", url=URL))
        await client.close()
        return reply

    assert asyncio.run(nobody_there()).failure == "refused"


def test_a_venue_that_cannot_prove_its_name_is_sent_nothing(tmp_path):
    async def other_host():
        async with scripted(tmp_path, lambda _: says({})) as server:
            client = Client(server.venue)
            reply = await client.ask(Request(method="POST", url="https://fapi.binance.example/fapi/v1/order"))
            await client.close()
            return reply, server

    reply, server = asyncio.run(other_host())
    assert (reply.failure, server.log) == ("refused", [])


@pytest.mark.parametrize(
    "route", ["10.0.0.1:443", "fapi.binance.com:443", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "localhost:1", ":5"]
)
def test_a_route_that_does_not_lead_to_this_machine_is_refused(route):
    async def make():
        Client(Venue(route=route))

    with pytest.raises(SettingsError, match=r"venue\.route"):
        asyncio.run(make())


def test_an_authority_that_cannot_be_read_is_refused_by_name(tmp_path):
    async def make():
        Client(Venue(route="127.0.0.1:1", ca_file=str(tmp_path / "none.pem")))

    with pytest.raises(SettingsError, match=r"none\.pem"):
        asyncio.run(make())


def test_words_about_a_reply_are_one_short_line():
    reply = Reply(status=502, body=b"<html>\r\n\x1b[31m" + b"bad " * 500)
    assert "\n" not in reply.words()
    assert "\x1b" not in reply.words()
    assert len(reply.words()) < 250
