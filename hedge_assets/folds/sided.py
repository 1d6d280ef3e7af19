"""Sketches of one measure of fills, those that rested and those that took apart."""

import msgspec

from hedge_assets.folds.sketch import Sketch


class Sided(msgspec.Struct, array_like=True, gc=False):
    """Values of maker fills, of taker fills, and of fills that were neither."""

    maker: Sketch = msgspec.field(default_factory=Sketch)
    taker: Sketch = msgspec.field(default_factory=Sketch)
    other: Sketch = msgspec.field(default_factory=Sketch)

    @property
    def every(self) -> Sketch:
        """All values together, fresh."""
        found = Sketch()
        for part in (self.maker, self.taker, self.other):
            found.plus(part)
        return found

    def add(self, value: float, liquidity: str) -> None:
        """One more value, of a fill of this liquidity."""
        (self.maker if liquidity == "maker" else self.taker if liquidity == "taker" else self.other).add(value)

    def plus(self, other: "Sided") -> None:
        """All values of another."""
        self.maker.plus(other.maker)
        self.taker.plus(other.taker)
        self.other.plus(other.other)
