"""Which state files have an intent's records and its trade in them, by the raw ranges they name, with the windows and groups."""

from collections.abc import Iterator, Sequence

from executor.records.orders import Fill
from hedge_assets.catalog import State
from hedge_assets.document import moment
from hedge_assets.explaining.evidence import us, window_us
from hedge_assets.explaining.files import File, file_of, takes
from hedge_assets.explaining.search import Found
from hedge_assets.explaining.story import Story
from hedge_assets.explaining.trades import Outcome
from hedge_assets.explaining.tree import Node
from hedge_assets.folds.roundtrips import ClosedTrade
from hedge_assets.folds.tally import keys_of
from hedge_assets.settings import Place


def entered_nodes(place: Place, states: Sequence[State], story: Story, outcome: Outcome) -> Iterator[Node]:
    """One line for each state that is made from what the story has."""
    kinds = {type(each.record) for each in story.records}
    concerned = [state for state in states if state.is_rebuildable and takes(state, kinds)]
    files = {state.name: file_of(place, state) for state in concerned}
    lines = [line for file in files.values() if file is not None and (line := file_line(file, story, outcome)) is not None]
    missing = [name for name, file in files.items() if file is None]
    if missing:
        lines.append(Node("no file", f"that is there and sound, of {', '.join(missing)}"))
    yield Node("states", "what it entered, by the raw ranges that each file names", children=tuple(lines))


def file_line(file: File, story: Story, outcome: Outcome) -> Node | None:
    """What of the story one file has in it; null where it names no orders."""
    if "orders" not in file.ranges:
        return None
    state, last = file.state, file.ranges["orders"][1]
    ours = [each for each in story.records if takes(state, {type(each.record)})]
    inside = [each for each in ours if each.seq <= last]
    data = {"file": file.path, "orders_upto": last, "records": [each.seq for each in inside]}
    if not inside:
        return Node(state.name, f"not yet, it ends at orders#{last}", data=data)
    whole = f"orders#{inside[0].seq}..{inside[-1].seq}" if inside[-1] is not inside[0] else inside[0].at
    rest = "" if len(inside) == len(ours) else f", not yet {len(ours) - len(inside)} newer"
    extra = "".join(f"; {said}" for said in groups(file, outcome, inside))
    return Node(state.name, f"{whole} of raw/orders {file.ranges['orders'][0]}..{last}{rest}{extra}", data=data)


def groups(file: File, outcome: Outcome, inside: Sequence[Found]) -> Iterator[str]:
    """The windows and groups of a file that a trade or a fill counts in."""
    windows = file.document.get("windows")
    if file.state.name == "expectancy" and isinstance(windows, list | tuple):
        for trade in outcome.closed:
            yield from trade_groups(windows, trade, file, outcome)
    fills = [each for each in inside if isinstance(each.record, Fill)]
    window = file.document.get("window")
    if isinstance(window, str) and fills:
        since_us = window_us(file)
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
    names = [str(each["window"]) for each in windows if each["since_ts"] is None or us(str(each["since_ts"])) <= trade.closed_us]
    keys = ", ".join(key for key in keys_of(trade) if not key.startswith("overall"))
    yield f"the trade counts in windows {', '.join(names)} under overall, {keys}" if names else "the trade is older than every window"
