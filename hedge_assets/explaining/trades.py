"""The trade that an intent's fills became, and what they cost: the project's own folds over the stretch of journal from flat to flat."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from executor.records.base import Record, sign
from executor.records.orders import Adjust, Fill, Funding
from hedge_assets.explaining.search import Found, Journals, quoted
from hedge_assets.explaining.story import Story, intent_of
from hedge_assets.folds.execution_rows import MID_AGE_US, FillRow, WorkedIntent
from hedge_assets.folds.executions import HORIZONS_S, Executions
from hedge_assets.folds.ledger import Ledger
from hedge_assets.folds.roundtrips import ClosedTrade, OpenTrade

FILLS_WALKED = 5_000
SECOND_US = 1_000_000
TAIL_US = (max(HORIZONS_S) + max(HORIZONS_S) // 2) * SECOND_US
TICKS_US = 6 * 3_600 * SECOND_US
RANK = {"ticks": 0, "orders": 1, "positions": 2}
FILL, BEAT, QUOTE = b'"kind":"fill"', b'"kind":"heartbeat"', b'"kind":"quote"'


@dataclass(frozen=True)
class Outcome:
    """What became of an intent: its fills as `executions` judges them, its work as a whole, the trades they belong to.

    Each trade comes with its fills. `note` says what is not known, and why; null when all is.
    """

    rows: tuple[FillRow, ...] = ()
    worked: WorkedIntent | None = None
    closed: tuple[ClosedTrade, ...] = ()
    open: OpenTrade | None = None
    fills: tuple[Found, ...] = ()
    note: str | None = None


def outcome_of(journals: Journals, story: Story) -> Outcome:
    """The story's fills judged, and the trade from flat to flat around them; nothing where it sent no order."""
    if not story.records or (story.decision is None and story.stop is None):
        return Outcome()
    first, last = story.records[0], story.records[-1]
    judged = Executions()
    for each in stretch(journals, story.symbol, (first, last), ticks_us=(first.record.ts_us - MID_AGE_US, last.record.ts_us + TAIL_US)):
        judged.take(each.record)
    rows = tuple(row for row in (*judged.settled, *judged.unsettled.values()) if row.intent_id == story.intent_id)
    worked = next((row for row in judged.ended_intents if row.intent_id == story.intent_id), None)
    if not story.fills:
        return Outcome(rows, worked)
    return with_trade(journals, story, Outcome(rows, worked))


def trade_around(journals: Journals, found: Found) -> Outcome:
    """The trade that a record of no intent is of: a liquidation's fill, funding while it was open, an adjustment; nothing for others."""
    record, fill = found.record, found
    if isinstance(record, Funding | Adjust):
        before = fills_of(journals.newest_first("orders", FILL, below_seq=found.seq), record.symbol)
        fill = next(before, found)
    if not isinstance(fill.record, Fill) or (fill is not found and held_after(fill) == 0):
        return Outcome()
    outcome = with_trade(journals, Story(intent_id="", records=(fill,), boot=None, quote=None, changes=()), Outcome())
    return replace(outcome, closed=tuple(each for each in outcome.closed if each.opened_us <= record.ts_us <= each.closed_us))


def with_trade(journals: Journals, story: Story, outcome: Outcome) -> Outcome:
    """The outcome with the trades that the story's fills belong to."""
    fills = flat_to_flat(journals, story)
    begun = fills[0]
    ours = intent_of(journals, begun)
    near = journals.newest("orders", quoted(ours), below_seq=begun.seq + 1) if ours else None
    asked = next(journals.oldest_first("orders", quoted(ours), from_seq=max(0, begun.seq - 10_000)), near) if ours else None
    ledger = Ledger()
    before = held_before(begun)
    if before:
        ledger.positions[story.symbol] = before
    span_us = (begun.record.ts_us, fills[-1].record.ts_us)
    is_short = span_us[1] - span_us[0] <= TICKS_US
    for each in stretch(journals, story.symbol, (asked or begun, fills[-1]), ticks_us=span_us if is_short else None):
        if not isinstance(each.record, Fill) or each.seq >= begun.seq:
            ledger.take(each.record)
    closed = tuple(each for each in ledger.recent if within(each, story))
    note = (
        None if is_short else f"open for {(span_us[1] - span_us[0]) / 3.6e9:.1f} h: how far the price went meanwhile is not looked up here"
    )
    if before and before * held_after(begun) > 0:
        note = "the journal does not have its beginning any more: entry, fees and net are of what it still has"
    return Outcome(outcome.rows, outcome.worked, closed, ledger.open.get(story.symbol), fills, note)


def within(trade: ClosedTrade, story: Story) -> bool:
    """Whether a fill of the story is of this trade, by time."""
    return any(trade.opened_us <= each.record.ts_us <= trade.closed_us for each in story.fills)


def flat_to_flat(journals: Journals, story: Story) -> tuple[Found, ...]:
    """All fills of the symbol from the last flat moment (or turn) before the story's first to the first flat moment after its last."""
    first, last = story.fills[0], story.fills[-1]
    back = [first]
    for each in fills_of(journals.newest_first("orders", FILL, below_seq=first.seq), story.symbol):
        is_turn = back[-1] is first and held_before(first) != 0
        if (begins_trade(back[-1]) and not is_turn) or len(back) > FILLS_WALKED:
            break
        back.append(each)
    on = [] if ends_trade(first, last) else list(fills_until_flat(journals, story, first))
    return (*reversed(back), *on)


def fills_until_flat(journals: Journals, story: Story, first: Found) -> Iterator[Found]:
    """The fills after the story's first one, up to the one after its last that ends the trade."""
    last = story.fills[-1]
    for number, each in enumerate(fills_of(journals.oldest_first("orders", FILL, from_seq=first.seq + 1), story.symbol)):
        yield each
        if (each.seq >= last.seq and (held_after(each) == 0 or begins_trade(each))) or number > FILLS_WALKED:
            return


def ends_trade(first: Found, last: Found) -> bool:
    """Whether the story's only fill leaves the book flat."""
    return first.seq == last.seq and held_after(last) == 0


def fills_of(found: Iterator[Found], symbol: str) -> Iterator[Found]:
    """The fills of one symbol."""
    return (each for each in found if isinstance(each.record, Fill) and each.record.symbol == symbol)


def held_after(found: Found) -> Decimal:
    """The position after a fill, signed."""
    assert isinstance(found.record, Fill)
    return found.record.position_qty


def held_before(found: Found) -> Decimal:
    """The position before a fill, signed."""
    assert isinstance(found.record, Fill)
    return found.record.position_qty - found.record.qty * sign(found.record.side)


def begins_trade(found: Found) -> bool:
    """Whether a fill opens a position, or turns one through zero."""
    return held_before(found) * held_after(found) <= 0 and held_after(found) != 0


def stretch(journals: Journals, symbol: str, ends: tuple[Found, Found], *, ticks_us: tuple[int, int] | None) -> list[Found]:
    """One symbol's records between two of the orders journal, with quotes and heartbeats of a time, in the order that folds take them."""
    first, last = ends
    found = list(journals.oldest_first("orders", quoted(symbol), from_seq=first.seq, upto_seq=last.seq))
    if ticks_us is not None:
        found += [each for each in journals.between("ticks", *ticks_us, needle=quoted(symbol)) if is_of(each.record, "Quote")]
        found += journals.between("positions", *ticks_us, needle=BEAT)
    return sorted(found, key=lambda each: (each.record.ts_us, RANK[each.stream], each.seq))


def is_of(record: Record, kind: str) -> bool:
    """Whether a record is of a kind, by its name."""
    return type(record).__name__ == kind
