"""A strategy that the market prompts: a quote whose bid holds a number of `PROMPTS` is a wish, once, after one that
held another."""

from collections.abc import Iterable

import msgspec

from executor.strategies.base import View, Wish

PROMPTS = {7.101: "buy", 7.102: "sell", 7.103: "exit"}


class Prompted:
    class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        pass

    def __init__(self, params: Params) -> None:
        self._seen: dict[str, float] = {}

    def wishes(self, view: View) -> Iterable[Wish]:
        for symbol, look in view.looks.items():
            prompt, before = look.quote.bid_qty, self._seen.get(symbol)
            self._seen[symbol] = prompt
            word = PROMPTS.get(prompt, "")
            if before is None or prompt == before or not word:
                continue
            if word != "exit":
                yield Wish(symbol=symbol, side=word, purpose="entry", reason="prompted")
            elif look.holding is not None:
                qty = look.holding.qty
                yield Wish(symbol=symbol, side="sell" if qty > 0 else "buy", purpose="exit", reason="prompted", qty=abs(qty))


STRATEGY = Prompted
