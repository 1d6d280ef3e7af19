"""What went wrong, counted and timed."""

from hedge_assets.catalog import scan
from hedge_assets.states.incidents import SHOWN, STATE, Incidents, every_incident_is_there, incidents
from tests.hedge_assets.builders import DAY, MINUTE, SECOND, T0
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.health.wrong import incident, over

NOW = T0 + 10 * DAY


def broken(document: Incidents) -> list[str]:
    return [check.name for check in STATE.checks if check.holds(document) is not None]


def test_before_anything_happened_it_says_so():
    document = incidents((), NOW)
    assert (document.status, document.n, document.reason) == ("empty", 0, "no incident so far")
    assert (document.healing.n, document.healing.mean_s) == (0, None)
    assert document.healing.reason == "no incident ended in the last 7 days"
    assert broken(document) == []


def test_open_ones_are_told_with_how_long_they_last_so_far():
    document = incidents((incident(NOW - 5 * MINUTE, escalated_us=NOW - MINUTE), over(NOW - DAY, 4.0)), NOW)
    (still,) = document.open
    assert (still.lasted_s, still.closed_ts, still.healed_by) == (300.0, None, None)
    assert [each.lasted_s for each in document.closed] == [4.0]


def test_counts_are_of_a_day_and_of_a_week():
    document = incidents((over(NOW - 8 * DAY, 1.0), over(NOW - 3 * DAY, 1.0), over(NOW - MINUTE, 1.0), incident(NOW - SECOND)), NOW)
    assert [(each.cause, each.day, each.week) for each in document.by_cause] == [("missing", 2, 3)]
    assert [(each.subject, each.week, each.open) for each in document.by_subject] == [("nav", 3, 1)]


def test_the_time_to_heal_is_of_those_that_ended_in_the_week():
    document = incidents((over(NOW - 9 * DAY, 1000.0), over(NOW - DAY, 2.0), over(NOW - 2 * DAY, 4.0), over(NOW - 3 * DAY, 30.0)), NOW)
    assert (document.healing.n, document.healing.mean_s, document.healing.median_s, document.healing.longest_s) == (3, 12.0, 4.0, 30.0)


def test_only_the_newest_closed_ones_are_shown_and_all_are_counted():
    many = tuple(over(NOW - n * MINUTE, 1.0) for n in range(1, SHOWN + 50))
    document = incidents(many, NOW)
    assert (document.n, len(document.closed)) == (SHOWN + 49, SHOWN)
    assert document.closed[0].id == many[0].id
    assert broken(document) == []


def test_an_open_one_told_twice_or_among_the_closed_is_found():
    document = incidents((incident(NOW), over(NOW - DAY, 1.0)), NOW)
    assert every_incident_is_there(document.model_copy(update={"open": document.open * 2})) == "1 incidents are told twice"
    mixed = document.model_copy(update={"open": document.closed, "closed": document.open})
    assert "the other way round" in (every_incident_is_there(mixed) or "")
    assert every_incident_is_there(document.model_copy(update={"closed": ()})) == "n was 2, 1 are told, 2 must be"


def test_it_is_of_the_machine_and_not_rebuilt_from_journals():
    (state,) = (each for each in scan() if each.name == "incidents")
    assert not state.is_rebuildable
    assert (state.upstream, state.folds) == ((), ())


def test_the_agreed_document():
    story = (
        incident(NOW - MINUTE, "stale", "universe", cure="is Dagster running?"),
        over(NOW - DAY + MINUTE, 12.5, cause="invalid", subject="nav"),
        over(NOW - 2 * DAY, 3.0, cause="crash_loop", subject="executor", severity="warn"),
    )
    assert_golden("incidents", incidents(story, NOW))
