"""The whole way of a suggestion: made from what was traded, taken by the executor within its limits, judged, explained and rebuilt."""

import re
from pathlib import Path
from typing import Any

import pytest

from executor.clock import FixedClock
from executor.flags import read_flags
from executor.journal.reader import read
from executor.records.base import Record
from executor.records.orders import PolicyChanged, SuggestionRefused
from executor.records.trading import Decision
from executor.settings import Apply, Features, Journal, Settings, Synthetic
from executor.suggestions import FILES
from hedge_assets.explaining.explaining import explained
from hedge_assets.explaining.tree import PLAIN, page
from hedge_assets.refreshing.proving import compare
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place, Telemetry
from tests.runs import NAMES, STATES, document, ran

FLAGS = read_flags(
    {
        "RISK_ENGINE_V6_ENABLED": "1",
        "ROUTER_AUTOTUNE_V6_ENABLED": "1",
        "FEEDBACK_ALLOCATOR_V6_ENABLED": "1",
        "ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1",
        "FEEDBACK_ALLOCATOR_V6_APPLY_ENABLED": "1",
    }
)
SETTINGS = Settings(
    journal=Journal(fsync="off"),
    synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT")),
    features=Features(bar_s=2.0),
    strategy={"momentum": {"threshold": 0.2, "slow_bars": 10, "fast_bars": 3, "timeout_bars": 20}, "mean_reversion": {"mean_bars": 12}},
    apply=Apply(min_intents=5, min_trades=1),
)
TELEMETRY = Telemetry(min_fills=5, mature_trades=5, hot_slippage_bps=-100.0, min_scored=5)
"""Every maker fill is called run over: a step away from the touch is certain."""

LEGS = (2_000, 4_000, 4_002)


@pytest.fixture(scope="module")
def steered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Traded, refreshed, traded under what was suggested, refreshed, and once more with the routing's file gone."""
    root = tmp_path_factory.mktemp("feedback")
    for number, loops in enumerate(LEGS):
        ran(root, SETTINGS, loops, flags=FLAGS)
        if number < 2:
            refreshed(root)
        if number == 1:
            (root / "first.txt").write_text(text(root, decided(root)[-1]))
            (root / "state" / FILES["router"]).unlink()
    return root


def refreshed(root: Path) -> None:
    *_, last = read(root / "raw", "positions")
    outcomes = refresh(Place(root=root, telemetry=TELEMETRY), STATES, NAMES, clock=FixedClock(last[1].ts_us + 1), flags=FLAGS)
    assert {(each.fate, each.reason) for each in outcomes} == {("written", None)}


def orders(root: Path) -> list[Record]:
    return [record for _, record in read(root / "raw", "orders")]


def changes(root: Path, kind: str) -> list[PolicyChanged]:
    return [each for each in orders(root) if isinstance(each, PolicyChanged) and each.suggestion == kind]


def decided(root: Path) -> list[str]:
    """Intents that a suggested routing steered."""
    return [each.intent_id for each in orders(root) if isinstance(each, Decision) and each.plan and each.policy.version != "settings"]


def text(root: Path, word: str) -> str:
    return page(explained(Place(root=root, telemetry=TELEMETRY), STATES, word, flags=FLAGS), PLAIN)


def test_what_was_suggested_is_in_force_within_one_step_and_every_later_decision_says_so(steered: Path) -> None:
    first = changes(steered, "router")[0]
    assert (first.before.router.offset_bps, first.after.router.offset_bps, first.rule) == (0.0, 0.5, "dodge")
    assert changes(steered, "allocator")
    in_force: dict[str, Any] = {}
    versions = set()
    for record in orders(steered):
        if isinstance(record, PolicyChanged):
            in_force[record.symbol] = record.after
        elif isinstance(record, Decision):
            assert record.policy == in_force.get(record.slice.symbol, record.policy)
            versions.add(record.policy.version)
    assert {"settings", first.version} <= versions


def test_a_deleted_file_brings_plain_settings_back_at_the_next_loop(steered: Path) -> None:
    back = [each for each in changes(steered, "router") if each.version == "settings"]
    loops = [each.ts_us for _, each in read(steered / "raw", "positions") if type(each).__name__ == "Heartbeat"]
    assert {each.ts_us for each in back} == {loops[LEGS[1]]}
    assert {each.reason for each in back} == {f"{FILES['router']} is gone"}
    assert {each.after.router.offset_bps for each in back} == {0.0}


def test_the_next_documents_judge_what_was_applied(steered: Path) -> None:
    refreshed(steered)
    for kind in FILES:
        first = changes(steered, kind)[0]
        scores = {(each["symbol"], each["version"]): each for each in document(steered, FILES[kind])["scores"]}
        assert scores[first.symbol, first.version]["n"] > 0
    assert unproved(steered) == []


def unproved(root: Path) -> list[Any]:
    return [each for each in compare(Place(root=root, telemetry=TELEMETRY), STATES, flags=FLAGS) if not each.is_same]


def test_an_order_decided_under_a_suggestion_is_explained_by_it_its_file_and_what_that_was_made_from(steered: Path) -> None:
    said = (steered / "first.txt").read_text()
    last = decided(steered)[-1]
    record = next(each for each in orders(steered) if isinstance(each, Decision) and each.intent_id == last)
    made = re.search(
        rf"autotune_suggestions as {record.policy.version}, from raw/ticks 1\.\.\d+, raw/orders 1\.\.(\d+)", " ".join(said.split())
    )
    assert made is not None
    taken = next(
        seq for seq, each in read(steered / "raw", "orders") if isinstance(each, PolicyChanged) and each.version == record.policy.version
    )
    assert 0 < int(made[1]) < taken


def test_nothing_of_it_was_refused(steered: Path) -> None:
    assert [each for each in orders(steered) if isinstance(each, SuggestionRefused)] == []
