"""What the whole desk is exposed to, symbol by symbol: what accounts hold against each other, and what is left when it is netted."""

from collections.abc import Iterable, Mapping

from pydantic import Field

from hedge_assets.census import Census
from hedge_assets.desk_states.nav import total
from hedge_assets.document import Document, Shape
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.states.nav import Nav
from hedge_assets.states.positions import Positions

EPSILON_USD = 1e-4


class SymbolExposure(Shape):
    """One symbol over all accounts that are known, in USD at their marks."""

    symbol: str
    long_usd: float
    short_usd: float
    net_usd: float = Field(description="long less short: what the desk as a whole bets on")
    gross_usd: float
    netted_usd: float = Field(description="what accounts hold against each other, twice the smaller side: it earns nothing and costs fees")
    holders: tuple[str, ...] = Field(description="accounts that hold it, in the settings' order")


class AccountExposure(Shape):
    """One account; nulls, with a reason, where its own files do not say."""

    account: str
    gross_usd: float | None
    net_usd: float | None
    leverage: float | None = Field(description="gross over its own NAV")
    positions: int | None
    reason: str | None


class DeskExposure(Document):
    """`n` counts symbols that anybody holds. Sums over the desk are null while one account's part is not known."""

    gross_usd: float | None
    net_usd: float | None
    netted_usd: float | None = Field(description="of gross, what accounts hold against each other")
    leverage: float | None = Field(description="gross over the desk's NAV")
    symbols: tuple[SymbolExposure, ...] = Field(description="the largest net first")
    rows: tuple[AccountExposure, ...]


def desk_exposure(positions: Mapping[str, Positions], nav: Mapping[str, Nav], census: Census) -> DeskExposure:
    """The accounts' positions, side by side and added up."""
    symbols = tuple(sorted(by_symbol(positions, census.accounts), key=lambda each: (-abs(each.net_usd), each.symbol)))
    rows = tuple(row(account, positions.get(account), nav.get(account), census) for account in census.accounts)
    gross = total([each.gross_usd for each in rows])
    whole = total([known.nav_usd if (known := nav.get(account)) else None for account in census.accounts])
    incomplete = census.incomplete("positions")
    return DeskExposure(
        status="ok" if symbols else "empty",
        n=len(symbols),
        reason=incomplete or (None if symbols else "flat: no account holds a position"),
        event_us=min((each.event_us for each in positions.values() if each.event_us is not None), default=None),
        gross_usd=gross,
        net_usd=total([each.net_usd for each in rows]),
        netted_usd=None if gross is None else round(sum(each.netted_usd for each in symbols), 8),
        leverage=gross / whole if gross is not None and whole is not None and whole > 0 else None,
        symbols=symbols,
        rows=rows,
    )


def by_symbol(positions: Mapping[str, Positions], accounts: Iterable[str]) -> Iterable[SymbolExposure]:
    """One row for each symbol that an account holds."""
    held: dict[str, dict[str, float]] = {}
    for account in accounts:
        for each in positions[account].positions if account in positions else ():
            held.setdefault(each.symbol, {})[account] = each.notional_usd if each.qty > 0 else -each.notional_usd
    for symbol, values in held.items():
        long, short = sum(value for value in values.values() if value > 0), -sum(value for value in values.values() if value < 0)
        yield SymbolExposure(
            symbol=symbol,
            long_usd=round(long, 8),
            short_usd=round(short, 8),
            net_usd=round(long - short, 8),
            gross_usd=round(long + short, 8),
            netted_usd=round(2 * min(long, short), 8),
            holders=tuple(values),
        )


def row(account: str, held: Positions | None, worth: Nav | None, census: Census) -> AccountExposure:
    """One account's line."""
    nav_usd = worth.nav_usd if worth else None
    gross = held.gross_usd if held else None
    return AccountExposure(
        account=account,
        gross_usd=gross,
        net_usd=held.net_usd if held else None,
        leverage=gross / nav_usd if gross is not None and nav_usd is not None and nav_usd > 0 else None,
        positions=held.n if held and held.gross_usd is not None else None,
        reason=held.reason if held else census.absent.get("positions", {}).get(account, "not there"),
    )


def symbols_add_up(document: DeskExposure) -> str | None:
    """Gross over symbols is gross over accounts."""
    if document.gross_usd is None:
        return None
    gap = document.gross_usd - sum(each.gross_usd for each in document.symbols)
    return None if abs(gap) <= EPSILON_USD * max(1, document.n) else f"gross_usd less that of the symbols was {gap:g}, must be 0"


def sides_make_the_net(document: DeskExposure) -> str | None:
    """Net and what is netted are never more than gross."""
    wrong = [each.symbol for each in document.symbols if abs(each.net_usd) + each.netted_usd - each.gross_usd > EPSILON_USD]
    return f"{wrong[0]}: net and netted are more than gross" if wrong else None


STATE = StateSpec(
    build=desk_exposure,
    file="desk_exposure.json",
    group=Group.ACCOUNT,
    pace=Pace.FAST,
    checks=(Check("symbols_add_up", symbols_add_up), Check("sides_make_the_net", sides_make_the_net)),
)
