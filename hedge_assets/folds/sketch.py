"""Quantiles of any number of values in little room, right to 1 % of the value, merged without loss.

The sketch of Masson, Rim and Lee (DDSketch, VLDB 2019): a value falls into the bin of its logarithm to the base of
1.01 / 0.99, so that the middle of a bin is never further than 1 % from what fell into it. Counts are whole numbers:
merging is adding them, in any order.
"""

import math

import msgspec

ACCURACY_FRAC = 0.01
RATIO = (1 + ACCURACY_FRAC) / (1 - ACCURACY_FRAC)
LOG_RATIO = math.log(RATIO)
LEAST = 1e-6
MOST = 1e12
ZERO_BIN = -(1 << 31)


class Sketch(msgspec.Struct, array_like=True, gc=False):
    """Counts by bin of values above 0 (`over`) and, by their size, below 0 (`under`); what is nearer to 0 than 1e-6 is `zeros`."""

    over: dict[int, int] = {}
    under: dict[int, int] = {}
    zeros: int = 0

    @property
    def n(self) -> int:
        """How many values there are."""
        return self.zeros + sum(self.over.values()) + sum(self.under.values())

    def add(self, value: float) -> None:
        """One more value; what is beyond 1e12 counts as 1e12."""
        key = bin_of(abs(value))
        if key == ZERO_BIN:
            self.zeros += 1
            return
        bins = self.over if value > 0 else self.under
        bins[key] = bins.get(key, 0) + 1

    def put(self, key: int) -> None:
        """One more value that is not below 0, by its bin."""
        if key == ZERO_BIN:
            self.zeros += 1
        else:
            self.over[key] = self.over.get(key, 0) + 1

    def plus(self, other: "Sketch") -> None:
        """All values of another."""
        self.zeros += other.zeros
        for mine, theirs in ((self.over, other.over), (self.under, other.under)):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count

    def quantile(self, q: float) -> float | None:
        """The least value that at least the share `q` (0..1) of all does not exceed (nearest rank); null without values."""
        total = self.n
        if total == 0:
            return None
        rank = max(0, math.ceil(round(q * total, 9)) - 1)  # 0.05 of 20 is one, however 0.05 was reckoned
        for key in sorted(self.under, reverse=True):
            rank -= self.under[key]
            if rank < 0:
                return -middle(key)
        rank -= self.zeros
        if rank < 0:
            return 0.0
        for key in sorted(self.over):
            rank -= self.over[key]
            if rank < 0:
                return middle(key)
        return None


def bin_of(size: float) -> int:
    """The bin that a size (not below 0) falls into; `ZERO_BIN` for what is too small to matter."""
    return math.ceil(math.log(min(size, MOST)) / LOG_RATIO) if size >= LEAST else ZERO_BIN


def middle(key: int) -> float:
    """The value that stands for a bin: within 1 % of everything in it."""
    return 2.0 * math.exp(key * LOG_RATIO) / (RATIO + 1.0)
