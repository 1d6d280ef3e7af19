"""What the telemetry side can be told: `[telemetry]`, `[health]`, `[alerts]`, `[page]`, `[mirror]` and `[ship]` of `ops/paper.toml`."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from executor.settings import Journal, Section, Venue

WHOLE = "desk"
"""What stands where an account's name stands when the desk as a whole is meant."""


class Telemetry(Section, frozen=True, kw_only=True):
    """Windows by name (`24h`, `7d`, `all`; see `statistics.windows`), floors in counts, thresholds in the unit of their names.

    `windows` are those of expectancy; `research_window` must be one of them. `candidates` are further columns beside v5 and v6, by name
    (in the file: paths of their files, from its folder).
    """

    windows: tuple[str, ...] = ("24h", "7d", "30d", "all")
    research_window: str = "30d"
    execution_window: str = "7d"
    mature_trades: int = 30
    min_fills: int = 20
    min_compare: int = 30
    min_compare_trades: int = 30
    candidates: dict[str, dict[str, Any]] = {}
    shrink_trades: float = 25.0
    degraded_slippage_bps: float = 5.0
    broken_slippage_bps: float = 15.0
    degraded_reject_frac: float = 0.10
    broken_reject_frac: float = 0.30
    good_line_frac: float = 0.5
    hot_slippage_bps: float = 3.0
    heavy_fallback_frac: float = 0.5
    strong_maker_frac: float = 0.7
    suggestion_ttl_s: float = 6 * 3600.0
    offset_step_bps: float = 0.5
    max_offset_bps: float = 5.0
    taker_bias_step_frac: float = 0.1
    max_taker_bias_frac: float = 0.5
    hysteresis_frac: float = 0.3
    least_saving_bps: float = 0.1
    score_window: str = "30d"
    min_scored: int = 60
    weight_step_frac: float = 0.10
    max_turnover_frac: float = 0.20
    least_turnover_frac: float = 0.01
    kelly_frac: float = 0.25
    explore_frac: float = 0.1
    shadow_heartbeat_s: float = 600.0
    keep_runs_s: float = 2 * 3600.0
    keep_failed_runs_s: float = 48 * 3600.0
    upkeep_every_s: float = 600.0


class Health(Section, frozen=True, kw_only=True):
    """Where conditions begin, and how much may be kept. Bytes are budgets: the oldest goes when one is reached."""

    look_every_s: float = 0.5
    silent_s: float = 30.0
    stuck_s: float = 10.0
    crash_loop_falls: int = 3
    crash_loop_s: float = 600.0
    clock_off_s: float = 2.0
    run_limit_s: float = 300.0
    min_agree_frac: float = 0.5
    disk_warn_bytes: int = 1024 * 1024 * 1024
    disk_fail_bytes: int = 64 * 1024 * 1024
    disk_fail_inodes: int = 1000
    incident_bytes: int = 4 * 1024 * 1024
    incident_days: float = 90.0
    damaged_bytes: int = 16 * 1024 * 1024
    damaged_days: float = 14.0
    dagster_bytes: int = 256 * 1024 * 1024
    tables_bytes: int = 512 * 1024 * 1024
    day_tables_bytes: int = 8 * 1024 * 1024 * 1024


class Alerts(Section, frozen=True, kw_only=True):
    """Whom to tell, of what, and how often. A channel is an Apprise address, or `env:NAME` or `file:PATH` where one is found."""

    channels: tuple[str, ...] = ()
    least: Literal["warn", "error"] = "error"
    gather_s: float = 5.0
    remind_s: float = 3600.0
    most_per_hour: int = 20
    quiet_hours: str = ""
    quiet_least: Literal["warn", "error", "none"] = "error"
    timeout_s: float = 4.0
    deadman_url: str = ""
    deadman_every_s: float = 60.0


class Page(Section, frozen=True, kw_only=True):
    """Who may see the operator page: where its token lies (`file:PATH`, `env:NAME`, empty: none), and its host names beside loopback's."""

    token: str = ""
    names: tuple[str, ...] = ()


class Mirror(Section, frozen=True, kw_only=True):
    """What is copied where, and how much of a day's writes it may take. Times in seconds.

    `states` are those that are copied, all when none is named. `uri` is where the sink `objects` copies to. A document that is owed for
    longer than `late_s` is worth a word, for longer than `fail_s` a fault.
    """

    sinks: tuple[str, ...] = ("firestore",)
    states: tuple[str, ...] = (
        "synced_state",
        "nav",
        "positions",
        "risk_snapshot",
        "router_health",
        "universe",
        "expectancy",
        "symbol_scores",
        "autotune_suggestions",
        "allocator_suggestions",
        "compare_summary",
        "incidents",
        "health",
    )
    project: str = ""
    database: str = "(default)"
    uri: str = ""
    writes_per_day: int = 18_000
    heartbeat_s: float = 60.0
    look_every_s: float = 1.0
    deadline_s: float = 3.0
    late_s: float = 120.0
    fail_s: float = 900.0


class Ship(Section, frozen=True, kw_only=True):
    """How journals travel through object storage. Times in seconds; `part_bytes` is the most one object of a live tail holds."""

    uri: str = ""
    every_s: float = 2.0
    deadline_s: float = 20.0
    part_bytes: int = 8 * 1024 * 1024


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the telemetry side works on one account: its data root, and the settings in force. `journal` and `venue` say what the
    executor keeps; `account` is its name on a desk with several, empty where there is one; `shares` is how many data roots have one
    quota of the mirror between them: those of the accounts, and the desk's as a whole."""

    root: Path
    account: str = ""
    shares: int = 1
    telemetry: Telemetry = Telemetry()
    health: Health = Health()
    alerts: Alerts = Alerts()
    page: Page = Page()
    mirror: Mirror = Mirror()
    ship: Ship = Ship()
    journal: Journal = Journal()
    venue: Venue = Venue()

    @property
    def raw(self) -> Path:
        """The executor's journals."""
        return self.root / "raw"

    @property
    def state(self) -> Path:
        """The state files."""
        return self.root / "state"

    @property
    def tables(self) -> Path:
        """What is kept between refreshes: folds, tables, the shadow log."""
        return self.root / "tables"

    @property
    def watch(self) -> Path:
        """What the watch keeps: incidents, its pulse, how far it read the journals through."""
        return self.root / "watch"

    @property
    def mirrored(self) -> Path:
        """What the mirror remembers: its ledger, what stands, its pulse."""
        return self.root / "mirror"

    @property
    def run(self) -> Path:
        """Where `hedge up` keeps its socket, logs and what it sees of its programs; the desk's, whichever account this is."""
        return self.desk / "run"

    @property
    def desk(self) -> Path:
        """The desk's data root: this one, or where all accounts' lie."""
        return self.root if self.account in ("", WHOLE) else self.root.parent.parent
