import msgspec

from executor.settings import Settings
from hedge_assets.folds.in_force import settings_in_force
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
