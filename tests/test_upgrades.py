"""What earlier versions wrote is read, gone on with and made anew; what later ones wrote is refused before anything is touched."""

import json
import zlib
from pathlib import Path

import pytest

from executor import checkpoint as checkpoints
from executor.app import Order, Run
from executor.errors import CorruptJournal, HedgeError, SettingsError
from executor.journal.form import FORM, NAME, form_of
from executor.journal.reader import verify
from executor.records.streams import STREAMS
from hedge_assets.catalog import scan
from hedge_assets.refreshing.proving import compare
from hedge_assets.refreshing.rebuilding import rebuild
from hedge_assets.settings import Place
from tests.old_desks import FORMS, LOOPS, SETTINGS, old_desk
from tests.recomputed import lines
from tests.runs import FLAGS, NAMES, ran, refreshed


@pytest.fixture(params=FORMS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return old_desk(request.param, tmp_path / "desk")


def stated(path: Path) -> dict[str, object]:
    plain: dict[str, object] = json.loads(path.read_text("utf-8"))
    return plain


def test_every_form_before_todays_is_tried() -> None:
    assert list(range(1, FORM)) == FORMS


def test_an_old_desk_trades_on_from_its_own_checkpoint(desk: Path) -> None:
    before = {stream: verify(desk / "raw", stream).last_seq or 0 for stream in STREAMS}
    summary = ran(desk, SETTINGS, 2 * LOOPS)
    reports = {stream: verify(desk / "raw", stream) for stream in STREAMS}
    assert summary.loops == 2 * LOOPS
    assert form_of(desk / "raw") == FORM
    assert [(each.holes, each.unknown, each.pruned) for each in reports.values()] == [(0, 0, 0)] * 3
    assert all((reports[stream].last_seq or 0) > before[stream] for stream in STREAMS)


def test_old_states_are_replaced_by_todays_which_prove_themselves(desk: Path) -> None:
    refreshed(desk)
    assert {each.name for each in compare(Place(root=desk), scan(), flags=FLAGS) if not each.is_same} == set()
    versions = {state.spec.file: state.spec.schema_version for state in scan()}
    now = {path.name: stated(path)["schema"]["version"] for path in (desk / "state").glob("*.json")}  # type: ignore[index]
    assert now == {name: versions[name] for name in now}
    assert len(now) == len(NAMES)


def test_what_an_old_state_said_of_money_is_what_todays_says_of_the_same_journals(desk: Path, tmp_path: Path) -> None:
    old = stated(desk / "state" / "nav.json")
    outcomes = rebuild(Place(root=desk), scan(), as_of_us=1_790_000_000_000_000, out=tmp_path / "out", flags=FLAGS)
    new = stated(tmp_path / "out" / "nav.json")
    assert all(each.is_written for each in outcomes)
    assert {name: new[name] for name in ("nav_usd", "n", "event_ts", "account")} == {
        name: old[name] for name in ("nav_usd", "n", "event_ts", "account")
    }
    fills = [each for each in lines(desk, "orders") if each["kind"] == "fill"]
    assert len(fills) > 0
    assert stated(tmp_path / "out" / "router_health.json")["n"] == stated(desk / "state" / "router_health.json")["n"]


def test_journals_of_a_newer_version_are_refused_and_left_as_they_are(desk: Path) -> None:
    (desk / "raw" / NAME).write_text(f'{{"form":{FORM + 1}}}')
    before = {path: path.read_bytes() for path in (desk / "raw").rglob("*.json*")}
    with pytest.raises(SettingsError, match=f"form {FORM + 1}, this version reads up to {FORM}") as refused:
        Run(Order(root=desk, settings=SETTINGS, flags=FLAGS, speed=0.0, loops=LOOPS))
    assert refused.value.exit_code == 78
    assert {path: path.read_bytes() for path in before} == before
    with pytest.raises(HedgeError, match="this version reads up to"):
        rebuild(Place(root=desk), scan(), as_of_us=1, out=desk / "out", flags=FLAGS)


def retold(desk: Path, **changes: object) -> None:
    """The checkpoint with other words in it."""
    path = desk / "raw" / checkpoints.NAME
    plain = json.loads(path.read_bytes().partition(b"\n")[2])
    body = json.dumps({**plain, **changes}).encode()
    path.write_bytes(b"%08x\n%b" % (zlib.crc32(body), body))


def settings_of(desk: Path) -> dict[str, dict[str, object]]:
    plain: dict[str, dict[str, object]] = json.loads((desk / "raw" / checkpoints.NAME).read_bytes().partition(b"\n")[2])["settings"]
    return plain


def test_a_setting_that_went_is_left_out_named_and_no_hindrance(desk: Path) -> None:
    was = settings_of(desk)
    retold(desk, settings={**was, "gone": {"x": 1}, "loop": {**was["loop"], "went_s": 3}})
    found = checkpoints.load(desk / "raw")
    assert found is not None
    assert set(found.dropped) == {"loop.went_s", "gone"}
    assert ran(desk, SETTINGS, LOOPS + 20).loops == LOOPS + 20


def test_a_setting_that_means_something_else_now_is_refused_with_the_cure(desk: Path) -> None:
    was = settings_of(desk)
    retold(desk, settings={**was, "loop": {**was["loop"], "period_s": "often"}})
    with pytest.raises(CorruptJournal, match="was written by another version"):
        checkpoints.load(desk / "raw")


def test_a_checkpoint_of_a_newer_format_is_refused_whatever_else_it_says(desk: Path) -> None:
    retold(desk, format=checkpoints.FORMAT + 1, seqs="elsewhere")
    with pytest.raises(CorruptJournal, match="this version reads up to"):
        checkpoints.load(desk / "raw")
