"""Bare websocket clients of the local venue, for tests."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp

from tests.local_venue.resolver import session
from tests.local_venue.venue import LocalVenue

STREAM = "wss://fstream.binance.com"


@asynccontextmanager
async def listening(venue, address, **more):
    """A websocket to an address of the venue."""
    async with session(venue.port, venue.ca_file) as http, http.ws_connect(address, **more) as ws:
        yield ws


async def heard(ws, count=1):
    """That many messages, decoded; a text that is no JSON comes as it is."""
    found = []
    for _ in range(count):
        message = await ws.receive(timeout=60)
        try:
            found.append(json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else message.type)
        except json.JSONDecodeError:
            found.append(message.data)
    return found


async def subscribed(ws, *names):
    """Join streams by command, and wait until that is done."""
    await ws.send_json({"method": "SUBSCRIBE", "params": list(names), "id": 1})
    assert await heard(ws) == [{"result": None, "id": 1}]


async def joined(venue, *names):
    """Wait until all these streams have a listener; `user` is the account's own."""

    def are_heard():
        wanted = {venue.listen_keys.current if name == "user" else name for name in names}
        return all(name and venue.streams.listeners.get(name) for name in wanted)

    await venue.streams.until(are_heard)


def listened(course, address=f"{STREAM}/ws"):
    """Run a course of a test with a venue and one websocket to it."""

    async def live():
        async with LocalVenue() as venue, listening(venue, address) as ws:
            await course(venue, ws)

    asyncio.run(live())
