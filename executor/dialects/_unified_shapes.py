"""Where an answer's rows are and what each of them tells: an answer that lacks its list is none, and never means that nothing is there."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from executor.dialects._exact import exact
from executor.wire.reply import UNREADABLE, Unanswered


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one kind of answer.

    `at` is the way through its objects to what counts (`result.list`; empty for the answer itself): a list of rows, else one row
    (`is_list`), else a bare word (`is_word`). Each row tells `words`, `numbers` and `amounts` (numbers that are not negative) by these
    names, which may be ways as well.
    """

    at: str = ""
    is_list: bool = True
    is_word: bool = False
    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()

    def lack(self, answer: Any) -> str:
        """What an answer lacks of this form; empty where it is of it."""
        found = reached(answer, self.at)
        if self.is_word:
            return "" if isinstance(found, str) else "it is no word"
        rows = found if self.is_list else [found]
        if not isinstance(rows, list):
            return f"there is no list at {self.at or 'the top'}"
        return next((lack for row in rows if (lack := self._lack_of_row(row))), "")

    def _lack_of_row(self, row: Any) -> str:
        asked = (*self.words, *self.numbers, *self.amounts)
        if (asked or not self.is_list) and not isinstance(row, dict):
            return "a row is no object"
        for name in asked:
            told = reached(row, name)
            number = None if name in self.words else exact(told)
            is_word = name in self.words and isinstance(told, str) and told != ""
            if not is_word and (number is None or (number < 0 and name in self.amounts)):
                return f"a row tells no usable {name}"
        return ""


def reached(value: Any, way: str) -> Any:
    """What stands at the end of a way through objects; null where it leads nowhere."""
    for name in way.split(".") if way else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value


def asked_for(url: str, body: Any) -> str:
    """What a request asks for: the word in its body where one address answers everything, else the last two parts of its path."""
    if isinstance(body, str):
        try:
            kind = reached(whole(body.encode()), "type")
        except Unanswered:
            kind = None
        if isinstance(kind, str):
            return kind
    return "/".join(urlsplit(url).path.split("/")[-2:])


def whole(body: bytes) -> Any:
    """A body as JSON; raises `Unanswered`."""
    try:
        return msgspec.json.decode(body)
    except UNREADABLE:
        raise Unanswered("the answer is no JSON that can be read") from None


def holds_list(value: Any) -> bool:
    """Whether a list stands at the top of an answer, or two steps below: what says that there are no rows must show an empty one."""
    for _ in range(3):
        if isinstance(value, list):
            return True
        inner = list(value.values()) if isinstance(value, dict) else []
        if any(isinstance(one, list) for one in inner):
            return True
        value = next((one for one in inner if isinstance(one, dict)), None)
    return False


_BYBIT_ORDER = Shape(at="result.list", words=("symbol", "orderId", "side", "orderStatus"), amounts=("qty", "createdTime"))
BYBIT: Mapping[str, Shape] = {
    "market/instruments-info": Shape(at="result.list", words=("symbol", "status")),
    "market/risk-limit": Shape(at="result.list", words=("symbol",)),
    "market/tickers": Shape(at="result.list", words=("symbol",)),
    "order/realtime": _BYBIT_ORDER,
    "order/history": _BYBIT_ORDER,
    "execution/list": Shape(
        at="result.list", words=("symbol", "execId"), numbers=("execFee",), amounts=("execPrice", "execQty", "execTime")
    ),
    "position/list": Shape(at="result.list", words=("symbol",), amounts=("size",)),
    "account/wallet-balance": Shape(at="result.list", words=("accountType",)),
    "account/transaction-log": Shape(at="result.list"),
    "account/contract-transaction-log": Shape(at="result.list"),
    "account/info": Shape(at="result", is_list=False),
    "user/query-api": Shape(at="result", is_list=False, numbers=("uta",)),
}
_OKX_ORDER = Shape(at="data", words=("instId", "ordId", "side", "state"), amounts=("sz", "cTime"))
OKX: Mapping[str, Shape] = {
    "": Shape(at="data"),
    "account/config": Shape(at="data", words=("posMode",)),
    "account/positions": Shape(at="data", words=("instId", "posSide"), numbers=("pos",)),
    "trade/order": _OKX_ORDER,
    "trade/orders-pending": _OKX_ORDER,
    "trade/orders-history": _OKX_ORDER,
    "trade/orders-history-archive": _OKX_ORDER,
    "trade/fills-history": Shape(at="data", words=("instId", "tradeId", "ordId"), numbers=("fee",), amounts=("fillPx", "fillSz", "ts")),
}
_HYPERLIQUID_FILL = Shape(words=("coin",), numbers=("fee",), amounts=("px", "sz", "oid", "tid", "time"))
_HYPERLIQUID_RESTING = Shape(words=("coin", "side"), amounts=("oid", "sz", "timestamp"))
HYPERLIQUID: Mapping[str, Shape] = {
    "clearinghouseState": Shape(at="assetPositions", words=("position.coin",), numbers=("position.szi",)),
    "spotClearinghouseState": Shape(at="balances", words=("coin",)),
    "frontendOpenOrders": _HYPERLIQUID_RESTING,
    "openOrders": _HYPERLIQUID_RESTING,
    "historicalOrders": Shape(words=("order.coin", "status"), amounts=("order.oid", "order.timestamp")),
    "orderStatus": Shape(is_list=False, words=("status",)),
    "userFills": _HYPERLIQUID_FILL,
    "userFillsByTime": _HYPERLIQUID_FILL,
    "userFunding": Shape(),
    "userNonFundingLedgerUpdates": Shape(),
    "metaAndAssetCtxs": Shape(),
    "exchangeStatus": Shape(is_list=False, amounts=("time",)),
    "userAbstraction": Shape(is_word=True),
}
