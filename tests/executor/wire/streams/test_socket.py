"""A connection ends in every known way, is made anew, and its owner is told of each."""

import asyncio
import contextlib

import msgspec
import pytest

from executor.clock import WallClock
from executor.wire.streams.arrivals import Arrivals
from executor.wire.streams.line import Line, Patience
from executor.wire.streams.shapes import Answer, BadFrame, Passed
from executor.wire.streams.socket import Socket
from tests.executor.wire.cassettes.taped import kept, recording
from tests.executor.wire.streams import pushing
from tests.executor.wire.streams.pushing import Pusher, until

SUBSCRIBE = '{"method":"SUBSCRIBE","params":["aaausdt@bookTicker"],"id":1}'


class Owner:
    def __init__(self):
        self.news, self.ups, self.downs = [], [], []

    def take(self, news, ts_us):
        self.news.append((ts_us, news))
        return news.get("e", "")

    def down(self, name, reason):
        self.downs.append(reason if name == "public" else name)

    def up(self, rebuild):
        self.ups.append(rebuild)


def read(raw):
    try:
        message = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise BadFrame(f"bad frame: {error}") from error
    if not isinstance(message.get("u", 0), int):
        raise BadFrame("bad frame: number")
    if "error" in message:
        return Answer(message["error"]["msg"])
    if "id" in message:
        return Answer()
    return message if message["e"] == "bookTicker" else Passed(message["e"])


@contextlib.asynccontextmanager
async def listening(pusher, *, silence_s=60.0, ping_s=60.0, recorder=None, **patience):
    async def address():
        return f"{pusher.streams}/public/ws"

    owner = Owner()
    terms = Patience(silence_s={"bookTicker": silence_s}, ping_s=ping_s, **patience)
    async with pushing.door(recorder) as door:
        line = Line(name="public", address=address, greetings=(SUBSCRIBE,), patience=terms)
        socket = Socket(door, line, owner, read=read, now_us=Arrivals(WallClock().now_us).now_us)
        run = asyncio.create_task(socket.run())
        try:
            yield socket, owner
        finally:
            run.cancel()
            await asyncio.wait([run])


def silence_of(fault):
    return 1.0 if fault in pushing.SILENT else 60.0


@pytest.mark.parametrize("fault", pushing.BREAKING, ids=lambda fault: fault.__name__)
def test_a_connection_that_fails_in_any_way_flows_again_and_says_how_long_it_did_not(fault):
    async def scene():
        async with Pusher() as pusher, listening(pusher, silence_s=silence_of(fault)) as (socket, owner):
            await until(lambda: len(owner.news) > 3)
            await fault(pusher, "public")
            await until(lambda: len(owner.ups) >= 2)
            seen = len(owner.news)
            await until(lambda: len(owner.news) > seen + 3)
            assert socket.flows
            return owner

    owner = asyncio.run(scene())
    first, again, *_ = owner.ups
    assert (first.is_first, first.reason) == (True, "start")
    assert not again.is_first
    assert again.reason == owner.downs[0]
    assert again.from_us <= again.until_us
    times = [ts_us for ts_us, _ in owner.news]
    assert times == sorted(times)
    assert max(ts_us for ts_us in times if ts_us < again.until_us) == again.from_us


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (pushing.silent_death, "silent: no bookTicker"),
        (pushing.garbage_frame, "bad frame"),
        (pushing.half_a_message, "bad frame"),
        (pushing.broken_text, "bad frame"),
        (pushing.binary_frame, "bad frame"),
        (pushing.closed, "closed by the venue: code 1008 'disconnected'"),
        (pushing.reset, "connection lost"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_reason_of_an_end_is_told(fault, reason):
    async def scene():
        async with Pusher() as pusher, listening(pusher, silence_s=silence_of(fault)) as (socket, owner):
            await until(lambda: owner.news)
            await fault(pusher, "public")
            await until(lambda: len(owner.ups) >= 2)
            return socket, owner

    socket, owner = asyncio.run(scene())
    assert owner.downs[0].startswith(reason)
    assert socket.counts.bad_frames == (1 if reason == "bad frame" else 0)
    assert socket.counts.reasons == {reason.partition(":")[0]: len(owner.downs)}
    assert len(owner.downs) == 1 or fault in pushing.SILENT


def test_a_venue_that_does_not_answer_pings_is_left_though_silence_is_allowed():
    async def scene():
        async with Pusher() as pusher, listening(pusher, ping_s=1.0) as (_, owner):
            await until(lambda: owner.news)
            await pushing.half_open(pusher, "public")
            await until(lambda: len(owner.ups) >= 2)
            return owner.downs

    assert set(asyncio.run(scene())) == {"no answer to a ping"}


def test_a_refused_subscription_is_counted_and_asked_again():
    async def scene():
        async with Pusher() as pusher:
            pusher.refuse = 2
            async with listening(pusher) as (socket, owner):
                await until(lambda: owner.news)
                return socket.counts, owner

    counts, owner = asyncio.run(scene())
    assert counts.refusals == 2
    assert [up.attempts for up in owner.ups] == [3]
    assert not owner.downs  # it never flowed before


def test_unknown_kinds_are_passed_over_and_counted_and_do_not_keep_a_silent_stream_alive():
    async def scene():
        async with Pusher() as pusher, listening(pusher, silence_s=2.0) as (socket, owner):
            await until(lambda: owner.news)
            pusher.quiet = True
            while not owner.downs:
                for each in pusher.on("public"):
                    await each.say({"e": "newThing", "x": [1, 2]})
                await asyncio.sleep(0.05)
            return socket.counts

    counts = asyncio.run(scene())
    assert counts.passed == counts.kinds["newThing"] > 1
    assert counts.reasons == {"silent": 1}


def test_a_connection_is_renewed_before_the_venue_cuts_it():
    async def scene():
        async with Pusher() as pusher, listening(pusher, life_s=0.3) as (_, owner):
            await until(lambda: len(owner.ups) >= 2)
            return owner.downs

    assert asyncio.run(scene())[0] == "renewal"


def test_an_owner_may_ask_for_a_new_connection():
    async def scene():
        async with Pusher() as pusher, listening(pusher) as (socket, owner):
            await until(lambda: owner.news)
            socket.rebuild("books differ")
            await until(lambda: len(owner.ups) == 2)
            return owner.downs

    assert asyncio.run(scene()) == ["books differ"]


def test_a_venue_that_is_not_there_is_asked_again_with_growing_pauses_and_heard_once_it_is():
    async def scene():
        async with Pusher() as pusher:
            await pusher.stop()
            async with listening(pusher, most_wait_s=0.3) as (socket, owner):
                await until(lambda: socket.counts.failed_connects >= 4)
                await pusher.start()
                await until(lambda: owner.news)
                return socket.counts, owner.ups

    counts, ups = asyncio.run(scene())
    assert set(counts.reasons) == {"connect"}
    assert ups[0].attempts == counts.failed_connects + 1


def test_a_venue_that_cuts_each_new_connection_is_not_hammered():
    async def scene():
        async with Pusher() as pusher, listening(pusher):
            began_s = asyncio.get_running_loop().time()
            while pusher.connects["public"] < 5:
                await pushing.reset(pusher, "public")
                await asyncio.sleep(0.01)
            return asyncio.get_running_loop().time() - began_s

    # the second at once, then after at least 0.125, 0.25 and 0.5 s
    assert asyncio.run(scene()) >= 0.8


def test_stopping_leaves_nothing_behind():
    async def scene():
        async with Pusher() as pusher:
            async with listening(pusher) as (_, owner):
                await until(lambda: owner.news)
            await until(lambda: not pusher.connections)
            return [task for task in asyncio.all_tasks() if "Socket" in repr(task.get_coro())]

    assert asyncio.run(scene()) == []


def test_what_is_recorded_is_what_came_and_how_each_connection_went(tmp_path):
    async def scene():
        with recording(tmp_path) as recorder:
            async with Pusher() as pusher, listening(pusher, recorder=recorder) as (_, owner):
                await until(lambda: owner.news)
                await pushing.half_a_message(pusher, "public")
                await until(lambda: len(owner.ups) == 2)
                for down in (pusher.stop, pusher.start):
                    await down()
                    await asyncio.sleep(0.3)
                await until(lambda: len(owner.ups) == 3)
            return owner

    owner = asyncio.run(scene())
    raws = [line.text for line in kept(tmp_path, "frame", "frame+")]
    assert any(raw.endswith('"s":"AAAUS') for raw in raws)
    assert '{"result":null,"id":1}' in raws
    assert [line.kind for line in kept(tmp_path, "up", "down")][:4] == ["up", "down", "up", "down"]
    assert [line.text for line in kept(tmp_path, "down")][: len(owner.downs)] == owner.downs
    assert all(line.text.startswith("connect: ") for line in kept(tmp_path, "fail"))
    assert [line.ts_us for line in kept(tmp_path, "flow")] == [rebuild.until_us for rebuild in owner.ups]
    heard = {line.ts_us for line in kept(tmp_path, "frame", "frame+")}
    assert {ts_us for ts_us, _ in owner.news} <= heard


def test_others_have_their_turn_while_messages_flood_in():
    async def scene():
        async with Pusher() as pusher, listening(pusher) as (socket, owner):
            await until(lambda: pusher.on("public") and owner.news)
            [connection] = pusher.on("public")
            turns = 0
            for number in range(5_000):
                await connection.say(pushing.book("AAAUSDT", 10_000 + number, 1))
            while socket.counts.messages < 5_000:
                turns += 1
                await asyncio.sleep(0)
            return turns, owner

    turns, owner = asyncio.run(scene())
    assert turns > 10
    assert sum(news["T"] == 1 for _, news in owner.news) == 5_000
    assert not owner.downs
