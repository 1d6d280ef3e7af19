"""Closed trades by the million as sums by group: what `TradeTally` counts one by one, counted in arrays.

    batches of columns ──▶ GroupSums   everything that does not depend on order
    ordered nets       ──▶ GroupCourse the running sum of each group and of all, and its deepest fall

Both take any number of batches and keep nothing of them, so that memory does not grow with the number of trades.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
import numpy as np
import numpy.typing as npt

from hedge_assets.folds.moments import Moments
from hedge_assets.folds.sketch import LEAST, LOG_RATIO, MOST, Sketch
from hedge_assets.folds.tally import TradeTally

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Groups = npt.NDArray[np.uint16]

LOWEST_BIN = int(np.floor(np.log(LEAST) / LOG_RATIO)) - 1
BINS = int(np.ceil(np.log(MOST) / LOG_RATIO)) + 2 - LOWEST_BIN
PIECE = 65_536
BYTE = 256
PART = 32_768
"""Rows that are counted at a time: what fits into a processor's own memory is several times faster."""
SUMS = {"fees_usd": "fees", "funding_usd": "funding", "notional_usd": "notional", "traded_usd": "traded", "maker_usd": "maker"}
MEANS = {"adverse_bps": "adverse", "favourable_bps": "favourable"}


class Batch(msgspec.Struct, frozen=True):
    """Columns of trades: `groups` by number from 0, `net` in USD, `closed` times, and by name what else is known, NaN where it is not.

    Names: notional, fees, funding, traded, maker, risk (USD), adverse, favourable (bps), held (s).
    """

    groups: Groups
    net: Floats
    closed: Ints
    measured: Mapping[str, Floats]


class Segments:
    """Rows sorted by group: where each group lies, and sums over each."""

    def __init__(self, counts: Ints) -> None:
        self.counts = counts
        self.present = np.flatnonzero(counts)
        ends = np.cumsum(counts[self.present])
        self.starts = ends - counts[self.present]

    def total(self, values: Floats) -> Floats:
        """The sum of each group, 0 for one without rows."""
        sums = np.zeros(len(self.counts))
        if len(values):
            sums[self.present] = np.add.reduceat(values, self.starts)
        return sums

    def count(self, holds: npt.NDArray[np.bool_]) -> Ints:
        """In how many rows of each group it holds."""
        sums = np.zeros(len(self.counts), np.int64)
        if len(holds):
            sums[self.present] = np.add.reduceat(holds.view(np.int8), self.starts, dtype=np.int64)
        return sums

    def newest(self, times: Ints) -> Ints:
        """The greatest of each group, 0 for one without rows."""
        found = np.zeros(len(self.counts), np.int64)
        if len(times):
            found[self.present] = np.maximum.reduceat(times, self.starts)
        return found

    def kept(self, holds: npt.NDArray[np.bool_]) -> "Segments":
        """The same groups, of the rows where it holds."""
        return Segments(self.count(holds))


class Spreads:
    """`Moments` of each group: counts, means and sums of squared differences from them, as arrays."""

    def __init__(self, groups: int) -> None:
        self.n = np.zeros(groups, np.int64)
        self.mean = np.zeros(groups)
        self.m2 = np.zeros(groups)

    def add(self, values: Floats, segments: Segments) -> None:
        """All values of a batch (Chan, Golub and LeVeque 1979)."""
        counts = segments.counts
        mean = segments.total(values) / np.maximum(counts, 1)
        away = np.repeat(mean, counts)
        np.subtract(values, away, out=away)
        away *= away
        m2 = segments.total(away)
        n = self.n + counts
        shift = np.where(counts > 0, mean - self.mean, 0.0)
        part = counts / np.maximum(n, 1)
        self.m2 += m2 + shift * shift * self.n * part
        self.mean += shift * part
        self.n = n

    def moments(self, group: int) -> Moments:
        """One group's, as a tally keeps them."""
        return Moments(int(self.n[group]), float(self.mean[group]), float(self.m2[group]))


class GroupSums:
    """What trades add up to by group, in any order; `seen` counts rows in which a measure was known.

    A unit of the closing times is `unit_us` microseconds.
    """

    def __init__(self, groups: int, *, unit_us: int = 1) -> None:
        self.groups, self.unit_us = groups, unit_us
        self.n, self.wins, self.losses = (np.zeros(groups, np.int64) for _ in range(3))
        self.won, self.lost = np.zeros(groups), np.zeros(groups)
        self.sums = {name: np.zeros(groups) for name in SUMS}
        self.usd, self.bps, self.r = (Spreads(groups) for _ in range(3))
        self.means = {name: Spreads(groups) for name in MEANS}
        self.held = np.zeros((groups, BINS), np.int64)
        self.held_zeros = np.zeros(groups, np.int64)
        self.newest = np.zeros(groups, np.int64)
        self.seen: dict[str, int] = {}

    def add(self, batch: Batch) -> None:
        """All trades of a batch. Raises ValueError when one earned what is not a finite number."""
        for start in range(0, len(batch.net), PART):
            part = slice(start, start + PART)
            self._add(batch.groups[part], batch.net[part], batch.closed[part], {name: each[part] for name, each in batch.measured.items()})

    def _add(self, groups: Groups, nets: Floats, closed: Ints, measured: Mapping[str, Floats]) -> None:
        order = np.argsort(groups.astype(np.uint8) if self.groups <= BYTE else groups, kind="stable")
        segments = Segments(np.bincount(groups, minlength=self.groups))
        net = nets[order]
        won, lost = segments.total(np.maximum(net, 0.0)), segments.total(np.minimum(net, 0.0))
        if not np.isfinite(won.sum() + lost.sum()):
            raise ValueError("a trade earned what is not a finite number")
        self.n += segments.counts
        self.wins += segments.count(net > 0)
        self.losses += segments.count(net < 0)
        self.won += won
        self.lost -= lost
        self.usd.add(net, segments)
        self.newest = np.maximum(self.newest, segments.newest(closed[order]))
        self._measure({name: values[order] for name, values in measured.items()}, net, segments)

    def _measure(self, measured: Mapping[str, Floats], net: Floats, segments: Segments) -> None:
        for total, name in SUMS.items():
            if name in measured:
                self._sum(total, name, measured[name], segments)
        for spread, name, scale in ((self.bps, "notional", 1e4), (self.r, "risk", 1.0)):
            if name in measured:
                _ratios(spread, net * scale, measured[name], segments)
        for total, name in MEANS.items():
            if name in measured:
                holds = ~np.isnan(measured[name])
                self.means[total].add(measured[name][holds], segments.kept(holds))
        if "held" in measured:
            self._hold(measured["held"], segments)

    def _sum(self, total: str, name: str, values: Floats, segments: Segments) -> None:
        sums = segments.total(values)
        known = len(values)
        if np.isnan(sums).any():
            known = int(np.count_nonzero(~np.isnan(values)))
            sums = segments.total(np.nan_to_num(values, nan=0.0))
        self.seen[name] = self.seen.get(name, 0) + known
        self.sums[total] += sums

    def _hold(self, held: Floats, segments: Segments) -> None:
        """Count holding times by bin of their logarithm, as `Sketch` does."""
        counted, inside = held >= LEAST, segments
        if not counted.all():
            self.held_zeros += segments.count(held < LEAST)
            held, inside = held[counted], segments.kept(counted)
        if not len(held):
            return
        bins = np.ceil(np.log(np.minimum(held, MOST)) / LOG_RATIO).astype(np.int64)
        low, high = int(bins.min()), int(bins.max())
        width = high - low + 1
        bins += np.repeat(np.arange(self.groups) * width - low, inside.counts)
        found = np.bincount(bins, minlength=self.groups * width).reshape(self.groups, width)
        self.held[:, low - LOWEST_BIN : high - LOWEST_BIN + 1] += found

    def tally(self, group: int, course: "GroupCourse") -> TradeTally:
        """One group as a tally. Money is as exact as the numbers were that it came from."""
        sums = {total: _exact(values[group]) for total, values in self.sums.items()}
        won, lost = _exact(self.won[group]), _exact(self.lost[group])
        return TradeTally(
            n=int(self.n[group]),
            wins=int(self.wins[group]),
            losses=int(self.losses[group]),
            won_usd=won,
            lost_usd=lost,
            gross_usd=won - lost + sums["fees_usd"] - sums["funding_usd"],
            **sums,
            **course.extremes(group),
            usd=self.usd.moments(group),
            bps=self.bps.moments(group),
            r=self.r.moments(group),
            adverse_bps=self.means["adverse_bps"].moments(group),
            favourable_bps=self.means["favourable_bps"].moments(group),
            held_s=self._sketch(group),
            last_us=int(self.newest[group]) * self.unit_us,
        )

    def whole(self, course: "GroupCourse") -> TradeTally:
        """All groups as one tally: its sums are theirs, its course that of the whole sequence."""
        whole = TradeTally()
        for group in range(self.groups):
            whole.plus(self.tally(group, course))
        extremes = course.extremes(self.groups)
        whole.high_usd, whole.low_usd, whole.fall_usd = extremes["high_usd"], extremes["low_usd"], extremes["fall_usd"]
        return whole

    def _sketch(self, group: int) -> Sketch:
        row = self.held[group]
        over = {int(at) + LOWEST_BIN: int(row[at]) for at in np.flatnonzero(row)}
        return Sketch(over=over, zeros=int(self.held_zeros[group]))


class GroupCourse:
    """The running sum of nets from 0, of each group and (the last) of all of them: extremes, and the deepest fall from a high."""

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self.running, self.high, self.low, self.fall = (np.zeros(groups + 1) for _ in range(4))

    def add(self, groups: Groups, net: Floats) -> None:
        """Trades in their order, after those that are in."""
        self._follow(self.groups, net)
        order = np.argsort(groups.astype(np.uint8) if self.groups <= BYTE else groups, kind="stable")
        sorted_net = net[order]
        counts = np.bincount(groups, minlength=self.groups)
        ends = np.cumsum(counts)
        for group in np.flatnonzero(counts).tolist():
            self._follow(group, sorted_net[ends[group] - counts[group] : ends[group]])

    def _follow(self, at: int, net: Floats) -> None:
        for start in range(0, len(net), PIECE):
            path = np.cumsum(net[start : start + PIECE])
            path += self.running[at]
            peaks = np.maximum.accumulate(path)
            np.maximum(peaks, self.high[at], out=peaks)
            self.running[at], self.high[at] = path[-1], peaks[-1]
            self.low[at] = min(self.low[at], path.min())
            peaks -= path
            self.fall[at] = max(self.fall[at], peaks.max())

    def extremes(self, at: int) -> dict[str, Decimal]:
        """One group's, or at `groups` all of them, as a tally names them."""
        return {"high_usd": _exact(self.high[at]), "low_usd": _exact(self.low[at]), "fall_usd": _exact(self.fall[at])}


def _ratios(spread: Spreads, gains: Floats, base: Floats, segments: Segments) -> None:
    """Gains over a notional or an initial risk, of the trades that have one."""
    holds = base > 0
    if holds.all():
        spread.add(gains / base, segments)
    else:
        spread.add(gains[holds] / base[holds], segments.kept(holds))


def _exact(amount: np.float64) -> Decimal:
    return Decimal(repr(float(amount)))
