"""The local venue driven: by recordings, by chance, from another thread, and from the command line."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from tests.local_venue.replaying import replay
from tests.local_venue.venue import LocalVenue, running_in_thread
from tests.local_venue.walking import step

ROOT = Path(__file__).parent.parent

# A trader that sends one order and says so before it has heard anything of it.
TRADER = """
import asyncio, sys, time
from urllib.parse import urlencode
from tests.local_venue.resolver import session
from tests.local_venue.signing import signature
port, ca_file, key, secret, name = sys.argv[1:]
async def main():
    sent = urlencode({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01",
                      "newClientOrderId": name, "timestamp": int(time.time() * 1000), "recvWindow": 60000})
    async with session(int(port), ca_file) as http:
        url = "https://fapi.binance.com/fapi/v1/order?" + sent + "&signature=" + signature(secret, sent)
        async with http.post(url, headers={"X-MBX-APIKEY": key}) as answer:
            print(await answer.text())
asyncio.run(main())
"""


def test_a_recording_drives_the_market_and_fills_what_rests_in_it(shared):
    async def course():
        async with LocalVenue(symbols=("BTCUSDT", "ETHUSDT")) as venue:
            day = shared / "data/ticks/20240718"
            await replay(venue, day, speed=0, most=1_000)
            for symbol, book in venue.market.books.items():
                venue.incidents.by_hand(symbol, "buy", "0.05", book.bid)
                venue.incidents.by_hand(symbol, "sell", "0.05", book.ask)
            count = await replay(venue, day, speed=0, most=60_000)
            assert count == 60_000
            assert len(venue.oracle.fills) > 2
            assert all(trade.is_maker for trade in venue.oracle.fills)
            assert len(venue.market.books["BTCUSDT"].prints) > 500

    asyncio.run(course())


def test_other_recordings_are_read_as_well(shared):
    async def course():
        async with LocalVenue(symbols=("BTCUSDT", "SUIUSDT")) as venue:
            for day, marked in (("20230404", True), ("20240921", False)):
                assert await replay(venue, shared / "data/ticks" / day, speed=0, most=2_000) > 300
                assert venue.market.books["BTCUSDT"].is_mark_pinned is marked
                venue.market.mark("BTCUSDT", None)

    asyncio.run(course())


def test_the_same_seed_wanders_the_same_way():
    async def course(seed):
        async with LocalVenue() as venue:
            chance = Random(seed)
            for _ in range(50):
                step(venue, chance)
            return [(book.bid, book.ask, book.last, len(book.prints)) for book in venue.market.books.values()]

    first, again, other = (asyncio.run(course(seed)) for seed in (3, 3, 4))
    assert first == again != other
    assert all(bid < ask for bid, ask, _, _ in first)


def test_a_process_is_killed_against_a_venue_in_a_thread_and_the_truth_survives_it():
    with running_in_thread(symbols=("BTCUSDT",)) as hosted:
        venue = hosted.venue
        hosted.call(venue.faults.order, "hang", where={"newClientOrderId": "killed"})
        taken = []
        hosted.call(setattr, venue.oracle, "note_fill", _noting(venue.oracle.note_fill, taken))
        trader = [sys.executable, "-c", TRADER, str(hosted.port), str(hosted.ca_file), venue.key, venue.secret]
        child = subprocess.Popen([*trader, "killed"], cwd=ROOT, stdout=subprocess.PIPE)
        while not taken:
            assert child.poll() is None
            time.sleep(0.01)
        child.kill()
        assert child.communicate()[0] == b""
        assert venue.oracle.accepted("killed") == 1
        answer = subprocess.run([*trader, "alive"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        assert json.loads(answer)["clientOrderId"] == "alive"
        assert str(hosted.call(venue.oracle.position, "BTCUSDT")) == "0.02"
        assert [seen.client_id for seen in venue.log] == ["killed", "alive"]


def _noting(note, taken):
    def noted(trade):
        note(trade)
        taken.append(trade)

    return noted


def test_a_venue_that_ends_lets_hanging_requests_go_and_leaves_no_files():
    with running_in_thread(symbols=("BTCUSDT",)) as hosted:
        folder = hosted.ca_file.parent
        hosted.call(hosted.venue.faults.order, "hang")
        trader = [sys.executable, "-c", TRADER, str(hosted.port), str(hosted.ca_file), hosted.venue.key, hosted.venue.secret, "x"]
        child = subprocess.Popen(trader, cwd=ROOT, stderr=subprocess.PIPE)
        while not hosted.venue.oracle.accepted("x"):
            assert child.poll() is None
            time.sleep(0.01)
    assert b"Server disconnected" in child.communicate()[1]
    assert not folder.exists()


def test_the_command_line_serves_tells_how_to_use_it_and_ends_by_a_signal():
    told = subprocess.run([sys.executable, "-m", "tests.local_venue", "--help"], cwd=ROOT, capture_output=True, check=True, text=True)
    assert "--replay" in told.stdout
    command = [sys.executable, "-m", "tests.local_venue", "--symbols", "BTCUSDT"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as served:
        try:
            lines = [served.stdout.readline() for _ in range(12)]
            told = dict(line.strip().split(" = ", 1) for line in lines if " = " in line)
            key_file = Path(json.loads(told["key_file"]))
            assert told["route"].startswith('"127.0.0.1:')
            assert Path(json.loads(told["ca_file"])).is_file()
            assert key_file.stat().st_mode & 0o777 == 0o400
            assert set(json.loads(key_file.read_text())) == {"key", "secret"}
        finally:
            served.send_signal(signal.SIGTERM)
    assert served.returncode == 0
    assert not key_file.exists()
