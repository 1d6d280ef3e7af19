from hedge_assets.health.scene import DiskFacts, Program, Programs
from tests.hedge_assets.conditions.scenes import ago, found, said, well


def noted(age_s, **given):
    return well(programs=Programs(at_us=ago(age_s), programs=(Program(name="web", state="RUNNING", pid=7),)), **given)


def test_a_note_on_the_programs_that_grows_old_says_that_nobody_supervises():
    assert said("supervisor_silent", noted(14)) == []
    assert said("supervisor_silent", noted(16)) == [("supervisor", "error")]
    assert "last told of its programs 16 s ago, expected within 15 s" in found("supervisor_silent", noted(16))[0].reason


def test_a_desk_without_a_supervisor_or_one_that_was_ended_is_well():
    assert said("supervisor_silent", well()) == []


def test_a_full_disk_is_told_of_instead_since_the_note_cannot_be_written_then():
    assert said("supervisor_silent", noted(99, disk=DiskFacts(free_bytes=0, size_bytes=10**9))) == []
