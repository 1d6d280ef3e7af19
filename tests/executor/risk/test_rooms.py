"""Each cap leaves what its limit does not yet hold, and nothing when that is unknown."""

import pytest

from executor.risk.rooms import CAPS, Room
from executor.settings import Limits
from tests.executor.pipeline.builders import make_slice

ROOMS = dict(CAPS)
NAV_USD = 100_000.0
LIMITS = Limits()


@pytest.mark.parametrize(
    ("name", "said", "left_usd"),
    [
        ("symbol_cap", {"symbol_usd": 20_000.0}, 5_000.0),
        ("symbol_cap", {"symbol_usd": -20_000.0}, 5_000.0),
        ("tier_cap", {"tier_usd": 149_000.0}, 1_000.0),
        ("tier_cap", {"tier": "small", "tier_usd": 49_000.0}, 1_000.0),
        ("tier_cap", {"tier": "nowhere"}, 0.0),
        ("gross_cap", {"gross_usd": 150_000.0}, 50_000.0),
        ("leverage", {"gross_usd": 150_000.0}, 150_000.0),
        ("leverage", {"gross_usd": 400_000.0}, 0.0),
        ("instrument_leverage", {"max_leverage": 2, "symbol_usd": 150_000.0}, 50_000.0),
        ("instrument_leverage", {"position_max_usd": 160_000.0, "symbol_usd": -150_000.0}, 10_000.0),
        ("instrument_leverage", {"position_max_usd": 0.0}, 0.0),
        ("margin", {"available_usd": 1_000.0}, 3_000.0),
        ("margin", {"available_usd": 1_000.0, "max_leverage": 2}, 2_000.0),
        ("margin", {"available_usd": None}, 0.0),
        ("margin", {"available_usd": -50.0}, 0.0),
    ],
)
def test_a_cap_leaves_the_room_it_does_not_hold(name, said, left_usd):
    assert ROOMS[name](make_slice(**said), LIMITS, NAV_USD).left_usd == pytest.approx(left_usd)


def test_a_room_says_what_is_left_of_what():
    assert Room("symbol", 23_800.0, 25_000.0).sentence(5_000.0) == "asked 5,000.00 USD, symbol has 1,200.00 USD of 25,000.00 left"


def test_a_room_nobody_knows_says_so():
    assert Room("margin", 0.0, None).sentence(5_000.0) == "asked 5,000.00 USD, margin is unknown"
