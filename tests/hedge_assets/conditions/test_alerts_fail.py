import pytest

from tests.hedge_assets.conditions.scenes import beat, found, said, with_pulse


@pytest.mark.parametrize(("name", "subject"), [("alerts_error", "alerts"), ("ping_error", "deadman")])
def test_what_could_not_be_delivered_is_told_where_else_people_look(name, subject):
    scene = with_pulse("watch", beat("watch", note={name: "Connection refused"}))
    assert said("alerts_fail", scene) == [(subject, "warn")]
    assert found("alerts_fail", scene)[0].reason.endswith(": Connection refused")


def test_what_arrives_and_a_watch_that_is_gone_say_nothing():
    assert said("alerts_fail", with_pulse("watch", beat("watch", note={"alerts_error": None, "ping_error": None}))) == []
    assert said("alerts_fail", with_pulse("watch", beat("watch", age_s=60, note={"alerts_error": "Connection refused"}))) == []
