"""What Binance USD-M lets be traded, in which steps and with how much leverage: `exchangeInfo` and `leverageBracket`, read here and nowhere
else.

Everybody reads it the same way, with a key or without. A symbol without one of the rules that an order is made by is left out.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from executor.dialects._binance_decoding import decoded, of_ours
from executor.dialects._brackets import bracketed, closed_down, sound
from executor.records.market import Bracket, Instrument
from executor.wire.reply import Unanswered


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol's rules: as everybody sees them, and the step of market orders."""

    instrument: Instrument
    market_step: Decimal


class _Filter(msgspec.Struct, rename="camel"):
    filter_type: str
    tick_size: Decimal | None = None
    step_size: Decimal | None = None
    min_qty: Decimal | None = None
    notional: Decimal | None = None


class _Symbol(msgspec.Struct, rename="camel"):
    symbol: str
    contract_type: str = ""
    status: str = ""
    filters: tuple[_Filter, ...] = ()


class _Info(msgspec.Struct, rename="camel"):
    symbols: msgspec.Raw
    rate_limits: list[dict[str, Any]] = []


class _Bracket(msgspec.Struct, rename="camel"):
    initial_leverage: int
    notional_floor: Decimal
    notional_cap: Decimal
    maint_margin_ratio: Decimal


class _Tiers(msgspec.Struct):
    symbol: str
    brackets: list[_Bracket]


class Info(msgspec.Struct, frozen=True):
    """The rules of every perpetual, and the rows of the venue's rate limits as they came."""

    rules: Mapping[str, Rules]
    rate_limits: list[dict[str, Any]]

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What everybody sees of the rules."""
        return {symbol: rules.instrument for symbol, rules in self.rules.items()}


def info_of(body: bytes, ours: Collection[str] | None = None) -> Info:
    """What an `exchangeInfo` answer says; raises `Unanswered` where it does not say it of `ours` (null: of all), others are left out."""
    info = decoded(body, _Info, "exchangeInfo")
    symbols = of_ours(info.symbols, _Symbol, "exchangeInfo", ours=ours)
    perpetuals = (one for one in symbols if one.contract_type == "PERPETUAL")
    found = {one.symbol: rules for one in perpetuals if (rules := _rules(one)) is not None}
    return Info(found, info.rate_limits)


def _rules(one: _Symbol) -> Rules | None:
    filters = {each.filter_type: each for each in one.filters}
    nothing = _Filter("")
    lot, price = filters.get("LOT_SIZE", nothing), filters.get("PRICE_FILTER", nothing)
    tick, step, least = _usable(price.tick_size), _usable(lot.step_size), lot.min_qty
    if tick is None or step is None or least is None or not least.is_finite():
        return None
    notional = filters.get("MIN_NOTIONAL", nothing).notional or Decimal(0)
    return Rules(
        instrument=Instrument(
            symbol=one.symbol,
            tick_size=plain(tick),
            step_size=plain(step),
            min_qty=plain(least),
            min_notional=plain(notional) if notional.is_finite() else Decimal(0),
            is_trading=one.status == "TRADING",
        ),
        market_step=_usable(filters.get("MARKET_LOT_SIZE", nothing).step_size) or step,
    )


def with_brackets(rules: Mapping[str, Rules], body: bytes, ours: Collection[str] | None = None) -> dict[str, Rules]:
    """The rules with what a `leverageBracket` answer says of each symbol. Raises `Unanswered` where it is not understood, or tells of one
    of `ours` (null: of any) what nobody could go by; of others that is left out."""
    tiers = {}
    for one in of_ours(body, _Tiers, "leverageBracket", ours=ours):
        try:
            tiers[one.symbol] = _brackets(one)
        except Unanswered:
            if one.symbol in rules and (ours is None or one.symbol in ours):
                raise
    return {
        symbol: msgspec.structs.replace(each, instrument=bracketed(each.instrument, tiers.get(symbol, ())))
        for symbol, each in rules.items()
    }


def _brackets(tiers: _Tiers) -> tuple[Bracket, ...]:
    rows = (
        Bracket(
            floor_usd=plain(row.notional_floor),
            cap_usd=plain(row.notional_cap),
            max_leverage=row.initial_leverage,
            maint_margin_frac=plain(row.maint_margin_ratio),
        )
        for row in tiers.brackets
    )
    return sound(tiers.symbol, rows)


def renewed(before: Mapping[str, Rules], now: Mapping[str, Rules]) -> dict[str, Rules]:
    """Today's rules, and of symbols that are named no more those of before, out of trading: what is held there must be left still."""
    gone = {symbol: each for symbol, each in before.items() if symbol not in now}
    closed = {symbol: msgspec.structs.replace(each, instrument=closed_down(each.instrument)) for symbol, each in gone.items()}
    return {**closed, **now}


def _usable(step: Decimal | None) -> Decimal | None:
    return step if step is not None and step.is_finite() and step > 0 else None


def plain(value: Decimal) -> Decimal:
    """A decimal without zeros at its end: 0.10 is 0.1."""
    return Decimal(f"{value.normalize():f}")
