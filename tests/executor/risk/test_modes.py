"""The mode is the worst that any vital sign calls for."""

import math

import msgspec
import pytest

from executor.risk.modes import Vitals, assess, mode_size, vitals
from executor.settings import Lines
from tests.executor.pipeline.builders import make_slice

WELL = Vitals(halted=False, nav_age_s=0.0, drawdown_frac=0.0, daily_loss_frac=0.0, reject_frac=None, fallback_frac=None)
LINES = Lines()


def mode(**said):
    return assess(msgspec.structs.replace(WELL, **said), LINES).mode


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, "ok"),
        ({"drawdown_frac": 0.0999}, "ok"),
        ({"drawdown_frac": 0.10}, "warn"),
        ({"drawdown_frac": 0.1601}, "defensive"),
        ({"drawdown_frac": 0.20}, "defensive"),
        ({"drawdown_frac": 0.2001}, "halted"),
        ({"drawdown_frac": None}, "halted"),
        ({"daily_loss_frac": 0.03}, "warn"),
        ({"daily_loss_frac": 0.0401}, "defensive"),
        ({"daily_loss_frac": 0.06}, "halted"),
        ({"nav_age_s": 16.0}, "warn"),
        ({"nav_age_s": 31.0}, "halted"),
        ({"nav_age_s": None}, "halted"),
        ({"nav_age_s": math.nan}, "halted"),
        ({"reject_frac": 0.2, "fallback_frac": 0.8}, "ok"),
        ({"reject_frac": 0.21}, "warn"),
        ({"fallback_frac": 0.81}, "warn"),
        ({"reject_frac": 0.21, "fallback_frac": 0.81}, "defensive"),
        ({"halted": True}, "halted"),
    ],
)
def test_a_mode_turns_at_its_line(said, wanted):
    assert mode(**said) == wanted


def test_the_reason_names_the_measure_and_its_limit():
    assert assess(msgspec.structs.replace(WELL, drawdown_frac=0.12), LINES).reason == "drawdown_frac is 0.12, hard limit 0.2"


def test_the_worst_measure_gives_the_reason():
    signs = msgspec.structs.replace(WELL, drawdown_frac=0.12, daily_loss_frac=0.045)
    assert assess(signs, LINES).reason.startswith("daily_loss_frac")


def test_a_negative_nav_age_is_fresh():
    assert mode(nav_age_s=-0.5) == "ok"


def test_without_nav_its_age_is_unknown_too():
    assert vitals(make_slice(nav_usd=None)).nav_age_s is None


def test_each_worse_mode_leaves_a_smaller_size():
    sizes = [mode_size(name, LINES.candidate) for name in ("ok", "warn", "defensive", "halted")]
    assert sizes == sorted(sizes, reverse=True) == [1.0, 0.75, 0.4, 0.0]
