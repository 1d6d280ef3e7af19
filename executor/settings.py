"""What can be set, with units, safe defaults and reasons. Shapes only: reading them is `configuration`'s work.

The file named by `--config` is TOML with the same names; `ops/paper.toml` spells out every default.
Unknown keys are refused.
"""

from typing import Any, Literal

import msgspec

TIER_CAPS = {"major": 1.5, "large": 1.0, "small": 0.5}
TIERS = {"BTCUSDT": "major", "ETHUSDT": "major", "SOLUSDT": "large", "XRPUSDT": "large", "BNBUSDT": "large"}


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the settings file."""


class Loop(Section, frozen=True, kw_only=True):
    """How often the loop completes.

    `period_s` is a floor: a feed with coarser news (bars) names its own. `checkpoint_s` is wall time
    between checkpoints; it bounds how much a restart has to go through again.
    """

    period_s: float = 1.0
    checkpoint_s: float = 5.0
    bars_kept: int = 240


class Journal(Section, frozen=True, kw_only=True):
    """Where facts go. Sizes in bytes for each stream. What is younger than `keep_days` stays, whatever the budget of
    bytes says; what is older than `max_days` goes. `fsync` is `group` (durable before an order leaves), `off`
    (in line to be written before) or `auto`: off where the feed is the clock and can be run again.

    `tick_interval_ms` is the least time between two journaled quotes of a symbol; 0 keeps each change.
    """

    rotate_s: float = 3600.0
    rotate_bytes: int = 64 * 1024 * 1024
    max_bytes: int = 4 * 1024 * 1024 * 1024
    max_days: float = 400.0
    keep_days: float = 31.0
    fsync: Literal["auto", "group", "off"] = "auto"
    tick_interval_ms: float = 200.0


class Limits(Section, frozen=True, kw_only=True):
    """Lines no strategy and no suggestion can move. Shares are of NAV, 0..1.

    `whitelist` empty means every symbol of the universe. `tiers` names a symbol's tier; others are
    `default_tier`. Breach of `error_limit` venue errors in `error_window_s` stops new risk.
    """

    whitelist: tuple[str, ...] = ()
    nav_max_age_s: float = 30.0
    quote_max_age_s: float = 10.0
    max_drawdown_frac: float = 0.20
    max_daily_loss_frac: float = 0.05
    max_weekly_loss_frac: float = 0.10
    min_notional_usd: float = 10.0
    symbol_cap_frac: float = 0.25
    tier_cap_frac: dict[str, float] = msgspec.field(default_factory=lambda: dict(TIER_CAPS))
    tiers: dict[str, str] = msgspec.field(default_factory=lambda: dict(TIERS))
    default_tier: str = "small"
    gross_cap_frac: float = 2.0
    max_positions: int = 8
    max_leverage: float = 3.0
    cooldown_s: float = 60.0
    burst_per_minute: int = 10
    error_limit: int = 5
    error_window_s: float = 300.0
    trade_frac: float = 0.05
    wide_spread_bps: float = 4.0


class Candidate(Section, frozen=True, kw_only=True):
    """What only v6 uses: volatility-targeted size and the lines between its risk modes.

    `target_vol_bps` is the wanted one-minute standard deviation of one position in bps of NAV.
    `warn_at` and `defensive_at` are shares of the hard limit at which the mode turns.
    """

    target_vol_bps: float = 0.5
    min_trade_frac: float = 0.01
    max_trade_frac: float = 0.10
    warn_at: float = 0.5
    defensive_at: float = 0.8
    warn_size: float = 0.75
    defensive_size: float = 0.4
    router_reject_frac: float = 0.2
    router_fallback_frac: float = 0.8


class Router(Section, frozen=True, kw_only=True):
    """How orders are worked: `offset_bps` behind the touch, `patience_s` a quote, `reprices` times, then take."""

    maker_first: bool = True
    offset_bps: float = 0.0
    patience_s: float = 10.0
    reprices: int = 2


class Apply(Section, frozen=True, kw_only=True):
    """What a suggestion may do once its flag is on. `symbols` empty means every symbol of the universe.

    Bounds of the routing in force, and the most one suggestion moves it; a weight moves at most `weight_step_frac`. Between two
    steps of a symbol lie `least_interval_s`, and only a file that is good for as long makes what is in force hold on. Rows resting
    on fewer than `min_intents` worked intents or `min_trades` closed trades are refused, and so is a file larger than `max_bytes`.
    """

    symbols: tuple[str, ...] = ()
    may_flip_maker_first: bool = False
    least_interval_s: float = 300.0
    max_offset_bps: float = 5.0
    offset_step_bps: float = 0.5
    least_patience_s: float = 1.0
    max_patience_s: float = 60.0
    patience_step_ratio: float = 1.5
    max_reprices: int = 5
    max_taker_bias_frac: float = 0.5
    taker_bias_step_frac: float = 0.25
    weight_step_frac: float = 0.10
    min_intents: int = 20
    min_trades: int = 30
    max_bytes: int = 1024 * 1024


class Paper(Section, frozen=True, kw_only=True):
    """The simulated venue. Fees in bps (negative is a rebate), latency in ms, balance in USD.

    `latency_ms` is the mean of an exponential over a floor of `latency_floor_ms`, one draw an order,
    seeded by its id. `impact_bps` is what each further visible size costs beyond the touch.
    """

    balance_usd: float = 100_000.0
    maker_fee_bps: float = 2.0
    taker_fee_bps: float = 5.0
    latency_floor_ms: float = 5.0
    latency_ms: float = 15.0
    leverage: int = 5
    impact_bps: float = 1.0
    max_levels: int = 20


class Venue(Section, frozen=True, kw_only=True):
    """A real venue, as `exchange = "ccxt:NAME"` names it.

    `symbols` is the universe. `key_file` holds the API key (JSON, mode 0400); empty takes `hedge-key.json` of the process
    manager's credentials. `acknowledged` repeats what `executor doctor` calls the account, which live trading needs.
    `leverage` and `margin` are set and held for every symbol of the universe.

    A request carries `recv_window_ms` (how long the venue may take it), is given up after `timeout_ms`, which is less, and is not
    sent when it waited longer than `stale_ms`. Clocks may differ by `clock_off_ms`. Everything is compared with the venue's own
    books every `reconcile_s`, orders younger than `settle_s` excepted; the venue cancels resting orders when it hears nothing
    for `dead_man_s` (0: never armed). A stream that is silent for `quote_silence_s` (of all symbols together) or
    `user_silence_s` is rebuilt, and prices are polled every `poll_s` meanwhile. `reserve_frac` of the venue's request budget is
    kept for cancels and reductions.

    The venue's rules (ticks, steps, least sizes, brackets, what is in trading) are read anew every `rules_s`, and when it refused an order
    by them.

    `record` keeps everything that is seen of the venue on a cassette, without secrets, in `record_folder` (empty: `cassettes` under the
    data root): at most `record_bytes` of it, and none older than `record_days`.

    `route` sends every connection to one loopback address (`127.0.0.1:PORT`) whose certificate `ca_file` signs: the local venue.
    """

    symbols: tuple[str, ...] = ()
    key_file: str = ""
    acknowledged: str = ""
    leverage: int = 3
    margin: Literal["cross", "isolated"] = "cross"
    recv_window_ms: int = 3_000
    timeout_ms: int = 2_500
    stale_ms: int = 500
    clock_off_ms: int = 250
    reconcile_s: float = 60.0
    settle_s: float = 5.0
    rules_s: float = 3_600.0
    dead_man_s: float = 60.0
    quote_silence_s: float = 2.0
    user_silence_s: float = 5.0
    poll_s: float = 1.0
    reserve_frac: float = 0.2
    record: Literal["off", "on"] = "off"
    record_folder: str = ""
    record_bytes: int = 1024 * 1024 * 1024
    record_days: float = 14.0
    route: str = ""
    ca_file: str = ""


class Brakes(Section, frozen=True, kw_only=True):
    """When new risk stops by itself until somebody says `executor resume`. Shares are of NAV, 0..1; 0 never brakes.

    `nav_age_s` is how old the venue's figures may be, `errors` how many refusals and faults within `errors_within_s`.
    """

    nav_age_s: float = 60.0
    drawdown_frac: float = 0.25
    daily_loss_frac: float = 0.08
    errors: int = 20
    errors_within_s: float = 60.0


class Exits(Section, frozen=True, kw_only=True):
    """The way out that does not need us. `venue_stop_bps` from the entry price of every position a reduce-only stop is kept at the venue,
    which closes all of it at the market should the price of `venue_stop_by` (mark price, or last trade) get there; 0 keeps none.

    It holds while nobody is here, so it should lie beyond the stops of the strategies, which are looked at on every loop.
    """

    venue_stop_bps: float = 0.0
    venue_stop_by: Literal["mark", "last"] = "mark"


class Synthetic(Section, frozen=True, kw_only=True):
    """The made market. `step_ms` is the least time between two quotes of a symbol."""

    scenario: Literal["normal", "quiet_weekend", "flash_crash", "feed_outage", "funding_spike"] = "normal"
    step_ms: int = 500
    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT", "ENAUSDT")
    start: str = ""


class Replay(Section, frozen=True, kw_only=True):
    """How recordings become quotes. `bar_spread_bps` is the least full spread given to bars."""

    bar_spread_bps: float = 1.0
    symbols: tuple[str, ...] = ()
    funding: str = ""


class Features(Section, frozen=True, kw_only=True):
    """What is measured of each symbol: the half-life of its volatility in minutes, and after how many returns it is known.

    `bar_s` is the length of a bar in seconds; null takes the feed's own (a minute for live and made markets and
    for recorded bars, seconds for tick recordings of minutes).
    """

    vol_half_life_min: float = 60.0
    min_bars: int = 5
    bar_s: float | None = None


class Settings(Section, frozen=True, kw_only=True):
    """Everything the executor is told, apart from flags and secrets. `metrics_port` 0 serves no metrics."""

    account: str = "paper"
    mode: Literal["paper", "demo", "live"] = "paper"
    seed: int = 7
    exchange: str = "paper"
    feed: str = "synthetic"
    strategies: tuple[str, ...] = ("momentum", "mean_reversion")
    loop: Loop = Loop()
    journal: Journal = Journal()
    limits: Limits = Limits()
    candidate: Candidate = Candidate()
    router: Router = Router()
    apply: Apply = Apply()
    paper: Paper = Paper()
    venue: Venue = Venue()
    brakes: Brakes = Brakes()
    exits: Exits = Exits()
    synthetic: Synthetic = Synthetic()
    replay: Replay = Replay()
    features: Features = Features()
    strategy: dict[str, dict[str, Any]] = {}
    metrics_port: int = 0


class Lines(Section, frozen=True, kw_only=True):
    """What a pipeline decides by: hard limits, the candidate's own numbers, and plain routing."""

    limits: Limits = Limits()
    candidate: Candidate = Candidate()
    router: Router = Router()


def leverage_of(settings: Settings) -> int:
    """The leverage that the venue of these settings is set to."""
    return settings.paper.leverage if settings.exchange == "paper" else settings.venue.leverage


def lines_of(settings: Settings) -> Lines:
    """The part of the settings that decisions depend on; its hash is journaled with each of them."""
    return Lines(limits=settings.limits, candidate=settings.candidate, router=settings.router)
