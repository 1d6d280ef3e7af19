"""An account's stream tells its owner of every fact once it comes, and of every time that it could not be heard."""

import asyncio
import contextlib
import json

import pytest

from executor.clock import WallClock
from executor.dialects._binance_user import BinanceUser
from executor.protocol.facts import AccountFact, LeverageFact, OrderFact, TradeFact
from executor.wire.reply import Request, Unanswered
from executor.wire.streams.arrivals import Arrivals
from executor.wire.streams.user import Keys, UserStream, UserTerms
from tests.executor.wire.streams import pushing
from tests.executor.wire.streams.pushing import Pusher, until
from tests.local_venue.venue import KEY, LocalVenue


class Owner:
    def __init__(self):
        self.told = []

    def connected(self, rebuild):
        self.told.append(("connected", rebuild))

    def lost(self, reason):
        self.told.append(("lost", reason))

    def fact(self, fact, ts_us):
        assert ts_us > 0
        self.told.append(("fact", fact))

    def words(self):
        return [kind for kind, _ in self.told]


class Venue:
    """Gives keys one after another; `deaf` of them are asked for in vain."""

    def __init__(self):
        self.keys, self.kept, self.deaf, self.keeps = [], [], 0, True

    async def new_key(self):
        if self.deaf > 0:
            self.deaf -= 1
            raise Unanswered("no answer")
        self.keys.append(f"key-{len(self.keys)}")
        return self.keys[-1]

    async def keep_key(self, key):
        if not self.keeps:
            raise Unanswered("no answer")
        self.kept.append(key)


@contextlib.asynccontextmanager
async def listening(pusher, venue, *, silence_s=60.0, keep_s=60.0):
    owner = Owner()
    async with pushing.door() as door:
        keys = Keys(new_key=venue.new_key, keep_key=venue.keep_key, keep_s=keep_s)
        terms = UserTerms(base_url=pusher.streams, silence_s=silence_s)
        stream = UserStream(door, BinanceUser(), terms, keys, owner=owner, now_us=Arrivals(WallClock().now_us).now_us)
        run = asyncio.create_task(stream.run())
        try:
            yield stream, owner
        finally:
            run.cancel()
            await asyncio.wait([run])


def leverage(number):
    return {"e": "ACCOUNT_CONFIG_UPDATE", "E": 1, "T": number, "ac": {"s": "BTCUSDT", "l": number}}


async def tell(pusher, event):
    connection = pusher.on("private")[-1]
    await connection.say(event if isinstance(event, str) else json.dumps(event))


def test_facts_come_in_their_order_after_the_owner_was_told_of_the_connection():
    async def scene():
        async with Pusher() as pusher, listening(pusher, Venue()) as (_, owner):
            await until(lambda: pusher.on("private") and owner.told)
            for number in range(1, 6):
                await tell(pusher, leverage(number))
            await until(lambda: len(owner.told) == 6)
            return owner.told, pusher.keys

    (first, *facts), keys = asyncio.run(scene())
    assert first[0] == "connected"
    assert first[1].is_first
    assert [fact for _, fact in facts] == [LeverageFact(symbol="BTCUSDT", leverage=number, ts_us=number * 1000) for number in range(1, 6)]
    assert keys == ["key-0"]


@pytest.mark.parametrize(
    "fault",
    [each for each in pushing.BREAKING if each not in (pushing.silent_death, pushing.refused, pushing.wrong_type)],
    ids=lambda fault: fault.__name__,
)
def test_a_stream_that_fails_is_made_anew_and_its_owner_told_before_any_fact(fault):
    async def scene():
        silence_s = 3.0 if fault in pushing.SILENT else 60.0
        async with Pusher() as pusher, listening(pusher, Venue(), silence_s=silence_s) as (_, owner):
            await until(lambda: pusher.on("private") and owner.told)
            await tell(pusher, leverage(1))
            await until(lambda: "fact" in owner.words())
            await fault(pusher, "private")
            await until(lambda: owner.words().count("connected") == 2 and not pusher.on("private")[-1].muted)
            await tell(pusher, leverage(2))
            await until(lambda: owner.words().count("fact") == 2)
            return owner

    owner = asyncio.run(scene())
    assert owner.words() == ["connected", "fact", "lost", "connected", "fact"]
    rebuild = owner.told[3][1]
    assert not rebuild.is_first
    assert rebuild.from_us < rebuild.until_us


def test_an_account_that_does_nothing_is_left_alone():
    async def scene():
        async with Pusher() as pusher, listening(pusher, Venue(), silence_s=3.0) as (stream, owner):
            await until(lambda: owner.told)
            await asyncio.sleep(5.0)
            return stream.counts.rebuilds

    assert asyncio.run(scene()) == 1


def test_a_key_that_expired_is_replaced():
    async def scene():
        async with Pusher() as pusher, listening(pusher, Venue()) as (_, owner):
            await until(lambda: pusher.on("private") and owner.told)
            await tell(pusher, '{"e":"listenKeyExpired","E":"1736996475556","listenKey":"key-0"}')
            await until(lambda: owner.words().count("connected") == 2)
            return owner, pusher.keys

    owner, keys = asyncio.run(scene())
    assert owner.told[1] == ("lost", "listen key expired")
    assert keys == ["key-0", "key-1"]


def test_a_key_is_kept_while_it_is_in_use():
    async def scene():
        venue = Venue()
        async with Pusher() as pusher, listening(pusher, venue, keep_s=0.05):
            await until(lambda: len(venue.kept) >= 3)
        return venue

    venue = asyncio.run(scene())
    assert set(venue.kept) == {"key-0"}


def test_a_key_that_cannot_be_kept_is_replaced_before_it_dies():
    async def scene():
        venue = Venue()
        venue.keeps = False
        async with Pusher() as pusher, listening(pusher, venue, keep_s=0.05) as (_, owner):
            await until(lambda: owner.words().count("connected") >= 2)
            return owner, venue

    owner, venue = asyncio.run(scene())
    assert owner.told[1] == ("lost", "listen key not kept")
    assert len(venue.keys) >= 2


def test_a_venue_that_gives_no_key_is_asked_again():
    async def scene():
        venue = Venue()
        venue.deaf = 3
        async with Pusher() as pusher, listening(pusher, venue) as (stream, owner):
            await until(lambda: owner.told)
            return stream.counts, owner

    counts, owner = asyncio.run(scene())
    assert counts.reasons == {"connect": 3}
    assert owner.told[0][1].attempts == 4


def test_no_reason_holds_a_key():
    async def scene():
        async with Pusher() as pusher, listening(pusher, Venue()) as (stream, owner):
            await until(lambda: pusher.on("private") and owner.told)
            await tell(pusher, '{"e":"listenKeyExpired","listenKey":"key-0"')
            await until(lambda: owner.words().count("connected") == 2)
            await pusher.stop()
            await until(lambda: stream.counts.failed_connects)
            await pusher.start()
            return owner, stream.counts

    owner, counts = asyncio.run(scene())
    assert "key-" not in repr(owner.told) + repr(counts)


def test_an_owner_that_finds_the_books_different_may_ask_for_a_new_stream():
    async def scene():
        async with Pusher() as pusher, listening(pusher, Venue()) as (stream, owner):
            await until(lambda: owner.told)
            stream.rebuild("books differ")
            await until(lambda: owner.words().count("connected") == 2)
            return owner.told[1]

    assert asyncio.run(scene()) == ("lost", "books differ")


def test_the_local_venue_tells_of_an_order_and_its_trade_and_gives_a_new_key_when_one_expired():
    url, headers = "https://fapi.binance.com/fapi/v1/listenKey", {"X-MBX-APIKEY": KEY}

    async def scene():
        async with (
            LocalVenue(symbols=("BTCUSDT",)) as venue,
            pushing.door(route=f"127.0.0.1:{venue.port}", ca_file=str(venue.ca_file)) as door,
        ):

            async def new_key():
                return json.loads((await door.ask(Request(method="POST", url=url, headers=headers))).body)["listenKey"]

            async def keep_key(_):
                await door.ask(Request(method="PUT", url=url, headers=headers))

            owner = Owner()
            keys = Keys(new_key=new_key, keep_key=keep_key)
            terms = UserTerms(base_url="wss://fstream.binance.com", silence_s=60.0)
            stream = UserStream(door, BinanceUser(), terms, keys, owner=owner, now_us=Arrivals(WallClock().now_us).now_us)
            run = asyncio.create_task(stream.run())
            try:
                await until(lambda: owner.told)
                venue.incidents.by_hand("BTCUSDT", "BUY", "0.01")
                await until(lambda: any(isinstance(fact, AccountFact) for _, fact in owner.told))
                venue.listen_keys.expire()
                await until(lambda: owner.words().count("connected") == 2)
            finally:
                run.cancel()
                await asyncio.wait([run])
            return owner

    owner = asyncio.run(scene())
    kinds = [type(fact) for kind, fact in owner.told if kind == "fact"]
    assert {TradeFact, OrderFact, AccountFact} <= set(kinds)
    assert kinds.index(TradeFact) < len(kinds) - kinds[::-1].index(OrderFact)
    assert ("lost", "listen key expired") in owner.told
