import pytest

from hedge_assets.health.scene import Mirrored, Mirroring
from tests.hedge_assets.conditions.scenes import ago, beat, found, said, well, with_pulse


def sink(**given):
    return Mirroring(**{"sink": "firestore", "target": "firestore desk", "documents": 3, "acknowledged": 3, **given})


def mirrored(*sinks, age_s=1.0, **given):
    return well(mirrored=Mirrored(at_us=ago(age_s), late_s=120, fail_s=900, sinks=sinks, **given))


def test_a_mirror_that_is_well_or_off_or_was_never_wanted_says_nothing():
    assert said("mirror_behind", mirrored(sink())) == []
    assert said("mirror_behind", mirrored(age_s=100_000, off="skipped by setting")) == []
    assert said("mirror_behind", well()) == []


@pytest.mark.parametrize(("owed_s", "severity"), [(119, None), (121, "warn"), (899, "warn"), (901, "error")])
def test_what_is_owed_for_too_long_is_told_with_why(owed_s, severity):
    scene = mirrored(sink(owed=("nav",), owed_since_us=ago(owed_s), failures=9, fault="ServiceUnavailable: refused"))
    assert said("mirror_behind", scene) == ([] if severity is None else [("firestore", severity)])
    assert all("ServiceUnavailable" in each.reason for each in found("mirror_behind", scene))


def test_an_outage_with_nothing_owed_yet_is_borne():
    assert said("mirror_behind", mirrored(sink(failures=3, fault="ServiceUnavailable"))) == []


def test_what_the_quota_holds_back_is_a_warning_however_long():
    scene = mirrored(sink(owed=("nav",), owed_since_us=ago(5000), is_held_back=True, written_today=9, writes_per_day=10))
    assert said("mirror_behind", scene) == [("firestore", "warn")]
    assert "9 of 10 writes" in found("mirror_behind", scene)[0].reason


def test_a_document_that_is_refused_is_named():
    assert said("mirror_behind", mirrored(sink(refused={"states/paper/nav": "too large"}))) == [("firestore", "warn")]


def test_what_is_wrong_on_this_side_is_an_error():
    assert said("mirror_behind", mirrored(sink(), fault="ledger.json cannot be written")) == [("mirror", "error")]


@pytest.mark.parametrize(("age_s", "severity"), [(60, None), (122, "warn"), (1000, "error")])
def test_a_mirror_that_fell_silent_while_the_desk_trades_is_missed(age_s, severity):
    assert said("mirror_behind", mirrored(sink(), age_s=age_s)) == ([] if severity is None else [("mirror", severity)])


def test_where_dagster_makes_the_passes_their_pace_is_none_of_silence():
    assert said("mirror_behind", mirrored(sink(), age_s=400, every_s=300.0)) == []
    assert said("mirror_behind", mirrored(sink(), age_s=430, every_s=300.0)) == [("mirror", "warn")]


def test_a_mirror_that_fell_silent_with_the_desk_is_not():
    scene = well(pulses={}, mirrored=Mirrored(at_us=ago(5000), late_s=120, fail_s=900, sinks=(sink(),)))
    assert said("mirror_behind", scene) == []


def test_a_flag_that_nobody_acts_on_is_told_once_the_start_is_over():
    def asked_for(up_s):
        return with_pulse("executor", beat("executor", started_us=ago(up_s), flags={"FIRESTORE_ENABLED": "1"}))

    assert said("mirror_behind", asked_for(30)) == []
    assert said("mirror_behind", asked_for(90)) == [("mirror", "warn")]
