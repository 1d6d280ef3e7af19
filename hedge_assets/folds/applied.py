"""Which suggestions the executor let steer it, which it refused, and what orders and trades cost or earned under each.

PolicyChanged ──▶ in_force, changes, a new stretch ──┐
Decision ─▶ Submit ─▶ Fill ─▶ Ended ──▶ cost of one intent, added to the stretch it was decided in
Fill, Funding from flat to flat ──▶ what the weight at entry added, by symbol and version

Intents are counted in the stretch they were decided in, and only those that routing steers.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from executor.records.base import Record, sign
from executor.records.orders import Adjust, Boot, Ended, Fill, Funding, PolicyChanged, Submit, SuggestionRefused
from executor.records.trading import Decision, Intent, Policy, RouterPolicy, Vetoed
from executor.settings import Limits
from executor.sizing.wanted import weight_scale
from hedge_assets.folds.applied_rows import QUOTES, Gains, Held, Stretch, Working, can_wait, parts_of
from hedge_assets.folds.base import keep_newest, remember, take
from hedge_assets.folds.roundtrips import DOLLARS

__all__ = ["Applied", "Gains", "Held", "Stretch", "Working"]

CHANGES_KEPT = 200
STRETCHES_KEPT = 16
GAINS_KEPT = 400
REASONS_KEPT = 100
INTENTS_KEPT = 1_000
ORDERS_KEPT = 500
UNSTEERED = "v5"
NUMBERS = re.compile(r"[-+]?\d[\d.,:e+-]*")


class Applied(msgspec.Struct, kw_only=True):
    """Policies in force by symbol, the newest 200 changes, 16 stretches a symbol and 400 gains by `SYMBOL|version`.

    `changed_us` says since when a symbol's routing is what it is, where it has changed at all; `traded_us` when it last was traded.
    `refused` counts refusals by reason, numbers left out, the newest 100 reasons. `lost` intents were never ended and forgotten.
    `apply_flags` and `max_positions` are of the newest boot.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        Boot: "boot",
        PolicyChanged: "changed",
        SuggestionRefused: "refuse",
        Intent: "intent",
        Decision: "decision",
        Submit: "submit",
        Fill: "fill",
        Ended: "ended",
        Funding: "fund",
        Adjust: "adjust",
    }

    in_force: dict[str, Policy] = {}
    changed_us: dict[str, int] = {}
    traded_us: dict[str, int] = {}
    changes: list[PolicyChanged] = []
    changes_total: int = 0
    refused: dict[str, int] = {}
    refused_total: int = 0
    stretches: dict[str, list[Stretch]] = {}
    stretches_total: int = 0
    gains: dict[str, Gains] = {}
    asked: dict[str, bool] = {}
    working: dict[str, Working] = {}
    orders: dict[str, str] = {}
    held: dict[str, Held] = {}
    mids: dict[str, float] = {}
    lost: int = 0
    apply_flags: dict[str, str] = {}
    max_positions: int | None = None
    newest_us: int | None = None

    def take(self, record: Record) -> None:
        """Take one record of the orders journal."""
        take(self, record)

    def boot(self, record: Boot) -> None:
        """A process started: whether it lets suggestions steer it, and how many slots its book has."""
        self.apply_flags = {name: text for name, text in record.flags.items() if name.endswith("_APPLY_ENABLED")}
        limits: Any = record.settings.get("limits")
        most = limits.get("max_positions") if isinstance(limits, dict) else None
        self.max_positions = most if isinstance(most, int) and most > 0 else None

    def changed(self, record: PolicyChanged) -> None:
        """Another policy is in force in a symbol; another routing opens a new stretch."""
        self.newest_us = record.ts_us
        self.in_force[record.symbol] = record.after
        self.changes_total += 1
        self.changes.append(record)
        keep_newest(self.changes, CHANGES_KEPT)
        if record.suggestion == "router" and record.before.router != record.after.router:
            self._stretch_at(record.symbol, record.before.router, record.ts_us)
            stretch = self._open(record.symbol, record.after.router, record.ts_us)
            stretch.version, stretch.rule, stretch.made_on = record.version, record.rule, record.n
            stretch.expected_bps = record.expected_bps
            stretch.expected_low_bps, stretch.expected_high_bps = record.expected_low_bps, record.expected_high_bps

    def refuse(self, record: SuggestionRefused) -> None:
        """A suggestion was not taken."""
        self.newest_us = record.ts_us
        self.refused_total += 1
        reason = f"{record.suggestion}: {NUMBERS.sub('#', record.reason)}"
        remember(self.refused, reason, self.refused.pop(reason, 0) + 1, limit=REASONS_KEPT)

    def intent(self, record: Intent) -> None:
        """Whether routing will decide how it is worked."""
        remember(self.asked, record.intent_id, can_wait(record), limit=INTENTS_KEPT)

    def decision(self, record: Decision) -> None:
        """An approved intent is worked from here on, in the stretch of the routing that it was decided under."""
        waits = self.asked.pop(record.intent_id, None)
        view, plan = record.slice, record.plan
        if isinstance(record.verdict, Vetoed) or plan is None or view.bid <= 0 or view.ask <= 0:
            return
        self.mids[view.symbol] = view.mid
        steered = record.pipeline != UNSTEERED
        policy = record.policy if steered else Policy()
        stretch = None
        if waits and steered:
            stretch = self._stretch_at(view.symbol, policy.router, record.ts_us).number
        elif waits and view.symbol in self.stretches:
            self.stretches[view.symbol][-1].unsteered += 1
        self.lost += len(self.working) >= INTENTS_KEPT
        job = Working(
            symbol=view.symbol,
            sign=sign(plan.side),
            mid=view.mid,
            stretch=stretch,
            weight_version=policy.weight_version,
            weight_frac=policy.weight_frac,
            scale=self._scale(policy),
        )
        remember(self.working, record.intent_id, job, limit=INTENTS_KEPT)

    def submit(self, record: Submit) -> None:
        """Whose order it is, and whether it quotes."""
        job = self.working.get(record.intent_id)
        if job is None:
            return
        remember(self.orders, record.client_id, record.intent_id, limit=ORDERS_KEPT)
        if record.step in QUOTES and job.quoted_us is None:
            job.quoted_us = record.ts_us
        job.fell_back = job.fell_back or record.step == "fallback"

    def fill(self, record: Fill) -> None:
        """A part was traded: added to its intent, and to the position that it opens, adds to or closes."""
        self.newest_us = self.traded_us[record.symbol] = record.ts_us
        fee_usd = self._in_usd(record)
        intent_id = self.orders.get(record.client_id, "")
        job = self.working.get(intent_id)
        if job is not None:
            job.add(record, fee_usd)
        closed, opened = parts_of(record, record.position_qty - record.qty * sign(record.side))
        if closed:
            self._leave(record, fee_usd, share=float(closed / record.qty))
        if opened:
            self._enter(record, fee_usd, share=float(opened / record.qty))
        if job is not None:
            self._finish(intent_id, job, record.ts_us)

    def ended(self, record: Ended) -> None:
        """The executor is done with an intent."""
        job = self.working.get(record.intent_id)
        if job is not None:
            job.whole_qty = float(record.filled_qty)
            self._finish(record.intent_id, job, record.ts_us)

    def fund(self, record: Funding) -> None:
        """Funding belongs to the position that is open."""
        held = self.held.get(record.symbol)
        if held is not None:
            held.net_usd += float(record.amount)

    def adjust(self, record: Adjust) -> None:
        """A position that was set to flat or to the other side has no price it left at: its gain is not known."""
        if record.venue_qty == 0 or record.venue_qty * record.our_qty < 0:
            self.held.pop(record.symbol, None)

    def _finish(self, intent_id: str, job: Working, ts_us: int) -> None:
        """What an intent that is over cost goes to the stretch it was decided in."""
        if not job.is_over:
            return
        del self.working[intent_id]
        stretch = next((each for each in self.stretches.get(job.symbol, ()) if each.number == job.stretch), None)
        if stretch is None or job.qty == 0:
            return
        stretch.last_us = ts_us
        cost = job.cost_bps
        if cost is None:
            stretch.unpriced += 1
        else:
            stretch.add(cost)
        if job.quoted_us is not None and not job.fell_back:
            stretch.kept_s.add((job.filled_us - job.quoted_us) / 1e6)

    def _stretch_at(self, symbol: str, routing: RouterPolicy, ts_us: int) -> Stretch:
        """The stretch in force, opened where the routing is not the one before (plain settings may change with a boot)."""
        kept = self.stretches.get(symbol)
        return kept[-1] if kept and kept[-1].routing == routing else self._open(symbol, routing, ts_us)

    def _open(self, symbol: str, routing: RouterPolicy, ts_us: int) -> Stretch:
        kept = self.stretches.setdefault(symbol, [])
        if kept:
            self.changed_us[symbol] = ts_us
        self.stretches_total += 1
        kept.append(Stretch(number=self.stretches_total, symbol=symbol, routing=routing, since_us=ts_us))
        keep_newest(kept, STRETCHES_KEPT)
        return kept[-1]

    def _scale(self, policy: Policy) -> float:
        if self.max_positions is None:
            return 1.0
        return weight_scale(policy.weight_frac, Limits(max_positions=self.max_positions))

    def _in_usd(self, record: Fill) -> float | None:
        """The fee in USD; a coin's fee at the mid of the newest decision in it, null where there was none."""
        if record.fee_asset in DOLLARS:
            return float(record.fee)
        mid = self.mids.get(f"{record.fee_asset}USDT")
        return None if mid is None else float(record.fee) * mid

    def _enter(self, record: Fill, fee_usd: float | None, *, share: float) -> None:
        """The weight its intent was decided under counts for this part of the entry."""
        job = self.working.get(self.orders.get(record.client_id, ""))
        held = self.held.get(record.symbol)
        if held is None:
            held = self.held[record.symbol] = Held(version="settings", weight_frac=None)
        cost = float(record.price * record.qty) * share
        held.cost_usd += cost
        held.even_usd += cost / job.scale if job is not None and job.scale > 0 else cost
        held.net_usd -= (fee_usd or 0.0) * share
        held.unpriced = held.unpriced or fee_usd is None
        if job is not None and held.version == "settings":
            held.version, held.weight_frac = job.weight_version, job.weight_frac

    def _leave(self, record: Fill, fee_usd: float | None, *, share: float) -> None:
        """Its result so far; once flat, what the weights added to it."""
        held = self.held.get(record.symbol)
        if held is None:
            return
        held.net_usd += float(record.realized) - (fee_usd or 0.0) * share
        held.unpriced = held.unpriced or fee_usd is None
        if record.position_qty == 0 or share < 1:
            del self.held[record.symbol]
            self._gain(record, held)

    def _gain(self, record: Fill, held: Held) -> None:
        if held.version == "settings" or held.weight_frac is None or held.cost_usd == 0:
            return
        key = f"{record.symbol}|{held.version}"
        gains = self.gains.pop(key, None)
        if gains is None:
            scale = self._scale(Policy(weight_frac=held.weight_frac))
            gains = Gains(symbol=record.symbol, version=held.version, weight_frac=held.weight_frac, scale=scale, since_us=record.ts_us)
        gains.last_us = record.ts_us
        if held.unpriced:
            gains.unpriced += 1
        else:
            gains.gain_usd.add(held.gain_usd)
        remember(self.gains, key, gains, limit=GAINS_KEPT)
