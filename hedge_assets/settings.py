"""What the telemetry side can be told: windows, sample floors, thresholds. One table of `ops/paper.toml`, `[telemetry]`."""

from pathlib import Path

import msgspec

from executor.settings import Section


class Telemetry(Section, frozen=True, kw_only=True):
    """Windows in days, floors in counts, thresholds in the unit of their names."""

    window_days: float = 30.0
    execution_window_days: float = 7.0
    mature_trades: int = 30
    min_fills: int = 20
    min_compare: int = 30
    shrink_trades: float = 25.0
    degraded_slippage_bps: float = 5.0
    broken_slippage_bps: float = 15.0
    degraded_reject_frac: float = 0.10
    broken_reject_frac: float = 0.30
    hot_slippage_bps: float = 3.0
    heavy_fallback_frac: float = 0.5
    strong_maker_frac: float = 0.7
    suggestion_ttl_s: float = 6 * 3600.0
    offset_step_bps: float = 0.5
    max_offset_bps: float = 5.0
    weight_step_frac: float = 0.10
    kelly_frac: float = 0.25
    shadow_heartbeat_s: float = 600.0
    keep_runs_s: float = 2 * 3600.0
    keep_failed_runs_s: float = 48 * 3600.0
    upkeep_every_s: float = 600.0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the telemetry side works: the data root, and the settings in force."""

    root: Path
    telemetry: Telemetry = Telemetry()

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
