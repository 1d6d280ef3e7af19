"""Trades all the time: in where flat, out where not, but for one symbol that is left to its stop at the venue. For the crash rig only."""

from collections.abc import Iterable

import msgspec

from executor.strategies.base import View, Wish

LEFT_TO_ITS_STOP = "SOLUSDT"


class Churn:
    class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """Nothing to set."""

    def __init__(self, params: Params) -> None:
        self._params = params

    def wishes(self, view: View) -> Iterable[Wish]:
        for number, (symbol, look) in enumerate(view.looks.items()):
            held = look.holding
            if held is not None and symbol == LEFT_TO_ITS_STOP:
                continue
            if held is not None:
                side = "sell" if held.qty > 0 else "buy"
                yield Wish(symbol=symbol, side=side, purpose="exit", reason="churn", qty=abs(held.qty))
            elif symbol not in view.busy:
                side = "buy" if (view.ts_us // 50_000 + number) % 2 else "sell"
                yield Wish(symbol=symbol, side=side, purpose="entry", reason="churn")


STRATEGY = Churn
