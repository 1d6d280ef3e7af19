from hedge_assets.health.holdings import Holding
from hedge_assets.states.storage import storage
from tests.hedge_assets.conditions.scenes import beat, found, said, well, with_pulse


def noted(over):
    return said("budget_short", with_pulse("executor", beat(note={"journal_over_budget_bytes": over})))


def test_journals_that_must_stay_beyond_their_budget_are_told():
    assert (noted(0), noted(None), noted(5)) == ([], [], [("raw", "warn")])


def kept(size_bytes, needed_bytes=None):
    held = {"path": "tables", "owner": "dagster", "files": 1, "budget_bytes": 100}
    rows = (Holding(name="tables", size_bytes=size_bytes, needed_bytes=needed_bytes, **held), Holding(name="dagster", size_bytes=9, **held))
    return said("budget_short", well(documents={"storage": storage(rows)}))


def test_what_is_well_over_its_budget_or_needs_more_than_that_is_told_by_name():
    assert (kept(125), kept(126), kept(101, needed_bytes=101)) == ([], [("tables", "warn")], [("tables", "warn")])


def test_journals_over_their_budget_have_another_cure_than_what_the_telemetry_side_keeps():
    cures = {}
    for name, owner in (("raw/ticks", "executor"), ("tables", "dagster"), ("logs", "supervisor"), ("cassettes", "executor")):
        held = Holding(name=name, path=name, owner=owner, size_bytes=200, files=1, budget_bytes=100)
        cures[name] = found("budget_short", well(documents={"storage": storage((held,))}))[0].cure
    assert "journal.max_bytes" in cures["raw/ticks"]
    assert "[health]" in cures["tables"]
    assert cures["logs"].startswith("free run/")
    assert "venue.record_bytes" in cures["cassettes"]


def test_history_is_told_of_before_any_of_it_goes():
    held = {"name": "day_tables", "path": "tables", "owner": "dagster", "files": 1, "budget_bytes": 100}
    full, half = (found("budget_short", well(documents={"storage": storage((Holding(size_bytes=size, **held),))})) for size in (90, 89))
    assert half == ()
    assert full[0].severity == "warn"
    assert "health.day_tables_bytes" in full[0].cure
