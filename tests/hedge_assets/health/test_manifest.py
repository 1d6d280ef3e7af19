from hedge_assets.catalog import scan
from hedge_assets.health.manifest import manifest
from tests.hedge_assets import tiny

ROWS = {row.name: row for row in manifest(scan())}


def test_every_state_and_journal_has_one_row_with_its_path():
    assert len(ROWS) == len(scan()) + 3
    assert ROWS["nav"].path == "state/nav.json"
    assert ROWS["raw/ticks"].path == "raw/ticks"


def test_every_row_says_who_owns_it_and_when_it_is_late_and_failed_by_its_clocks():
    for row in ROWS.values():
        assert row.owner
        assert row.pace
        for deadlines in (row.written_deadlines, row.event_deadlines, row.materialized_deadlines):
            assert deadlines is None or 0 < deadlines.warn_s < deadlines.fail_s
        assert row.materialized_deadlines is not None


def test_a_row_names_what_its_state_is_made_from():
    assert ROWS["risk_snapshot"].inputs == ("raw/orders", "raw/positions", "raw/ticks", "nav", "positions")


def test_a_new_state_has_its_row_without_being_named_again():
    assert {"size", "double", "health"} <= {row.name for row in manifest(scan(tiny))}
