"""ccxt, as we use it: its knowledge of venues, never its connections. Imported only when a real venue is named."""

import importlib
import logging
from typing import Any

from executor.errors import SettingsError
from executor.wire.access import Access

WALLETS = ("hyperliquid",)
"""Venues whose key is a wallet's address and whose secret is a private key."""


def ccxt_async() -> Any:
    """Ccxt's asynchronous side: half a second to import, so only where it is needed."""
    return importlib.import_module("ccxt.async_support")


def exchange_class(name: str) -> Any:
    """Ccxt's class of a venue; refuses names it does not know."""
    library = ccxt_async()
    if name not in library.exchanges:
        raise SettingsError(f"exchange was 'ccxt:{name}', ccxt {library.__version__} knows no such venue; name one like ccxt:binanceusdm")
    return getattr(library, name)


def built(access: Access, kind: Any = None) -> Any:
    """A ccxt exchange for this account that sends nothing by itself: no limiter, no private questions while loading, exact numbers.

    `kind` is a class made from ccxt's own. In demo mode the hosts are the venue's demo ones; refuses venues that have none.
    """
    exchange = (kind or exchange_class(access.venue))(config_of(access))
    for logger in ("ccxt.base.exchange", "ccxt.async_support.base.exchange"):
        logging.getLogger(logger).setLevel(logging.INFO)  # at DEBUG it would write keys and signatures
    exchange.has["fetchCurrencies"] = exchange.has["fetchMargins"] = False
    if access.mode == "demo":
        _go_demo(exchange, access.venue)
    return exchange


def config_of(access: Access) -> dict[str, Any]:
    """What ccxt is told. Its own re-sending, rate limiter, clock correction and verbose mode stay off."""
    key, secret = access.key.key.reveal(), access.key.secret.reveal()
    names = ("walletAddress", "privateKey") if access.venue in WALLETS else ("apiKey", "secret")
    password = access.key.password.reveal() if access.key.password else ""
    return {
        names[0]: key,
        names[1]: secret,
        "password": password,
        "enableRateLimit": False,
        "number": str,  # exact; of a Decimal its own helpers make nothing
        "verbose": False,
        "timeout": access.settings.timeout_ms,
        "options": {
            "fetchCurrencies": False,
            "fetchMargins": False,
            "adjustForTimeDifference": False,
            "maxRetriesOnFailure": 0,
            "brokerId": None,
            "recvWindow": access.settings.recv_window_ms,
            "defaultType": "swap",
            "warnOnFetchOpenOrdersWithoutSymbol": False,
        },
    }


def _go_demo(exchange: Any, name: str) -> None:
    """Turn to the venue's demo hosts, or its test ones."""
    urls = exchange.urls
    if urls.get("demo") or name == "bybit":
        exchange.enable_demo_trading(True)
    elif urls.get("test"):
        exchange.set_sandbox_mode(True)
    else:
        raise SettingsError(f"mode was 'demo', ccxt knows no demo or test hosts of {name}; use another venue, or mode = \"paper\"")
