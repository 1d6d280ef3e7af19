"""Intents and slices in which everything not said is in order."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from executor.records.trading import Intent, Policy, RouterPolicy, Slice

SLICE = Slice(
    ts_us=1_700_000_000_000_000,
    symbol="BTCUSDT",
    bid=49_995.0,
    ask=50_005.0,
    bid_qty=1.0,
    ask_qty=1.0,
    quote_age_s=0.1,
    vol_bps=10.0,
    tick_size=0.1,
    step_size=0.001,
    min_qty=0.001,
    min_notional_usd=5.0,
    max_leverage=20,
    tier="major",
    position_qty=0.0,
    entry_price=None,
    symbol_usd=0.0,
    tier_usd=0.0,
    gross_usd=0.0,
    net_usd=0.0,
    open_positions=0,
    nav_usd=100_000.0,
    nav_age_s=0.5,
    peak_nav_usd=100_000.0,
    day_start_nav_usd=100_000.0,
    week_start_nav_usd=100_000.0,
    available_usd=100_000.0,
    since_exit_s=None,
    entries_last_minute=0,
    errors_in_window=0,
    reject_frac=None,
    fallback_frac=None,
    unknown_orders=0,
    halted=False,
)
ENTRY = Intent(ts_us=1, intent_id="in-1", symbol="BTCUSDT", side="buy", strategy="momentum", purpose="entry", reason="means apart")
EXIT = Intent(
    ts_us=1, intent_id="out-1", symbol="BTCUSDT", side="sell", strategy="momentum", purpose="exit", reason="stop at -20.0 bps", qty=0.1
)


def make_slice(**said: Any) -> Slice:
    return msgspec.structs.replace(SLICE, **said)


def make_entry(**said: Any) -> Intent:
    return msgspec.structs.replace(ENTRY, **said)


def make_exit(**said: Any) -> Intent:
    return msgspec.structs.replace(EXIT, **said)


usd = st.floats(0, 500_000)
frac = st.floats(0, 1)
slices = st.builds(
    make_slice,
    vol_bps=st.none() | st.floats(0, 200),
    quote_age_s=st.floats(0, 12),
    step_size=st.sampled_from([0.001, 0.01, 0.1, 1.0]),
    min_qty=st.sampled_from([0.001, 0.1]),
    max_leverage=st.integers(1, 20),
    tier=st.sampled_from(["major", "large", "small", "other"]),
    position_qty=st.sampled_from([0.0, 0.0, 0.5, -0.25]),
    symbol_usd=st.floats(0, 30_000),
    tier_usd=usd,
    gross_usd=usd,
    open_positions=st.integers(0, 9),
    nav_usd=st.none() | st.floats(1, 200_000),
    nav_age_s=st.none() | st.floats(0, 40),
    peak_nav_usd=st.none() | usd,
    day_start_nav_usd=st.none() | usd,
    week_start_nav_usd=st.none() | usd,
    available_usd=st.none() | st.floats(-10, 100_000),
    since_exit_s=st.none() | st.floats(0, 120),
    entries_last_minute=st.integers(0, 11),
    errors_in_window=st.integers(0, 6),
    reject_frac=st.none() | frac,
    fallback_frac=st.none() | frac,
    unknown_orders=st.integers(0, 1),
    halted=st.booleans(),
)
calm_slices = st.builds(
    make_slice,
    vol_bps=st.none() | st.floats(0, 200),
    step_size=st.sampled_from([0.001, 0.01, 0.1]),
    tier=st.sampled_from(["major", "large", "small"]),
    symbol_usd=st.floats(0, 26_000),
    tier_usd=st.floats(0, 160_000),
    gross_usd=st.floats(0, 210_000),
    max_leverage=st.integers(1, 20),
    available_usd=st.floats(0, 3_000),
    reject_frac=st.none() | frac,
    nav_age_s=st.floats(0, 30),
)
policies = st.builds(
    Policy,
    router=st.builds(
        RouterPolicy,
        maker_first=st.booleans(),
        offset_bps=st.floats(0, 10),
        patience_s=st.floats(0, 60),
        reprices=st.integers(0, 5),
        taker_bias_frac=frac,
    ),
    weight_frac=st.none() | frac,
    symbol_cap_frac=st.none() | frac,
    trade_cap_frac=st.none() | frac,
)
entries = st.builds(make_entry, side=st.sampled_from(["buy", "sell"]), strength=frac)
exits = st.builds(
    make_exit,
    side=st.sampled_from(["buy", "sell"]),
    qty=st.none() | st.floats(0.1, 5),
    reason=st.sampled_from(["stop at -1.0 bps", "take_profit at +2.0 bps", "timeout after 9 s", "flatten"]),
)
