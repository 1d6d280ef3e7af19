"""Sums that a weighted mean, or times with their quantiles, are made of."""

import msgspec

from hedge_assets.folds.sketch import Sketch


class Weighted(msgspec.Struct, array_like=True, gc=False):
    """`n` values, their weights, and the sum of value times weight."""

    n: int = 0
    weight: float = 0.0
    total: float = 0.0

    def add(self, value: float | None, weight: float) -> None:
        """One more value; an unknown one is none."""
        if value is not None:
            self.n += 1
            self.weight += weight
            self.total += value * weight

    def plus(self, other: "Weighted") -> None:
        """All values of another."""
        self.n += other.n
        self.weight += other.weight
        self.total += other.total

    @property
    def mean(self) -> float | None:
        """The weighted mean; null without weight."""
        return self.total / self.weight if self.weight > 0 else None


class Lasting(msgspec.Struct, array_like=True, gc=False):
    """How long things took, in ms: their sum, and a sketch of them."""

    total: float = 0.0
    sketch: Sketch = msgspec.field(default_factory=Sketch)

    def add(self, ms: float | None) -> None:
        """One more; an unknown one is none."""
        if ms is not None:
            self.total += ms
            self.sketch.add(ms)

    def plus(self, other: "Lasting") -> None:
        """All of another."""
        self.total += other.total
        self.sketch.plus(other.sketch)


def more(counts: dict[str, int], word: str) -> None:
    """One more of these."""
    counts[word] = counts.get(word, 0) + 1
