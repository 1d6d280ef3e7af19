"""Flags are read once, and only as 0 or 1."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import SettingsError
from executor.flags import DEFAULTS, read_flags, refuse_unpermitted_production


def test_an_empty_environment_is_safe() -> None:
    flags = read_flags({})
    assert flags.env == "dev"
    assert not flags.on("ALLOW_PROD_WRITE")
    assert not flags.on("FIRESTORE_ENABLED")
    assert not flags.on("ROUTER_AUTOTUNE_V6_APPLY_ENABLED")


@given(st.sampled_from(sorted(DEFAULTS)), st.text(min_size=1).filter(lambda text: text not in ("0", "1")))
def test_anything_but_0_and_1_is_refused_with_name_value_and_what_is_allowed(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_flags({name: text})
    assert name in str(caught.value)
    assert repr(text) in str(caught.value)
    assert "0 and 1" in str(caught.value)


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(SettingsError, match="ENV was 'production'"):
        read_flags({"ENV": "production"})


def test_only_permitted_production_may_start() -> None:
    for env, permit in itertools.product(("dev", "test", "prod"), ("", "0", "1")):
        flags = read_flags({"ENV": env, "ALLOW_PROD_WRITE": permit})
        if env == "prod" and permit != "1":
            with pytest.raises(SettingsError, match="ALLOW_PROD_WRITE") as caught:
                refuse_unpermitted_production(flags)
            assert caught.value.exit_code == 78
        else:
            refuse_unpermitted_production(flags)


def test_flags_as_text_read_back_as_themselves() -> None:
    flags = read_flags({"ENV": "test", "RISK_ENGINE_V6_ENABLED": "1"})
    assert read_flags(flags.as_text()) == flags
