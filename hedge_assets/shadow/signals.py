"""What the live desk asked for, as a column's strategies hear it: the journal's word wherever the live desk could ask.

A column runs the same strategies as the live desk, over the same recorded quotes. Where the live desk was free to ask, what it
asked is journaled, and that is the signal: quotes may be journaled more coarsely than they were seen. Where it was not free (it
held the symbol, or worked an order in it), the journal is silent for another reason, and the column's own strategy is asked.
"""

from collections.abc import Iterator

import msgspec

from executor.records.trading import Intent, Slice
from executor.strategies.base import Strategy, View, Wish


class Signals(msgspec.Struct, kw_only=True):
    """One loop of the live desk. `asked` are its intents by strategy, symbol, side and purpose, `entries` those of them that enter by
    strategy and symbol, `deaf` the symbols it could not ask in, `slices` what it decided over by symbol.

    `errors` and `unknown` (orders by symbol) are troubles with its venue that the model of the venue did not have: they are every
    column's.
    """

    asked: dict[tuple[str, str, str, str], Intent] = {}
    entries: dict[tuple[str, str], Intent] = {}
    deaf: frozenset[str] = frozenset()
    slices: dict[str, Slice] = {}
    errors: int = 0
    unknown: dict[str, int] = {}


class Echo:
    """A strategy of the live desk's, heard through its journal."""

    def __init__(self, name: str, inner: Strategy, signals: Signals) -> None:
        self._name = name
        self._inner = inner
        self._signals = signals

    def wishes(self, view: View) -> Iterator[Wish]:
        """Its own exits; entries as journaled, or its own where the live desk could not ask."""
        signals = self._signals
        heard = {symbol: intent for (name, symbol), intent in signals.entries.items() if name == self._name}
        for wish in self._inner.wishes(view):
            if wish.purpose == "exit":
                yield wish
            elif wish.symbol in heard:
                yield wish_of(heard.pop(wish.symbol))
            elif wish.symbol in signals.deaf:
                yield wish
        for symbol, intent in heard.items():
            look = view.looks.get(symbol)
            if look is not None and look.holding is None and symbol not in view.busy:
                yield wish_of(intent)


def wish_of(intent: Intent) -> Wish:
    """What an intent asked for, before it had a name."""
    return Wish(
        symbol=intent.symbol,
        side=intent.side,
        purpose=intent.purpose,
        reason=intent.reason,
        strength=intent.strength,
        qty=intent.qty,
        stop_bps=intent.stop_bps,
        take_bps=intent.take_bps,
        timeout_s=intent.timeout_s,
    )
