from tests.hedge_assets.conditions.scenes import beat, found, said, with_pulse


def watching(**note):
    return with_pulse("watch", beat("watch", note=note))


def test_a_watch_that_reads_or_says_nothing_of_it_is_well():
    assert said("audit_stopped", watching(is_reading_journals=1)) == []
    assert said("audit_stopped", watching()) == []


def test_a_watch_that_looks_on_without_reading_is_told():
    scene = watching(is_reading_journals=0)
    assert said("audit_stopped", scene) == [("watch", "warn")]
    assert found("audit_stopped", scene)[0].cure.startswith("kill 42: it is started again")


def test_a_watch_that_ended_as_it_was_asked_need_not_read():
    assert said("audit_stopped", with_pulse("watch", beat("watch", ended="asked to end", note={"is_reading_journals": 0}))) == []
