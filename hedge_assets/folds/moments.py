"""Count, mean and spread of a stream of numbers, added one at a time and merged."""

import msgspec


class Moments(msgspec.Struct, array_like=True, gc=False):
    """`n` numbers with mean `mean`; `m2` is the sum of squared differences from it (Welford 1962). Mean 0 of none is no fact."""

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0

    def add(self, value: float) -> None:
        """One more number."""
        self.n = n = self.n + 1
        away = value - self.mean
        self.mean = mean = self.mean + away / n
        self.m2 += away * (value - mean)

    def plus(self, other: "Moments") -> None:
        """All numbers of another (Chan, Golub and LeVeque 1979)."""
        if other.n == 0:
            return
        if self.n == 0:
            self.n, self.mean, self.m2 = other.n, other.mean, other.m2
            return
        n = self.n + other.n
        away = other.mean - self.mean
        self.mean += away * other.n / n
        self.m2 += other.m2 + away * away * self.n * other.n / n
        self.n = n

    @property
    def variance(self) -> float | None:
        """The sample variance (n - 1); null below two numbers."""
        return self.m2 / (self.n - 1) if self.n > 1 else None
