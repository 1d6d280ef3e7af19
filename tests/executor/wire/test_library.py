"""ccxt is a library here: silent, without its own limiter or retries, and absent from paper trading."""

import asyncio
import subprocess
import sys

import pytest

from executor.clock import FixedClock
from executor.errors import SettingsError
from executor.settings import Venue
from executor.wire.access import Access
from executor.wire.library import built
from executor.wire.secrets import key_of


def access(venue: str = "binanceusdm", mode="live") -> Access:
    return Access(venue=venue, mode=mode, settings=Venue(), key=key_of("an-api-key", "a-secret"), clock=FixedClock(1))


def test_nothing_of_ccxt_acts_by_itself():
    exchange = built(access())
    assert (exchange.enableRateLimit, exchange.verbose, exchange.number) == (False, False, str)
    assert exchange.options["maxRetriesOnFailure"] == 0
    assert exchange.options["adjustForTimeDifference"] is False
    assert exchange.has["fetchCurrencies"] is False
    assert exchange.session is None


@pytest.mark.parametrize(
    ("venue", "mode", "host"),
    [
        ("binanceusdm", "live", "https://fapi.binance.com"),
        ("binanceusdm", "demo", "https://demo-fapi.binance.com"),
    ],
)
def test_the_mode_chooses_the_hosts(venue, mode, host):
    assert built(access(venue, mode)).urls["api"]["fapiPrivate"].startswith(host)


def test_demo_never_means_a_real_host():
    assert "api-demo.bybit.com" in built(access("bybit", "demo")).implode_hostname(built(access("bybit", "demo")).urls["api"]["private"])
    assert built(access("hyperliquid", "demo")).isSandboxModeEnabled
    with pytest.raises(SettingsError, match="demo"):
        built(access("mexc", "demo"))


def test_a_venue_that_ccxt_does_not_know_is_refused_by_name():
    with pytest.raises(SettingsError, match="ccxt:nowhere"):
        built(access("nowhere"))


def test_building_sends_nothing():
    async def build():
        built(access())
        return len(asyncio.all_tasks())

    assert asyncio.run(build()) == 1


def test_paper_trading_never_imports_ccxt():
    code = (
        "import sys, executor.__main__, executor.app, executor.exchanges.paper, executor.feeds.synthetic\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] in ('ccxt', 'aiohttp', 'cryptography')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_door_to_binance_is_imported_without_ccxt_until_it_opens():
    code = "import sys, executor.dialects.binanceusdm; print('ccxt' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
