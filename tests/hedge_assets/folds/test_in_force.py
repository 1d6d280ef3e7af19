import msgspec

from executor.records.trading import Policy, RouterPolicy
from executor.settings import Router, Settings
from hedge_assets.folds.applied import Applied
from hedge_assets.folds.in_force import followed, policy_in_force, settings_in_force
from hedge_assets.folds.services import Services
from tests.hedge_assets.builders import T0, boot

NOW = msgspec.to_builtins(Settings())


def services(plain):
    found = Services()
    found.boot(msgspec.structs.replace(boot(T0), settings=plain))
    return found


def test_an_older_executor_that_names_settings_since_dropped_is_still_understood():
    older = {**NOW, "gone": {"a": 1}, "router": {**NOW["router"], "gone_bps": 3.0, "patience_s": 7.0}}
    found = settings_in_force(services(older))
    assert found.router.patience_s == 7.0
    assert found.limits == Settings().limits


def test_settings_of_another_type_are_not_guessed():
    assert settings_in_force(services({**NOW, "router": "fast"})) is None


def test_before_any_boot_no_settings_are_known():
    assert settings_in_force(Services()) is None


def test_plain_routing_is_of_the_settings_as_they_are_now_and_suggested_routing_of_the_suggestion():
    settings, steered = Settings(router=Router(patience_s=7.0)), Policy(router=RouterPolicy(offset_bps=0.5), version="v1")
    weighed = Policy(weight_frac=0.2, weight_version="w1")
    applied = Applied(in_force={"A": steered, "B": weighed})
    assert policy_in_force(applied, "A", settings) == steered
    assert policy_in_force(applied, "B", settings) == msgspec.structs.replace(weighed, router=RouterPolicy(patience_s=7.0))
    assert policy_in_force(applied, "C", settings) == Policy(router=RouterPolicy(patience_s=7.0))


def test_whether_suggestions_are_followed_is_the_newest_boots_word():
    applied = Applied()
    assert followed(applied, "ROUTER_AUTOTUNE_V6_APPLY_ENABLED") is None
    applied.take(boot(T0, flags={"ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1", "FEEDBACK_ALLOCATOR_V6_APPLY_ENABLED": "0"}))
    assert followed(applied, "ROUTER_AUTOTUNE_V6_APPLY_ENABLED") is True
    assert followed(applied, "FEEDBACK_ALLOCATOR_V6_APPLY_ENABLED") is False
