from tests.hedge_assets.conditions.scenes import beat, found, said, well

FLAG = "RISK_ENGINE_V6_ENABLED"


def pulses(executor, dagster, **given):
    return well(pulses={"executor": beat(flags=executor), "dagster": beat("dagster", flags=dagster, **given)})


def test_services_with_the_same_flags_agree():
    assert said("flags_disagree", pulses({FLAG: "1"}, {FLAG: "1"})) == []


def test_a_flag_on_which_two_differ_is_named_with_both_values():
    scene = pulses({FLAG: "1", "ENV": "dev"}, {FLAG: "0", "ENV": "dev"})
    assert said("flags_disagree", scene) == [(FLAG, "error")]
    assert found("flags_disagree", scene)[0].reason == "dagster has '0', executor has '1'"


def test_a_flag_that_only_one_knows_is_no_disagreement():
    assert said("flags_disagree", pulses({FLAG: "1"}, {})) == []


def test_who_is_gone_does_not_disagree():
    assert said("flags_disagree", pulses({FLAG: "1"}, {FLAG: "0"}, ended="asked to end")) == []
    assert said("flags_disagree", pulses({FLAG: "1"}, {FLAG: "0"}, age_s=500)) == []


def test_services_of_two_versions_disagree():
    scene = well(pulses={"executor": beat(versions={"hedge": "1"}), "watch": beat("watch", versions={"hedge": "2"})})
    assert said("flags_disagree", scene) == [("version", "error")]
