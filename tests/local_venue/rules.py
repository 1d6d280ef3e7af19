"""What may be traded and in which steps: a small exchangeInfo document with the fields of the real one."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """One bracket of `leverageBracket`: up to `cap` USD of value."""

    cap: Decimal
    leverage: int
    rate: Decimal


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one symbol. A test replaces them in `venue.rules` to change them in mid-run; `start` is its first price."""

    symbol: str
    base: str
    start: Decimal
    tick: Decimal
    step: Decimal
    price_places: int
    qty_places: int
    min_notional: Decimal = Decimal(5)
    max_qty: Decimal = Decimal(1_000_000)
    max_market_qty: Decimal = Decimal(500_000)
    up: Decimal = Decimal("1.05")
    down: Decimal = Decimal("0.95")
    max_orders: int = 200
    max_algo_orders: int = 10
    max_leverage: int = 125
    maintenance: Decimal = Decimal("0.004")
    status: str = "TRADING"
    tiers: tuple[Tier, ...] = ()

    @property
    def brackets(self) -> tuple[Tier, ...]:
        """What leverage and maintenance margin go by: one bracket where no others are set."""
        return self.tiers or (Tier(cap=Decimal(100_000_000), leverage=self.max_leverage, rate=self.maintenance),)

    def maintained(self, value: Decimal) -> Decimal:
        """Maintenance margin of a position of this value: each bracket's rate on the part that lies in it."""
        floor = total = Decimal(0)
        for tier in self.brackets:
            total += max(Decimal(0), min(value, tier.cap) - floor) * tier.rate
            floor = tier.cap
        return total

    def most(self, leverage: int) -> Decimal:
        """The largest value of a position at this leverage."""
        return max((tier.cap for tier in self.brackets if tier.leverage >= leverage), default=Decimal(0))


KNOWN = {
    # symbol: first price, tick, step, places of price and quantity, least notional
    "BTCUSDT": ("60000", "0.10", "0.001", 2, 3, "100"),
    "ETHUSDT": ("3000", "0.01", "0.001", 2, 3, "20"),
    "SOLUSDT": ("150", "0.0100", "0.01", 4, 2, "5"),
    "XRPUSDT": ("0.6", "0.0001", "0.1", 4, 1, "5"),
    "BNBUSDT": ("580", "0.010", "0.01", 3, 2, "5"),
    "ENAUSDT": ("0.4", "0.0001", "1", 7, 0, "5"),
    "SUIUSDT": ("1.5", "0.000100", "0.1", 6, 1, "5"),
    "TONUSDT": ("5.6", "0.0001", "0.1", 7, 1, "5"),
}
OTHERS = ("1", "0.0001", "1", 4, 0, "5")


def rules_of(symbol: str) -> Rules:
    """The rules of a symbol, those of a small coin where it is not known."""
    start, tick, step, price_places, qty_places, least = KNOWN.get(symbol, OTHERS)
    is_large = symbol in ("BTCUSDT", "ETHUSDT")
    return Rules(
        symbol=symbol,
        base=symbol.removesuffix("USDT"),
        start=Decimal(start),
        tick=Decimal(tick),
        step=Decimal(step),
        price_places=price_places,
        qty_places=qty_places,
        min_notional=Decimal(least),
        max_qty=Decimal(1_000) if is_large else Decimal(10_000_000),
        max_market_qty=Decimal(120) if is_large else Decimal(2_000_000),
    )


def exchange_info(every: Iterable[Rules], now_ms: int, limits: list[dict[str, Any]]) -> dict[str, Any]:
    """The document of `GET /fapi/v1/exchangeInfo`."""
    return {
        "timezone": "UTC",
        "serverTime": now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": limits,
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": [_symbol(rules) for rules in every],
    }


def _symbol(rules: Rules) -> dict[str, Any]:
    return {
        "symbol": rules.symbol,
        "pair": rules.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "status": rules.status,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": rules.base,
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": rules.price_places,
        "quantityPrecision": rules.qty_places,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10000,
        "filters": _filters(rules),
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "permissionSets": ["GRID", "COPY"],
    }


def _filters(rules: Rules) -> list[dict[str, Any]]:
    least = str(rules.step)
    return [
        {"filterType": "PRICE_FILTER", "minPrice": str(rules.tick), "maxPrice": "4529764", "tickSize": str(rules.tick)},
        {"filterType": "LOT_SIZE", "minQty": least, "maxQty": str(rules.max_qty), "stepSize": str(rules.step)},
        {"filterType": "MARKET_LOT_SIZE", "minQty": least, "maxQty": str(rules.max_market_qty), "stepSize": str(rules.step)},
        {"filterType": "MAX_NUM_ORDERS", "limit": rules.max_orders},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": rules.max_algo_orders},
        {"filterType": "MIN_NOTIONAL", "notional": str(rules.min_notional)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": f"{rules.up:.4f}",
            "multiplierDown": f"{rules.down:.4f}",
            "multiplierDecimal": "4",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ]
