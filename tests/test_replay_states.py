"""The same market twice is the same bytes twice, however often and in how many goes it is looked at."""

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from executor.settings import Journal, Loop, Replay, Settings, Synthetic
from hedge_assets.refreshing.rebuilding import rebuild
from hedge_assets.settings import Place
from tests.recomputed import lines
from tests.runs import FLAGS, STATES, Past, contents, document, journals, ran, refreshed

LOOPS = 1_500
HALF = LOOPS // 2
MADE = Settings(synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000))


@pytest.fixture(params=["ticks", "bars"])
def short(request, shared) -> tuple[Settings, int]:
    """Settings and loops of a short replay of a recording."""
    if request.param == "ticks":
        return Settings(feed=f"replay:{shared}/data/ticks/20240718"), 200
    return Settings(feed=f"replay:{shared}/data/klines_1m", replay=Replay(symbols=("LAYERUSDT", "BTCUSDT"))), 1_000


def test_a_replay_gives_the_same_journals_and_states_each_time(short, tmp_path):
    settings, loops = short
    for name in ("one", "two"):
        ran(tmp_path / name, settings, loops)
        refreshed(tmp_path / name)
    assert journals(tmp_path / "one") == journals(tmp_path / "two")
    assert contents(tmp_path / "one/state") == contents(tmp_path / "two/state")
    assert {"intent", "decision", "submit", "fill"} <= {record["kind"] for record in lines(tmp_path / "one", "orders")}


@pytest.mark.parametrize("fsync", ["off", "group"])
def test_when_checkpoints_were_taken_leaves_no_trace_in_the_journals(fsync, tmp_path):
    """They come by the machine's time, so that a busy machine takes others than a quiet one."""
    settings = msgspec.structs.replace(MADE, loop=Loop(checkpoint_s=0.02), journal=Journal(fsync=fsync))
    for name in ("one", "two"):
        ran(tmp_path / name, settings, HALF)
    assert journals(tmp_path / "one") == journals(tmp_path / "two")


@pytest.fixture(scope="module")
def past(tmp_path_factory) -> Past:
    root = tmp_path_factory.mktemp("whole")
    ran(root, MADE, LOOPS)
    return Past(root)


def test_the_run_closed_trades_and_packed_segments_so_that_what_follows_proves_something(past, tmp_path):
    past.at(past.beats_us[-1], tmp_path)
    refreshed(tmp_path)
    assert document(tmp_path, "expectancy_v6.json")["n"] > 0
    assert {path.suffix for _, path, _ in past.segments} == {".jsonl", ".zst"}


@trying(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_refresh_at_any_moment_is_what_a_rebuild_of_that_moment_gives(past, tmp_path_factory, data):
    """In any number of goes: each refresh goes on from the last, each rebuild reads everything, and knows what came later."""
    moments = st.one_of(st.sampled_from(past.beats_us), st.integers(past.beats_us[0], past.beats_us[-1]))
    goes = sorted(data.draw(st.lists(moments, min_size=1, max_size=3)))
    grown, full = tmp_path_factory.mktemp("grown"), tmp_path_factory.mktemp("full")
    past.at(past.beats_us[-1], full)
    for number, ts_us in enumerate(goes):
        past.at(ts_us, grown)
        refreshed(grown, ts_us)
        rebuild(Place(root=full), STATES, as_of_us=ts_us, out=full / f"out{number}", flags=FLAGS)
        assert contents(grown / "state") == contents(full / f"out{number}")


def test_two_rebuilds_of_one_moment_are_the_same_bytes_and_another_moment_is_not(past, tmp_path):
    past.at(past.beats_us[-1], tmp_path)
    early_us, late_us = past.beats_us[HALF], past.beats_us[-1]
    for name, ts_us in (("one", early_us), ("two", early_us), ("late", late_us)):
        rebuild(Place(root=tmp_path), STATES, as_of_us=ts_us, out=tmp_path / name, flags=FLAGS)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert all(contents(tmp_path / "one")[name] != later for name, later in contents(tmp_path / "late").items())
