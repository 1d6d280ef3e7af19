"""The desk that is killed: quick loops, quick windows, limits that stop nothing, so that orders leave all the time; and stops at the
venue so near that they go off."""

import os
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

import executor.strategies
from executor import stops
from executor.courier import reconciler
from executor.dialects import _binance_line
from executor.flags import read_flags
from executor.life import Order
from executor.live import readiness
from executor.permission import Permit
from executor.protocol import inquiry
from executor.settings import Brakes, Exits, Journal, Limits, Loop, Router, Settings, Venue
from executor.wire.secrets import Key, Secret, account_name
from tests.local_venue.venue import KEY, SECRET

SYMBOLS = ("BTCUSDT", "ETHUSDT")
STRATEGIES = Path(__file__).parent / "strategies"
FREE = 1e6


class Place(msgspec.Struct, frozen=True):
    """Where to trade: data root, the venue's port, its authority, and the window that requests carry."""

    root: str
    port: int
    ca_file: str
    window_ms: int


class Birth(msgspec.Struct, frozen=True, kw_only=True):
    """What a child is to be: where, by which pipeline, killed where (empty: from outside), with which bug planted (empty: none)."""

    place: Place
    pipeline: str
    point: str = ""
    when: str = "before"
    nth: int = 1
    bug: str = ""


def settings_of(place: Place) -> Settings:
    """A venue whose window is mostly 300 ms: what takes seconds outside takes a fraction here, by the same rules."""
    return Settings(
        account="rig",
        mode="demo",
        exchange="ccxt:binanceusdm",
        feed="live",
        strategies=("churn",),
        loop=Loop(period_s=0.05, checkpoint_s=0.2),
        journal=Journal(tick_interval_ms=50, rotate_bytes=200_000),
        limits=Limits(
            nav_max_age_s=FREE,
            quote_max_age_s=FREE,
            max_drawdown_frac=1,
            max_daily_loss_frac=1,
            max_weekly_loss_frac=1,
            cooldown_s=0,
            burst_per_minute=1_000_000,
            error_limit=1_000_000,
            max_leverage=10,
        ),
        router=Router(patience_s=0.1, reprices=1),
        exits=Exits(venue_stop_bps=2.0),
        brakes=Brakes(nav_age_s=0, drawdown_frac=0, daily_loss_frac=0, errors=0),
        venue=Venue(
            symbols=SYMBOLS,
            recv_window_ms=place.window_ms,
            timeout_ms=250,
            stale_ms=200,
            clock_off_ms=50,
            reconcile_s=1.0,
            settle_s=0.2,
            dead_man_s=0,
            route=f"127.0.0.1:{place.port}",
            ca_file=place.ca_file,
        ),
    )


def permit() -> Permit:
    """Leave to trade at the local venue."""
    key = Key(name=account_name(KEY), key=Secret(KEY), secret=Secret(SECRET))
    return Permit(mode="demo", reach="stand-in", dialect="binanceusdm", key=key)


def order_of(place: Place, pipeline: str) -> Order:
    """One run of the desk, by pipeline `v5` (takes) or `v6` (quotes first)."""
    flags = read_flags({"RISK_ENGINE_V6_ENABLED": "1" if pipeline == "v6" else "0"})
    return Order(root=Path(place.root), settings=settings_of(place), flags=flags, speed=1.0)


def hastened() -> None:
    """Waits that are seconds at a real venue, in proportion to the window."""
    executor.strategies.__path__.append(str(STRATEGIES))
    inquiry.MARGIN_US, inquiry.APART_US, inquiry.FIRST_US, inquiry.MOST_US = 50_000, 50_000, 60_000, 200_000
    reconciler.APART_S = 0.1
    stops.LEAST_US, stops.REFUSED_US, stops.AGAIN_US = 50_000, 100_000, 200_000
    _binance_line.READINGS = 2
    readiness.FATES_S = 3.0
    _binance_line.ASSUMED = tuple(msgspec.structs.replace(window, limit=10**9) for window in _binance_line.ASSUMED)


def signed() -> None:
    """Whatever this process asks of the venue carries its process id: the venue's own word for who sent an order."""
    begin = aiohttp.ClientSession.__init__

    def begun(self: aiohttp.ClientSession, *args: Any, **named: Any) -> None:
        begin(self, *args, **named)
        self.headers["User-Agent"] = str(os.getpid())

    aiohttp.ClientSession.__init__ = begun  # type: ignore[method-assign]
