"""Documents of accounts, for tests of what is made over them."""

from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.census import Census
from hedge_assets.folds.account import Account
from hedge_assets.folds.ledger import Ledger
from hedge_assets.states.nav import Nav, nav
from hedge_assets.states.positions import Held, Positions, positions

STATES = {state.name: state for state in scan()}
FLAGS = read_flags({})
NOTHING_NAV, NOTHING_HELD = nav(Account(), Ledger()), positions(Account(), Ledger(), now_us=0)


def worth(usd: float | None, **more: object) -> Nav:
    """An account with that NAV."""
    return NOTHING_NAV.model_copy(update={"status": "ok", "n": 1, "nav_usd": usd, "reason": None, "event_us": 1, **more})


def holding(**usd: float) -> Positions:
    """An account that holds so much of each symbol, in USD, below 0 short."""
    held = tuple(
        Held.model_construct(symbol=symbol, qty=1.0 if value > 0 else -1.0, notional_usd=abs(value))
        for symbol, value in usd.items()
        if value
    )
    long, short = sum(max(value, 0.0) for value in usd.values()), sum(max(-value, 0.0) for value in usd.values())
    sums = {"long_usd": long, "short_usd": short, "gross_usd": long + short, "net_usd": long - short}
    return NOTHING_HELD.model_copy(update={"status": "ok", "n": len(held), "positions": held, "event_us": 1, **sums})


def census(*accounts: str, **absent: dict[str, str]) -> Census:
    return Census(accounts, absent)
