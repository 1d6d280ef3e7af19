"""Columns run anew over a period of the journals; before it they only watch the market, so that bars and volatility are known."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from executor.configuration import read_table
from executor.errors import HedgeError, SettingsError
from hedge_assets.folds.shadow import Shadow
from hedge_assets.refreshing.facts import acting, no_collecting
from hedge_assets.refreshing.merging import Merge
from hedge_assets.refreshing.shadowing import Shadowed
from hedge_assets.settings import Place, Telemetry
from hedge_assets.shadow.candidates import PLAIN, Candidate, candidate_of

FILE = re.compile(r".*\.toml")
FOLLOW_S = 0.2


@dataclass(frozen=True)
class Period:
    """From when to when (microseconds UTC); null is the journals' own beginning or end."""

    from_us: int | None = None
    to_us: int | None = None


def named(word: str, telemetry: Telemetry) -> Candidate:
    """The column that a word names: v5 or v6, one of the settings' candidates, or a candidate's file."""
    known = {each.name: each for each in PLAIN}
    for name, table in telemetry.candidates.items():
        known[name] = candidate_of(name, table, f"candidate {name}")
    if word in known:
        return known[word]
    if FILE.fullmatch(word):
        path = Path(word)
        return candidate_of(path.stem, read_table(path, named_by="the candidate's file"), str(path))
    raise SettingsError(f"column was {word!r}, known are {', '.join(known)}; name one of them, or a candidate's file ending in .toml")


def follow(raw: Path, shadow: Shadow, *, until_us: int | None, grows: Callable[[], bool]) -> None:
    """Take all records up to the newest heartbeat not after a moment, waiting for more while they grow."""
    merge = Merge(raw, {}, acting(Shadowed(shadow=shadow)))
    newest_us: int | None = None
    while True:
        is_growing = grows()
        found_us = merge.advance(until_us)
        newest_us = newest_us if found_us is None else found_us
        if not is_growing:
            break
        if found_us is None:
            time.sleep(FOLLOW_S)
    if newest_us is not None:
        merge.take_before(newest_us + 1)


@no_collecting()
def run_columns(place: Place, columns: Sequence[Candidate], period: Period, *, grows: Callable[[], bool] = lambda: False) -> Shadow:
    """Every column over the period, held against the first; raises where the period has nothing in it.

    The live pipeline's own column runs as well, so that the model can be held against the account. While the journals still grow,
    they are followed.
    """
    if period.from_us is not None and period.to_us is not None and period.from_us >= period.to_us:
        raise HedgeError("the period ends before it begins; let --to be later than --from")
    candidates = {each.name: each for each in (*columns, *PLAIN)}
    shadow = Shadow(candidates=tuple(candidates.values()), reference=columns[0].name, trades_from_us=period.from_us or 0)
    follow(place.raw, shadow, until_us=period.to_us, grows=grows)
    if shadow.newest_us is None or shadow.curve.last is None:
        raise HedgeError(f"no loop of an executor is journaled in {place.raw} in this period; name another --data, --from or --to")
    broken = [f"{name} ({kept.fault})" for name, kept in shadow.columns.items() if kept.fault is not None]
    if broken or not shadow.columns:
        raise HedgeError(f"columns do not run: {', '.join(broken) or 'the boot record is not known to this version'}; mend their settings")
    return shadow
