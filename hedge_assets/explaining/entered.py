"""Which state files have an intent's records and its trade in them, by the raw ranges they name, with the windows and groups."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from executor.records.orders import Fill
from hedge_assets.catalog import State
from hedge_assets.document import moment
from hedge_assets.explaining.files import File, file_of, takes
from hedge_assets.explaining.search import Found
from hedge_assets.explaining.story import Story
from hedge_assets.explaining.trades import Outcome
from hedge_assets.explaining.tree import Node
from hedge_assets.folds.roundtrips import ClosedTrade
from hedge_assets.folds.tally import keys_of
from hedge_assets.health.parsing import microseconds
from hedge_assets.settings import Place
from hedge_assets.statistics.windows import span_of


def entered_nodes(place: Place, states: Sequence[State], story: Story, outcome: Outcome) -> Iterator[Node]:
    """One line for each state that is made from what the story has."""
    kinds = {type(each.record) for each in story.records}
    lines = [
        line
        for state in states
        if state.is_rebuildable and takes(state, kinds)
        for line in [state_line(place, state, story, outcome)]
        if line
    ]
    missing = [state.name for state in states if state.is_rebuildable and takes(state, kinds) and file_of(place, state) is None]
    if missing:
        lines.append(Node("", f"no file yet of {', '.join(missing)}"))
    yield Node("states", "what it entered, by the raw ranges that each file names", children=tuple(lines))


def state_line(place: Place, state: State, story: Story, outcome: Outcome) -> Node | None:
    """What of the story one file has in it; null where there is no file."""
    file = file_of(place, state)
    if file is None or "orders" not in file.ranges:
        return None
    last = file.ranges["orders"][1]
    ours = [each for each in story.records if takes(state, {type(each.record)})]
    inside = [each for each in ours if each.seq <= last]
    data = {"file": file.path, "orders_upto": last, "records": [each.seq for each in inside]}
    if not inside:
        return Node("", f"{state.name}: not yet, it ends at orders#{last}", file.path, data=data)
    whole = f"orders#{inside[0].seq}..{inside[-1].seq}" if inside[-1] is not inside[0] else inside[0].at
    rest = "" if len(inside) == len(ours) else f", not yet {len(ours) - len(inside)} newer"
    extra = "".join(f"; {said}" for said in groups(file, outcome, inside))
    return Node("", f"{state.name}: {whole} of raw/orders {file.ranges['orders'][0]}..{last}{rest}{extra}", file.path, data=data)


def groups(file: File, outcome: Outcome, inside: Sequence[Found]) -> Iterator[str]:
    """The windows and groups of a file that a trade or a fill counts in."""
    windows = file.document.get("windows")
    if file.state.name == "expectancy" and isinstance(windows, list | tuple):
        for trade in outcome.closed:
            yield from trade_groups(windows, trade, file, outcome)
    fills = [each for each in inside if isinstance(each.record, Fill)]
    window, as_of = file.document.get("window"), file.document.get("as_of_ts")
    if isinstance(window, str) and isinstance(as_of, str) and fills:
        since_us = span_of(window).start_us(as_of_us(file)) or 0
        count = sum(each.record.ts_us >= since_us for each in fills)
        yield (
            f"{count} of {len(fills)} fills in its window {window} (since {moment(since_us):%m-%d %H:%M})"
            if count
            else f"outside its window {window}"
        )


def trade_groups(windows: Sequence[dict[str, object]], trade: ClosedTrade, file: File, outcome: Outcome) -> Iterator[str]:
    """Where expectancy counts a trade: in each window that began before it closed, under each of its groups."""
    closing = max((each.seq for each in outcome.fills if each.record.ts_us <= trade.closed_us), default=0)
    if closing > file.ranges["orders"][1]:
        yield f"the trade closed at orders#{closing}, not yet in it"
        return
    names = [str(each["window"]) for each in windows if each["since_ts"] is None or began_us(str(each["since_ts"])) <= trade.closed_us]
    keys = ", ".join(key for key in keys_of(trade) if not key.startswith("overall"))
    yield f"the trade counts in windows {', '.join(names)} under overall, {keys}" if names else "the trade is older than every window"


def as_of_us(file: File) -> int:
    """The moment a file speaks of."""
    return began_us(str(file.document["as_of_ts"]))


def began_us(text: str) -> int:
    """A file's time as microseconds UTC."""
    return microseconds(datetime.fromisoformat(text))
