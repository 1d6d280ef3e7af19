"""No run of ours pickles anything, and what would be pickled is refused."""

import ast
import io
import pickle
from pathlib import Path

import dagster as dg
import pytest

from hedge_assets.definitions import definitions
from hedge_assets.defs.no_pickle import NoPickle
from tests.hedge_assets.defs.desks import desk_in, journaled
from tests.hedge_assets.tabled import FIRST, PAST
from tests.hedge_assets.tabled import journaled as days_journaled

ROOT = Path(__file__).parents[3]
PICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def refused(*_args, **_more):
    raise AssertionError("something was pickled")


@pytest.fixture
def no_pickling(monkeypatch):
    """From here on nothing can be pickled or unpickled in this process."""
    for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, refused)
    yield
    with pytest.raises(AssertionError):
        pickle.dumps(1)


def jobs(desk) -> list[str]:
    return [job.name for job in definitions([desk]).resolve_all_job_defs() if not job.name.startswith("__")]


def test_every_job_runs_without_a_pickle(tmp_path, no_pickling):
    journaled(tmp_path / "states", 3)
    days_journaled(tmp_path / "days")
    (tmp_path / "home").mkdir()
    names = jobs(desk_in(tmp_path / "states"))
    assert {"fast_states", "mend_states", "day_tables"} <= set(names)
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        for name in names:
            is_of_days = name == "day_tables"
            desk = desk_in(tmp_path / "days", now_us=PAST) if is_of_days else desk_in(tmp_path / "states")
            job, partition = definitions([desk]).resolve_job_def(name), str(FIRST) if is_of_days else None
            done = job.execute_in_process(instance=instance, partition_key=partition, raise_on_error=False)
            assert done.success, (name, [event.message for event in done.all_events if event.is_failure])


def test_what_a_step_returns_is_refused_with_its_name_and_the_cure():
    @dg.asset(name="made_up")
    def _made_up():
        return {"a": 1}

    found = dg.Definitions(assets=[_made_up], resources={"io_manager": NoPickle()}, executor=dg.in_process_executor)
    done = found.resolve_implicit_global_asset_job_def().execute_in_process(raise_on_error=False)
    assert not done.success
    told = " ".join(str(event.event_specific_data) for event in done.all_events if event.is_step_failure)
    assert "made_up returned dict, Dagster would pickle it" in told


def test_every_step_of_ours_stands_behind_it(tmp_path):
    made = definitions([desk_in(tmp_path)])
    assert isinstance(made.resources["io_manager"], NoPickle)


def test_no_module_of_ours_knows_a_pickler():
    knowing = []
    for package in ("executor", "hedge_assets", "ops"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                knowing += [f"{path}: {name}" for name in names if name.partition(".")[0] in PICKLERS]
    assert knowing == []


def test_a_pickle_would_have_been_noticed(no_pickling):
    with pytest.raises(AssertionError, match="pickled"):
        pickle.Pickler(io.BytesIO())
