"""Binance's books in our words: trades, positions, money, the ledger, modes and keys."""

from collections.abc import Collection, Mapping
from decimal import Decimal

import msgspec

from executor.dialects._binance_decoding import Ms, decoded, of_ours
from executor.dialects._binance_orders import SIDES
from executor.protocol.facts import IncomeFact, KeyFact, Margin, ModeFact, MoneyFact, PositionFact, TradeFact
from executor.wire.reply import Unanswered

EXPLAINED = frozenset({"COMMISSION", "REALIZED_PNL"})
"""Income that trades tell already."""

TRANSFERS = frozenset(
    {
        "TRANSFER",
        "INTERNAL_TRANSFER",
        "CROSS_COLLATERAL_TRANSFER",
        "STRATEGY_UMFUTURES_TRANSFER",
        "COIN_SWAP_DEPOSIT",
        "COIN_SWAP_WITHDRAW",
    }
)
MARGINS: Mapping[str, Margin] = {"CROSSED": "cross", "CROSS": "cross", "ISOLATED": "isolated"}


class _Trade(msgspec.Struct):
    id: int
    orderId: int  # noqa: N815 - the venue's words, here and below
    symbol: str
    side: str
    price: Decimal
    qty: Decimal
    commission: Decimal
    commissionAsset: str  # noqa: N815
    maker: bool
    time: Ms
    realizedPnl: Decimal | None = None  # noqa: N815


class _Position(msgspec.Struct):
    symbol: str
    positionAmt: Decimal  # noqa: N815
    entryPrice: Decimal  # noqa: N815
    markPrice: Decimal | None = None  # noqa: N815
    unRealizedProfit: Decimal | None = None  # noqa: N815
    liquidationPrice: Decimal | None = None  # noqa: N815


class _Config(msgspec.Struct):
    symbol: str
    leverage: int
    marginType: str  # noqa: N815


class _Asset(msgspec.Struct):
    asset: str
    walletBalance: Decimal  # noqa: N815


class _Account(msgspec.Struct):
    totalWalletBalance: Decimal  # noqa: N815
    totalUnrealizedProfit: Decimal  # noqa: N815
    totalInitialMargin: Decimal  # noqa: N815
    availableBalance: Decimal  # noqa: N815
    assets: list[_Asset] = []


class _Income(msgspec.Struct):
    incomeType: str  # noqa: N815
    income: Decimal
    asset: str
    time: Ms
    tranId: int | str  # noqa: N815
    symbol: str = ""
    info: str = ""


class _Rights(msgspec.Struct):
    enableFutures: bool  # noqa: N815
    enableWithdrawals: bool | None = None  # noqa: N815
    enableInternalTransfer: bool | None = None  # noqa: N815
    permitsUniversalTransfer: bool | None = None  # noqa: N815
    enableMargin: bool | None = None  # noqa: N815
    enableSpotAndMarginTrading: bool | None = None  # noqa: N815
    enableVanillaOptions: bool | None = None  # noqa: N815
    enablePortfolioMarginTrading: bool | None = None  # noqa: N815
    ipRestrict: bool | None = None  # noqa: N815
    tradingAuthorityExpirationTime: Ms | None = None  # noqa: N815


class _Sides(msgspec.Struct):
    dualSidePosition: bool  # noqa: N815


class _Assets(msgspec.Struct):
    multiAssetsMargin: bool  # noqa: N815


def trades_of(body: bytes) -> list[TradeFact]:
    """Trades of a page, all of them or none: each counts in a position. Raises `Unanswered`."""
    return [_trade(raw) for raw in decoded(body, list[_Trade], "userTrades")]


def _trade(raw: _Trade) -> TradeFact:
    side = SIDES.get(raw.side)
    if side is None or raw.qty <= 0 or raw.price <= 0:
        raise Unanswered(f"trade {raw.id} of {raw.symbol} was told with side {raw.side!r}, quantity {raw.qty} and price {raw.price}")
    return TradeFact(
        trade_id=str(raw.id),
        order_id=str(raw.orderId),
        client_id=None,
        symbol=raw.symbol,
        side=side,
        price=raw.price,
        qty=raw.qty,
        fee=raw.commission,
        fee_asset=raw.commissionAsset,
        is_maker=raw.maker,
        realized=raw.realizedPnl,
        ts_us=raw.time * 1_000,
    )


def positions_of(body: bytes, config: Mapping[str, tuple[int, Margin]]) -> list[PositionFact]:
    """Positions that are not 0, with leverage and margin where `config` tells them; raises `Unanswered`."""
    return [_position(raw, config) for raw in decoded(body, list[_Position], "positionRisk") if raw.positionAmt]


def _position(raw: _Position, config: Mapping[str, tuple[int, Margin]]) -> PositionFact:
    if raw.entryPrice < 0 or (raw.markPrice is not None and raw.markPrice < 0):
        raise Unanswered(f"the position in {raw.symbol} was told with entry price {raw.entryPrice} and mark price {raw.markPrice}")
    return PositionFact(
        symbol=raw.symbol,
        qty=raw.positionAmt,
        entry_price=raw.entryPrice,
        mark_price=raw.markPrice,
        unrealised=raw.unRealizedProfit,
        liquidation_price=raw.liquidationPrice or None,
        leverage=config[raw.symbol][0] if raw.symbol in config else None,
        margin=config[raw.symbol][1] if raw.symbol in config else None,
    )


def config_of(body: bytes, ours: Collection[str] | None = None) -> dict[str, tuple[int, Margin]]:
    """Leverage and margin by symbol; raises `Unanswered` where those of `ours` (null: of all) are not understood."""
    rows = of_ours(body, _Config, "symbolConfig", ours=ours)
    return {row.symbol: (row.leverage, MARGINS[row.marginType.upper()]) for row in rows if row.marginType.upper() in MARGINS}


def money_of(body: bytes) -> MoneyFact:
    """The wallet; raises `Unanswered`."""
    raw = decoded(body, _Account, "account")
    return MoneyFact(
        wallet=raw.totalWalletBalance,
        unrealised=raw.totalUnrealizedProfit,
        margin=raw.totalInitialMargin,
        available=raw.availableBalance,
        balances={row.asset: row.walletBalance for row in raw.assets if row.walletBalance},
    )


def income_of(body: bytes) -> list[IncomeFact]:
    """What of a page of the ledger no trade explains; raises `Unanswered`."""
    return [_income(raw) for raw in decoded(body, list[_Income], "income") if raw.incomeType not in EXPLAINED]


def _income(raw: _Income) -> IncomeFact:
    kind = raw.incomeType
    return IncomeFact(
        income_id=f"{kind}-{raw.tranId}-{raw.asset}",
        kind="funding" if kind == "FUNDING_FEE" else "transfer" if kind in TRANSFERS else "other",
        symbol=raw.symbol,
        asset=raw.asset,
        amount=raw.income,
        detail=kind if raw.info in ("", kind) else f"{kind} {raw.info}",
        ts_us=raw.time * 1_000,
    )


def income_times_ms(body: bytes) -> list[int]:
    """The times of every row of a page, explained ones included: for paging. Raises `Unanswered`."""
    return [raw.time for raw in decoded(body, list[_Income], "income")]


def rights_of(body: bytes) -> KeyFact:
    """What the key may do; raises `Unanswered`."""
    raw = decoded(body, _Rights, "apiRestrictions")
    other = {
        "margin loans": raw.enableMargin,
        "spot and margin trading": raw.enableSpotAndMarginTrading,
        "options": raw.enableVanillaOptions,
        "portfolio margin": raw.enablePortfolioMarginTrading,
    }
    return KeyFact(
        can_trade=raw.enableFutures,
        can_withdraw=raw.enableWithdrawals,
        can_transfer=_either(raw.enableInternalTransfer, raw.permitsUniversalTransfer),
        is_address_bound=raw.ipRestrict,
        beyond=tuple(name for name, may in other.items() if may),
        expires_us=raw.tradingAuthorityExpirationTime * 1_000 if raw.tradingAuthorityExpirationTime else None,
    )


def _either(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - two answers of the venue
    """Whether either way of moving money out is open; null where one of them is not told and the other is shut."""
    if one or other:
        return True
    return None if one is None or other is None else False


def mode_of(sides: bytes, assets: bytes) -> ModeFact:
    """Hedge mode and margin of several assets, from their two answers; raises `Unanswered`."""
    return ModeFact(
        is_hedged=decoded(sides, _Sides, "positionSide/dual").dualSidePosition,
        is_multi_asset=decoded(assets, _Assets, "multiAssetsMargin").multiAssetsMargin,
    )
