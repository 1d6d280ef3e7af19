"""Serve the local venue for a demonstration: `python -m tests.local_venue --help`."""

import argparse
import asyncio
import json
import signal
from pathlib import Path

from tests.local_venue.replaying import replay
from tests.local_venue.venue import SYMBOLS, LocalVenue
from tests.local_venue.walking import wander

TOLD = """local venue: Binance USD-M futures on 127.0.0.1:{port} (TLS), until Ctrl-C
  symbols    {symbols}
  authority  {ca_file}
  key file   {key_file}
Point the executor at it:
  exchange = "ccxt:binanceusdm"
  feed = "live"
  [venue]
  symbols = {listed}
  route = "127.0.0.1:{port}"
  ca_file = "{ca_file}"
  key_file = "{key_file}"
"""


def arguments() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.local_venue", description=__doc__)
    parser.add_argument("--symbols", default=",".join(SYMBOLS), help="symbols, separated by commas (default: %(default)s)")
    parser.add_argument("--wallet", default="10000", help="USDT in the wallet (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port on the loopback (default: a free one)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the wandering market (default: %(default)s)")
    parser.add_argument("--replay", type=Path, help="folder with a recording (data/ticks/DAY) to drive the market by instead")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster than it was recorded (default: %(default)s)")
    return parser.parse_args()


def write_key(folder: Path, venue: LocalVenue) -> Path:
    """The venue's key as the executor reads keys; mode 0400."""
    path = folder / "hedge-key.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"key": venue.key, "secret": venue.secret}) + "\n")
    path.chmod(0o400)
    return path


async def serve(asked: argparse.Namespace) -> None:
    """Serve until a signal ends it."""
    symbols = tuple(name.strip() for name in asked.symbols.split(",") if name.strip())
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with LocalVenue(symbols=symbols, wallet=asked.wallet, port=asked.port, seed=asked.seed) as venue:
        key_file = write_key(venue.ca_file.parent, venue)
        listed = json.dumps(list(symbols))
        told = TOLD.format(port=venue.port, symbols=", ".join(symbols), ca_file=venue.ca_file, key_file=key_file, listed=listed)
        print(told, end="", flush=True)
        venue.spawn(replay(venue, asked.replay, speed=asked.speed) if asked.replay else wander(venue, seed=asked.seed))
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
