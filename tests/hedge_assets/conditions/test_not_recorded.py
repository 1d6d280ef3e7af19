from tests.hedge_assets.conditions.scenes import beat, found, said, well, with_pulse


def noted(**note):
    return said("not_recorded", with_pulse("executor", beat(note=note)))


def test_a_recording_that_stands_still_or_lost_something_is_told():
    assert noted(record_fault="No space left on device", record_lost=7) == [("executor", "warn")]
    assert noted(record_fault=None, record_lost=7) == [("executor", "warn")]


def test_one_that_is_well_or_not_wanted_is_not():
    assert (noted(record_fault=None, record_lost=0), noted(), said("not_recorded", well())) == ([], [], [])


def test_what_is_wrong_and_the_cure_are_the_recordings_own():
    [stands] = found("not_recorded", with_pulse("executor", beat(note={"record_fault": "No space left on device", "record_lost": 7})))
    assert "No space left on device" in stands.reason
    assert "venue.record_folder" in stands.cure
