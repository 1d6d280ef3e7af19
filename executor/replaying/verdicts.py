"""What became of every order, position and brake, as the orders journal tells it; and where two tellings differ. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec

from executor.live.brakes import PASSING
from executor.protocol.ledger import Ledger, Track
from executor.records.base import Record
from executor.records.orders import Ack, Adjust, Cancel, Expire, Fill, Funding, Halt, Reject, Resolved, Submit, Transfer, Triggered, Unknown

Trade = tuple[Decimal, Decimal, Decimal, str, str]
"""Quantity, price, fee, its asset, and whether it was made or taken."""


class Fate(msgspec.Struct, kw_only=True):
    """One order: what was asked (empty where it is not ours), what became of it, whether that was unknown for a while, whether the price
    that it waited for came, its trades by id."""

    asked: str = ""
    fate: str = "somebody else's"
    was_unknown: bool = False
    was_triggered: bool = False
    qty: Decimal = Decimal(0)
    trades: dict[str, Trade] = {}

    def words(self) -> str:
        """The order in a few words."""
        filled = sum((trade[0] for trade in self.trades.values()), Decimal(0))
        doubt = (" after it was unknown" if self.was_unknown else "") + (", triggered" if self.was_triggered else "")
        return f"{self.asked or 'no order of ours'}: {self.fate}{doubt}, {filled} filled in {len(self.trades)} trades"


class Verdicts(msgspec.Struct, kw_only=True):
    """Orders by client id; positions as they ended; what was set by hand, so to speak; incomes by their id; brakes that wait for the
    operator, in order."""

    orders: dict[str, Fate] = {}
    positions: dict[str, Decimal] = {}
    adjusted: list[tuple[str, Decimal, Decimal]] = []
    incomes: dict[str, Decimal] = {}
    halts: list[str] = []

    @property
    def trades(self) -> int:
        """How many trades there were."""
        return sum(len(fate.trades) for fate in self.orders.values())


def verdicts_of(records: Iterable[Record], ledger: Ledger, names: Mapping[str, str] | None = None) -> Verdicts:
    """What records say, beginning with what the ledger knows (it follows them). `names` are intents that are called otherwise."""
    found = Verdicts()
    for record in records:
        name = getattr(record, "client_id", "")
        before = ledger.live.get(name)
        ledger.take(record)
        for ours, theirs in (names or {}).items():
            name = name.replace(ours, theirs)
        match record:
            case Submit() | Ack() | Reject() | Unknown() | Resolved() | Cancel() | Expire() | Fill() | Triggered():
                _follow(found.orders.setdefault(name, _known(before)), record)
            case Adjust():
                found.adjusted.append((record.symbol, record.venue_qty, record.our_qty))
            case Funding() | Transfer():
                found.incomes[record.income_id] = record.amount
            case Halt() if record.rule not in PASSING:
                found.halts.append(record.rule)
            case _:
                continue
    found.positions = {symbol: held.qty for symbol, held in ledger.positions.items()}
    return found


def _known(track: Track | None) -> Fate:
    """An order as it stood before its first record here."""
    if track is None:
        return Fate()
    asked = f"{track.side} {track.qty} {track.symbol}, sent before"
    return Fate(asked=asked, fate="open" if track.phase == "open" else "unknown", qty=track.qty - track.filled_qty)


def _follow(order: Fate, record: Record) -> None:
    match record:
        case Submit():
            price = "at the market" if record.price is None else f"at {record.price}"
            price += "" if record.trigger is None else f" once {record.trigger.price} is there"
            order.asked, order.fate, order.qty = f"{record.side} {record.qty} {record.symbol} {price}", "not answered", record.qty
        case Ack() if order.fate in ("not answered", "unknown"):
            order.fate = "open"
        case Reject():
            order.fate = f"rejected ({record.code})"
        case Triggered():
            order.was_triggered = True
        case Unknown():
            order.fate, order.was_unknown = "unknown", True
        case Resolved() if order.fate in ("unknown", "open", "dead"):
            order.fate = record.fate
        case Cancel() if record.outcome == "done":
            order.fate = "canceled"
        case Expire():
            order.fate = "expired"
        case Fill():
            order.trades[record.trade_id] = (record.qty, record.price, record.fee, record.fee_asset, record.liquidity)
            if order.qty and sum(trade[0] for trade in order.trades.values()) >= order.qty:
                order.fate = "filled"
        case _:
            return


def differences(recorded: Verdicts, played: Verdicts) -> Iterator[str]:
    """Where they differ, a line each."""
    for name in sorted({*recorded.orders, *played.orders}):
        was, now = recorded.orders.get(name), played.orders.get(name)
        if was != now:
            yield f"order {name or 'without a name'} was {_told(was)}; now {_told(now)}"
    if recorded.positions != played.positions:
        yield f"positions were {_pairs(recorded.positions)}; now {_pairs(played.positions)}"
    if recorded.adjusted != played.adjusted:
        yield f"positions were set {len(recorded.adjusted)} times, now {len(played.adjusted)} times, or otherwise"
    if recorded.incomes != played.incomes:
        yield f"incomes were {_pairs(recorded.incomes)}; now {_pairs(played.incomes)}"
    if recorded.halts != played.halts:
        yield f"brakes were {', '.join(recorded.halts) or 'none'}; now {', '.join(played.halts) or 'none'}"


def _told(fate: Fate | None) -> str:
    return "not there" if fate is None else fate.words()


def _pairs(values: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(values.items())) or "none"
