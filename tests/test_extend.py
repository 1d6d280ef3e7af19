"""The examples of `docs/extend.md` work as they stand, each put into its folder and nothing else touched."""

import asyncio
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from executor import plugins
from executor.app import Order, Run
from executor.clock import FixedClock
from executor.feeds.base import FeedWiring
from executor.flags import read_flags
from executor.journal.reader import read
from executor.records.orders import Intent, Reject
from executor.settings import Settings
from hedge_assets.catalog import scan
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.parsing import parse
from hedge_assets.health.scene import Scene
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Health, Place
from hedge_assets.showing.panels import said
from hedge_assets.showing.panels import scan as panels

TEXT = (Path(__file__).parent.parent / "docs" / "extend.md").read_text("utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", TEXT, re.DOTALL))
SETTINGS = Settings(feed="ramp:1200", exchange="closed", strategies=("breakout",))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The packages with the examples in them; as they were afterwards."""
    names = []
    for name, code in FILES.items():
        file = tmp_path / "house" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, "utf-8")
        names.append(name.removesuffix(".py").replace("/", "."))
        package = importlib.import_module(names[-1].rpartition(".")[0])
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(file.parent)])
    importlib.invalidate_caches()
    yield tmp_path / "data"
    for name in names:
        sys.modules.pop(name, None)


def test_there_is_an_example_of_each():
    assert {Path(name).parent.name for name in FILES} == {"states", "panels", "strategies", "feeds", "exchanges", "conditions"}


def test_a_new_feed_exchange_and_strategy_run_together_and_a_new_state_is_written(house):
    run = Run(Order(root=house, settings=SETTINGS, flags=read_flags({}), speed=0.0))
    summary = asyncio.run(run.run())
    assert summary.why == "the feed ended"
    orders = [record for _, record in read(house / "raw", "orders")]
    assert any(isinstance(record, Intent) and record.strategy == "breakout" and record.side == "buy" for record in orders)
    assert any(isinstance(record, Reject) and record.code == "closed" for record in orders)

    states = scan()
    assert "spreads" in {state.name for state in states}
    outcomes = refresh(Place(root=house), states, ["spreads"], clock=FixedClock(2_000_000_000_000_000), flags=read_flags({}))
    assert [outcome.fate for outcome in outcomes] == ["written"]
    content = (house / "state" / "spreads.json").read_bytes()
    assert b'"RAMPUSDT"' in content

    panel = next(each for each in panels() if each.key == "spreads")
    shape = next(state.shape for state in states if state.name == "spreads")
    (table,) = said(panel, {"spreads": parse(content, shape).document})
    assert [row[0].text for row in table.rows] == ["RAMPUSDT"]


def test_a_new_condition_is_found_and_judged(house):
    found = {each.name: each for each in conditions()}["many_orders"]
    document = SimpleNamespace(orders=range(51))
    scene = Scene(now_us=0, limits=Health(), verdicts=(), documents={"positions": document})
    assert found.meaning.startswith("The executor has more orders out")
    assert [sign.reason for sign in found.judge(scene)] == ["51 orders are open, at most 50 are usual"]
    assert list(found.judge(Scene(now_us=0, limits=Health(), verdicts=()))) == []


def test_the_example_feed_stands_where_it_is_put(house):
    feed = plugins.load(importlib.import_module("executor.feeds"), "ramp", "FEED")(FeedWiring(settings=SETTINGS, path="5", start_us=0))
    feed.restore(3)

    async def rest() -> list[int]:
        return [event.ts_us async for batch in feed.batches() for event in batch]

    assert asyncio.run(rest()) == [4_000_000, 5_000_000]
    assert feed.state() == 5
