from hedge_assets.health.condition import Condition, Finding, Sign, findings, scan, table
from tests.hedge_assets.conditions.scenes import well


def trips(_):
    yield Sign("desk", "warn", "said before", "c")
    raise KeyError("nothing\nof the kind")


def test_each_condition_has_its_files_name_and_a_meaning_of_one_line():
    found = scan()
    assert [each.name for each in found] == sorted({each.name for each in found})
    assert all(each.meaning.endswith(".") and "\n" not in each.meaning for each in found)
    assert table(found).count("\n") == len(found) + 1


def test_one_that_trips_over_what_it_is_shown_says_so_and_the_rest_go_on():
    rain = Condition(judge=lambda _: [Sign("desk", "warn", "it\nrains", "wait")], name="rain")
    first, second = findings([Condition(judge=trips, name="trips"), rain], well())
    assert (first.condition, first.subject, first.is_error) == ("trips", "trips", True)
    assert first.reason == "it cannot be judged: KeyError: 'nothing\\nof the kind'"
    assert second == Finding("rain", "desk", "warn", "it rains", "wait")


def test_a_desk_that_is_well_has_no_findings():
    assert findings(scan(), well()) == ()


def test_what_makes_others_ill_says_so_in_every_finding():
    flood = Condition(judge=lambda _: [Sign("cellar", "error", "wet", "pump")], reach=2, name="flood")
    assert [each.reach for each in findings([flood], well())] == [2]
    reach = {each.name: each.reach for each in scan()}
    assert reach["disk_full"] > reach["executor_dead"] > reach["shadow_diverges"]
