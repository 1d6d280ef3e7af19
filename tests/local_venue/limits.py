"""Request weight and order counts: the headers on every answer, 429 beyond a budget, 418 for who goes on."""

from tests.local_venue.refusals import Refusal

MINUTE_MS, TEN_S_MS = 60_000, 10_000
SO = "Please use the websocket for live updates to avoid"


class Limits:
    """The budgets, and what of them is spent in the running windows of the venue's clock. Tests may set every field."""

    def __init__(self, *, weight_1m: int = 2_400, orders_10s: int = 300, orders_1m: int = 1_200) -> None:
        self.weight_1m, self.orders_10s, self.orders_1m = weight_1m, orders_10s, orders_1m
        self.ban_after, self.ban_ms = 20, 120_000
        self.banned_until_ms = 0
        self._spent: dict[str, tuple[int, int]] = {}
        self._refused = 0

    def document(self) -> list[dict[str, object]]:
        """As `exchangeInfo` tells them."""
        return [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": self.weight_1m},
            {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": self.orders_1m},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": self.orders_10s},
        ]

    def spend(self, now_ms: int, weight: int, *, is_order: bool) -> dict[str, str]:
        """Count one request; the headers to answer with. Raises `Refusal` (429, 418) with Retry-After beyond a budget."""
        used = self._count("weight", now_ms, MINUTE_MS, weight)
        headers = {"X-MBX-USED-WEIGHT-1M": str(used)}
        if now_ms < self.banned_until_ms:
            raise self._banned(now_ms, headers)
        if used > self.weight_1m:
            self._refused += 1
            if self._refused > self.ban_after:
                self.banned_until_ms = now_ms + self.ban_ms
                raise self._banned(now_ms, headers)
            msg = f"Too many requests; current limit is {self.weight_1m} requests per minute. {SO} polling the API."
            raise Refusal(-1003, msg, 429, headers | _retry(MINUTE_MS - now_ms % MINUTE_MS))
        self._refused = 0
        if is_order:
            headers |= self._orders(now_ms, headers)
        return headers

    def _orders(self, now_ms: int, headers: dict[str, str]) -> dict[str, str]:
        soon, later = self._count("10s", now_ms, TEN_S_MS, 1), self._count("1m", now_ms, MINUTE_MS, 1)
        counted = {"X-MBX-ORDER-COUNT-10S": str(soon), "X-MBX-ORDER-COUNT-1M": str(later)}
        for used, limit, span_ms, words in (
            (soon, self.orders_10s, TEN_S_MS, "10 SECOND"),
            (later, self.orders_1m, MINUTE_MS, "1 MINUTE"),
        ):
            if used > limit:
                msg = f"Too many new orders; current limit is {limit} orders per {words}."
                raise Refusal(-1015, msg, 429, headers | counted | _retry(span_ms - now_ms % span_ms))
        return counted

    def _count(self, name: str, now_ms: int, span_ms: int, more: int) -> int:
        window = now_ms // span_ms
        known, used = self._spent.get(name, (window, 0))
        used = used + more if known == window else more
        self._spent[name] = (window, used)
        return used

    def _banned(self, now_ms: int, headers: dict[str, str]) -> Refusal:
        msg = f"Way too much request weight used; IP banned until {self.banned_until_ms}. {SO} bans."
        return Refusal(-1003, msg, 418, headers | _retry(self.banned_until_ms - now_ms))


def _retry(ms: int) -> dict[str, str]:
    return {"Retry-After": str(max(1, -(-ms // 1_000)))}
