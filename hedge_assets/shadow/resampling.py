"""A paired bootstrap that remembers sums instead of pairs: exact, mergeable, the same in any order.

Each pair is given, for each of `REPLICATES` made-up histories, the number of times it happens in it: Poisson with mean 1, drawn
from the pair's own name (Oza and Russell 2001; Chamandy, Muralidharan, Najmi and Naidu 2012, "Estimating Uncertainty for Massive
Data Streams"). A history's mean is its weighted sum over its weights. Sums are whole numbers (1e-8 USD): adding is exact, so
order, restarts and batches change nothing, and turning the sign of every difference turns that of every history.
"""

import hashlib
import math

import msgspec
import numpy as np
from numpy.typing import NDArray

REPLICATES = 400
TAIL = 10
"""So many histories lie beyond each bound: 2.5 % of them."""
LEAST = 10
"""Fewer draws say nothing of a spread."""

LINES = np.array([round(sum(math.exp(-1) / math.factorial(k) for k in range(n + 1)) * 65_536) for n in range(8)], dtype=np.int64)
"""Where in 0..65535 the counts 0, 1, 2, … of a Poisson with mean 1 end."""
NOTHING = np.zeros(REPLICATES, dtype=np.int64).tobytes()


class Bounds(msgspec.Struct, frozen=True):
    """A 95 % interval of a sum."""

    low: float
    high: float


class Replicates(msgspec.Struct, array_like=True):
    """`n` draws as weighted sums and weights of each history, as bytes of 64-bit whole numbers; `names` are the first few names drawn."""

    n: int = 0
    total: int = 0
    sums: bytes = NOTHING
    weights: bytes = NOTHING
    names: list[str] = []

    def add(self, name: str, amount: int) -> None:
        """One more difference (1e-8 USD), weighted by its name's chance: the same name, the same weights."""
        drawn = weights_of(name)
        self.n += 1
        self.total += amount
        self.sums = (numbers(self.sums) + drawn * amount).tobytes()
        self.weights = (numbers(self.weights) + drawn).tobytes()
        if len(self.names) < LEAST and name not in self.names:
            self.names.append(name)

    def bounds(self) -> Bounds | None:
        """The 95 % interval of the sum (1e-8 USD), by percentiles of `n` times each history's mean; null below ten different names."""
        if len(self.names) < LEAST:
            return None
        weights = numbers(self.weights).astype(np.float64)
        means = np.divide(numbers(self.sums).astype(np.float64), weights, out=np.zeros(REPLICATES), where=weights > 0)
        ordered = np.sort(means)
        return Bounds(float(ordered[TAIL - 1]) * self.n, float(ordered[-TAIL]) * self.n)


def numbers(packed: bytes) -> NDArray[np.int64]:
    """Whole numbers out of bytes."""
    return np.frombuffer(packed, dtype=np.int64)


def weights_of(name: str) -> NDArray[np.int64]:
    """How often a name happens in each history."""
    drawn = np.frombuffer(hashlib.shake_256(name.encode()).digest(2 * REPLICATES), dtype="<u2")
    return np.searchsorted(LINES, drawn, side="right").astype(np.int64)
