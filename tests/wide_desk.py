"""A desk of many accounts and symbols: journals that the real executor wrote on a made market, and the settings that name them.

`python -m tests.wide_desk FOLDER ACCOUNTS SYMBOLS MINUTES` makes one. Symbols beyond those that were measured are copies of them, each
with its own chance.
"""

import dataclasses
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from executor.accounts import root_of, table_of
from executor.market_model.facts import ASSUMED, MEASURED
from executor.settings import Settings
from tests.runs import ran


@dataclasses.dataclass(frozen=True)
class Wide:
    """How wide: `loops` of `period_s` in each account, a quote of each symbol every `step_ms`."""

    accounts: int
    symbols: int = 6
    loops: int = 300
    period_s: float = 1.0
    step_ms: int = 500
    start: str = ""

    @property
    def names(self) -> list[str]:
        """The accounts' names."""
        return [f"desk{number:03}" for number in range(1, self.accounts + 1)]


def symbols_of(count: int) -> tuple[str, ...]:
    """So many symbols of the made market; copies are made where there are fewer."""
    measured = tuple(MEASURED)[:6]
    for number in range(6, count):
        like, name = measured[number % 6], f"X{number:03}USDT"
        MEASURED[name], ASSUMED[name] = MEASURED[like], ASSUMED[like]
    return tuple(MEASURED)[:count]


def settings_text(wide: Wide) -> str:
    """The settings file of such a desk."""
    symbols = ", ".join(f'"{symbol}"' for symbol in symbols_of(wide.symbols))
    common = f"[loop]\nperiod_s = {wide.period_s}\n[synthetic]\nstep_ms = {wide.step_ms}\nsymbols = [{symbols}]\nstart = '{wide.start}'\n"
    return common + "".join(f"[accounts.{name}]\nseed = {number}\n" for number, name in enumerate(wide.names, start=1))


def made(folder: Path, wide: Wide, names: Sequence[str] | None = None) -> Iterator[str]:
    """Write the settings, and let the executor of each account trade; gives the names as they are done."""
    folder.mkdir(parents=True, exist_ok=True)
    text = settings_text(wide)
    (folder / "desk.toml").write_text(text, "utf-8")
    table = tomllib.loads(text)
    for name in wide.names if names is None else names:
        settings = msgspec.convert(table_of(table, name), type=Settings)
        ran(root_of(folder, name), settings, wide.loops)
        yield name


if __name__ == "__main__":
    folder_, accounts_, symbols_, minutes_ = sys.argv[1:]
    for each in made(Path(folder_), Wide(int(accounts_), int(symbols_), loops=int(minutes_) * 60)):
        print(each, flush=True)
