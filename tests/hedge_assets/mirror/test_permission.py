import pytest

from executor.errors import SettingsError
from executor.flags import read_flags
from hedge_assets.mirror.permission import permission
from hedge_assets.mirror.sink import chosen, scan
from tests.hedge_assets.mirror.desks import mirror


def asked(settings, **environ):
    return permission(read_flags(environ), settings, chosen(settings))


def test_as_it_comes_nothing_leaves_the_machine():
    allowed = asked(mirror())
    assert not allowed.sinks
    assert allowed.off == "skipped by setting: FIRESTORE_ENABLED is 0, nothing leaves this machine"
    assert asked(mirror(sinks=())).off.startswith("skipped by setting: mirror.sinks is empty")


def test_a_flag_turns_on_the_sink_that_it_is_for():
    assert list(asked(mirror(), FIRESTORE_ENABLED="1").sinks) == ["firestore"]
    both = mirror(sinks=("firestore", "objects"), uri="file:///x")
    assert list(asked(both).sinks) == ["objects"]
    assert list(asked(both, FIRESTORE_ENABLED="1").sinks) == ["firestore", "objects"]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "ALLOW_PROD_WRITE was not 1 and ALLOW_PROD_SYNC was not 1"),
        ({"ALLOW_PROD_WRITE": "1"}, "ALLOW_PROD_SYNC was not 1"),
        ({"ALLOW_PROD_SYNC": "1"}, "ALLOW_PROD_WRITE was not 1"),
    ],
)
@pytest.mark.parametrize("settings", [mirror(), mirror(sinks=("objects",), uri="file:///x")])
def test_production_needs_both_yeses_for_every_sink(settings, given, missing):
    with pytest.raises(SettingsError, match=missing) as refused:
        asked(settings, ENV="prod", FIRESTORE_ENABLED="1", **given)
    assert refused.value.exit_code == 78


def test_production_with_both_yeses_may_and_without_a_wish_need_not():
    assert asked(mirror(), ENV="prod", FIRESTORE_ENABLED="1", ALLOW_PROD_WRITE="1", ALLOW_PROD_SYNC="1").sinks
    assert asked(mirror(), ENV="prod").off


def test_a_sink_that_is_none_and_one_that_is_told_too_little_are_refused():
    assert sorted(scan()) == ["firestore", "objects"]
    with pytest.raises(SettingsError, match=r"mirror\.sinks names 'redis', there are firestore, objects"):
        asked(mirror(sinks=("redis",)))
    with pytest.raises(SettingsError, match=r"mirror\.uri was empty"):
        asked(mirror(sinks=("objects",)))
