"""A cassette is the venue: it answers and speaks as it did, when it did; what is not on it gets an answer that says so."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from executor.clock import FixedClock
from executor.wire.cassettes.hiding import Hiding
from executor.wire.cassettes.passage import Passage, ran_in
from executor.wire.cassettes.player import Hands, Player
from executor.wire.cassettes.playing import PlayedDoor, brought_forward
from executor.wire.cassettes.reading import read_cassette
from executor.wire.reply import Reply, Request
from tests.executor.wire.cassettes.taped import recording

T0 = 1_700_000_000_000_000
MS = 1_000
URL = "https://host/time"
ORDER, OTHER = "h-" + "a" * 16, "h-" + "b" * 16


def sent(name: str) -> Request:
    return Request(method="POST", url="https://host/order", body=f"newClientOrderId={name}-1&side=BUY&timestamp=1&signature=x".encode())


class Taping:
    """A recorder whose clock is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FixedClock(T0)

    def __call__(self, tell: Callable[[Any, Callable[[int], None]], None]) -> Path:
        with recording(self.folder, clock=self.clock, known=b"{}") as made:
            tell(made, lambda ms: self.clock.move_to(T0 + ms * MS))
        return self.folder


@pytest.fixture
def taping(tmp_path: Path) -> Taping:
    return Taping(tmp_path)


def played(folder: Path, scene: Callable[[PlayedDoor, Player], Coroutine[Any, Any, Any]]) -> tuple[Any, Player]:
    cassette = read_cassette(folder)
    passage = Passage(cassette.begins_us)

    async def live() -> tuple[Any, Player]:
        player = Player(cassette, passage, Hiding())
        playing = asyncio.create_task(player.play(Hands(operator=lambda _: None, stop=lambda _: None)))
        result = await scene(PlayedDoor(player), player)
        playing.cancel()
        return result, player

    found: tuple[Any, Player] = ran_in(passage, live())
    return found


def test_an_answer_comes_when_it_did_with_all_that_it_said(taping: Taping) -> None:
    def tell(made: Any, at: Callable[[int], None]) -> None:
        at(100)
        number = made.asked(Request(method="GET", url=URL), is_gated=False)
        at(140)
        made.answered(number, Reply(status=418, headers={"Retry-After": "7"}, body=b'{"a":1}', elapsed_us=40_000))
        made.answered(made.asked(Request(method="GET", url=URL), is_gated=False), Reply(failure="cut", elapsed_us=9))

    async def scene(door: PlayedDoor, player: Player) -> Any:
        await player.passage.until(T0 + 98 * MS)
        reply = await door.ask(Request(method="GET", url=URL))
        return reply, player.passage.now_us() - T0, await door.ask(Request(method="GET", url=URL))

    (reply, heard_us, second), player = played(taping(tell), scene)
    assert (reply.status, reply.body, reply.headers["retry-after"], reply.elapsed_us, heard_us) == (418, b'{"a":1}', "7", 40_000, 140_000)
    assert (second.failure, player.missing) == ("cut", [])


def goes_on(made: Any, at: Callable[[int], None]) -> None:
    """A recording with something at its end, 100 ms after its beginning."""
    at(100)
    made.asked(Request(method="GET", url="https://host/last"), is_gated=False)


def test_what_was_never_asked_gets_an_answer_that_says_so_and_changes_nothing(taping: Taping) -> None:
    async def scene(door: PlayedDoor, _: Player) -> Any:
        opened = []

        async def gate() -> None:
            opened.append(True)

        return await door.ask(Request(method="GET", url=URL)), await door.ask(sent(ORDER), gate), opened

    (reading, order, opened), player = played(taping(goes_on), scene)
    assert (reading.status, reading.body, order.failure, opened) == (404, b"not on the cassette", "refused", [])
    assert [question.split(" ")[0] for question in player.missing] == ["GET", "POST"]


def test_a_gate_is_waited_for_and_what_never_left_does_not_leave(taping: Taping) -> None:
    def tell(made: Any, at: Callable[[int], None]) -> None:
        for name, leaves in ((ORDER, True), (OTHER, False)):
            number = made.asked(sent(name), is_gated=True)
            if leaves:
                made.left(number)
            made.answered(number, Reply(status=200, body=name.encode()) if leaves else Reply(failure="refused"))

    async def scene(door: PlayedDoor, player: Player) -> Any:
        opened = list[str]()

        async def gate(name: str) -> None:
            await asyncio.to_thread(opened.append, name)

        def fails() -> Any:
            raise OSError("the disk")

        left = await door.ask(sent(ORDER), lambda: gate("left"))
        never = await door.ask(sent(OTHER), lambda: gate("never"))
        refused = await door.ask(sent(ORDER), fails)
        return left, never, refused, opened, player.passage.now_us() - T0

    (left, never, refused, opened, passed_us), _ = played(taping(tell), scene)
    assert (left.body, never.failure, refused.failure, opened, passed_us) == (ORDER.encode(), "refused", "refused", ["left"], 0)


def test_a_question_that_was_not_answered_any_more_is_not(taping: Taping) -> None:
    async def scene(door: PlayedDoor, _: Player) -> Any:
        async with asyncio.timeout(3_600):
            await door.ask(Request(method="GET", url=URL))

    with pytest.raises(TimeoutError):
        played(taping(lambda made, _: made.asked(Request(method="GET", url=URL), is_gated=False)), scene)


async def heard_of_five(door: PlayedDoor, player: Player) -> list[Any]:
    """What five tries to listen bring, with when it came."""
    heard: list[Any] = []
    for _ in range(5):
        try:
            pipe = await door.listen("public", "wss://host")
        except (aiohttp.ClientError, OSError) as error:
            heard.append(type(error).__name__)
            continue
        await pipe.send_str("hello")
        while True:
            message = await pipe.receive()
            heard.append((player.passage.now_us() - T0, message.type.name, message.data, message.extra))
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                break
        await pipe.close()
    return heard


def test_streams_connect_speak_and_end_as_they_did(taping: Taping) -> None:
    def tell(made: Any, at: Callable[[int], None]) -> None:
        for ms, reason in ((5, "status 503"), (6, "TimeoutError"), (7, "ClientConnectorError")):
            at(ms)
            made.failed("public", f"connect: {reason}")
        at(10)
        made.connected("public")
        for ms, text in ((20, "one"), (30, "two")):
            at(ms)
            made._put("frame", "public", text, 0)
        made.alive("public")
        at(40)
        made.ended("public", "closed by the venue: code 1008 'go away'")
        at(50)
        made.connected("public")
        made.ended("public", "connection lost")

    heard, _ = played(taping(tell), heard_of_five)
    assert heard == [
        "WSServerHandshakeError",
        "TimeoutError",
        "ConnectionError",
        (20_000, "TEXT", "one", None),
        (30_000, "TEXT", "two", None),
        (30_000, "PONG", b"", None),
        (40_000, "CLOSE", 1008, "go away"),
        (50_000, "CLOSED", None, None),
    ]


def test_an_order_under_another_name_is_told_of_under_that_and_not_before_it_was_sent(taping: Taping) -> None:
    def tell(made: Any, at: Callable[[int], None]) -> None:
        at(100)
        made.connected("private")
        number = made.asked(sent(ORDER), is_gated=False)
        made._put("frame", "private", f'{{"c":"{ORDER}-1"}}', 0)
        made.answered(number, Reply(status=200, body=f'{{"clientOrderId":"{ORDER}-1"}}'.encode(), elapsed_us=7))

    async def scene(door: PlayedDoor, player: Player) -> Any:
        pipe = await door.listen("private", "wss://host")
        hearing = asyncio.create_task(pipe.receive())
        await player.passage.until(T0 + 1_100 * MS)
        assert not hearing.done()
        reply = await door.ask(sent(OTHER))
        return reply, (await hearing).data, player.passage.now_us() - T0

    (reply, told, now_us), player = played(taping(tell), scene)
    assert (reply.body, told) == (f'{{"clientOrderId":"{OTHER}-1"}}'.encode(), f'{{"c":"{OTHER}-1"}}')
    assert (now_us, player.shelf.moved) == (1_100_007, {"b" * 16: "a" * 16})


def test_a_clocks_answer_at_another_time_is_that_times() -> None:
    told_us = 1_700_000_000_123_000
    text = '{"serverTime":1700000000100,"id":1700000000100123,"was":1600000000000}'
    assert brought_forward(text, told_us, told_us + 5_000_000) == text.replace("1700000000100,", "1700000005100,")


def test_an_order_sent_as_the_recording_ends_is_not_answered_and_is_no_difference(taping: Taping) -> None:
    async def gate() -> None:
        pass

    async def scene(door: PlayedDoor, player: Player) -> Any:
        await player.passage.until(T0 + 80 * MS)
        answer = asyncio.create_task(door.ask(sent(ORDER), gate))
        await asyncio.wait([answer], timeout=0.01)
        is_answered = answer.done()
        answer.cancel()
        return is_answered, player.missing

    assert played(taping(goes_on), scene)[0] == (False, [])
