"""Routing evidence as rules look at it: calm unless a test says otherwise."""

from typing import Any

from executor.records.trading import RouterPolicy
from hedge_assets.advice.routing_evidence import Path, RoutingEvidence
from hedge_assets.advice.routing_rules import Case, Waiting
from hedge_assets.settings import Telemetry


def path(cost_bps: float | None = None, n: int = 40, half: float = 0.5) -> Path:
    """One way of working with its mean cost, and the half width of its interval."""
    if cost_bps is None:
        return Path(n=0, cost_bps=None, low_bps=None, high_bps=None, reason="none went this way")
    return Path(n=n, cost_bps=cost_bps, low_bps=cost_bps - half, high_bps=cost_bps + half, reason=None)


def evidence(n: int = 40, **given: Any) -> RoutingEvidence:
    """Quotes that work."""
    shares = {"fallback_frac": 0.2, "reject_frac": 0.02, "post_only_orders": 2 * n, "slippage_bps": 1.0}
    outs = {"maker_markout_bps": 0.0, "maker_markout_high_bps": 0.5, "maker_markouts": n}
    paths = {"quoted": path(1.0), "kept": path(0.5), "fallback": path(4.0, n=8), "taken": path(5.0)}
    return RoutingEvidence(**{"n": n, "fills": n, **shares, **outs, **paths, **given})


def case(current: RouterPolicy | None = None, *, waiting: Waiting | None = None, lines: Telemetry | None = None, **given: Any) -> Case:
    """One symbol's case; fields of the evidence by name."""
    slow = Waiting(n=40, p50_s=10.0, p95_s=25.0)
    return Case(current=current or RouterPolicy(), evidence=evidence(**given), waiting=waiting or slow, lines=lines or Telemetry())
