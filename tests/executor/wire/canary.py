"""A child for the canary test: drives ccxt against a local server that answers with errors and repeats what it was asked, says
everything that went wrong in every way Python knows, and dies of it. `bare` does without the censor.

    python canary.py (bare|censored) LOG_FILE KEY_FILE SERVER_URL
"""

import asyncio
import logging
import sys
import threading
import traceback
import warnings
from typing import Any

import ccxt.async_support as ccxt

from executor.wire.logs import install
from executor.wire.redaction import Censor
from executor.wire.secrets import read_key

log = logging.getLogger("executor.canary")


def exchange_of(key: Any, url: str) -> Any:
    exchange = ccxt.binanceusdm(
        {
            "apiKey": key.key.reveal(),
            "secret": key.secret.reveal(),
            "password": key.password.reveal(),
            "verbose": True,
            "enableRateLimit": False,
        }
    )
    exchange.options |= {"fetchCurrencies": False, "fetchMargins": False}
    exchange.urls["api"] = {name: f"{url}/{name}" for name in exchange.urls["api"]}
    exchange.markets = exchange.index_by([exchange.safe_market_structure(MARKET)], "symbol")
    exchange.markets_by_id = {"BTCUSDT": [exchange.markets["BTC/USDT:USDT"]]}
    return exchange


MARKET = {
    "id": "BTCUSDT",
    "symbol": "BTC/USDT:USDT",
    "base": "BTC",
    "quote": "USDT",
    "settle": "USDT",
    "type": "swap",
    "swap": True,
    "contract": True,
    "linear": True,
    "precision": {"amount": 0.001, "price": 0.1},
    "limits": {},
    "info": {"orderTypes": ["LIMIT", "MARKET"]},
}


async def drive(exchange: Any, key: Any) -> None:
    calls = [
        exchange.fetch_balance,
        lambda: exchange.create_order("BTC/USDT:USDT", "limit", "buy", 0.01, 60000, {"newClientOrderId": "h-1"}),
        lambda: exchange.cancel_order("1", "BTC/USDT:USDT"),
        exchange.fapiPrivatePostListenKey,
        lambda: exchange.fapiPrivateGetPositionRisk({"symbol": "A&B", "note": key.secret.reveal()}),
    ]
    for call in calls:
        try:
            await call()
        except ccxt.BaseError as error:
            say(error)
    await exchange.close()
    asyncio.get_running_loop().create_task(forgotten(exchange))
    await asyncio.sleep(0.05)


async def forgotten(exchange: Any) -> None:
    raise RuntimeError(f"forgotten: {exchange.__dict__}")


def say(error: BaseException) -> None:
    print("printed", error)
    print("printed", repr(error), file=sys.stderr)
    traceback.print_exception(error)
    log.warning("refused: %s", error)
    log.error("with its trace, on line\n2 \x1b[31m and \u202e around", exc_info=error)
    log.debug("where", stack_info=True)


def die(exchange: Any, key: Any) -> None:
    warnings.warn(f"warned of {key.secret.reveal()}", stacklevel=1)
    worker = threading.Thread(target=lambda: raising(exchange, key), name="worker")
    worker.start()
    worker.join()
    Falls(exchange, key)
    logging.getLogger("aiohttp.client").debug("headers %s", {"X-MBX-APIKEY": key.key.reveal()})
    raising(exchange, key)


def raising(exchange: Any, key: Any) -> None:
    first = ValueError(f"first {exchange.secret}")
    raise RuntimeError(f"then {exchange.last_request_url} {exchange.last_request_headers} {key.password.reveal()}") from first


class Falls:
    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __del__(self) -> None:
        raising(*self.parts)


def main(how: str, log_file: str, key_file: str, url: str) -> None:
    censor = Censor()
    handlers = [logging.StreamHandler(), logging.FileHandler(log_file)]
    logging.basicConfig(level=logging.DEBUG, handlers=handlers, format="%(levelname)s %(name)s %(message)s")
    if how == "censored":
        install(censor)
    key = read_key(key_file, {})
    censor.learn(key.texts())
    for name in ("ccxt", "ccxt.base.exchange"):
        logging.getLogger(name).setLevel(logging.DEBUG)  # whoever turns the pin off still sees no secret
    exchange = exchange_of(key, url)
    asyncio.run(drive(exchange, key))
    die(exchange, key)


if __name__ == "__main__":
    main(*sys.argv[1:])
