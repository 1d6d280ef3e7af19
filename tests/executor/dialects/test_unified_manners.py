"""Our client ids in forms that venues take, and back."""

import re

from hypothesis import given
from hypothesis import strategies as st

from executor.dialects._unified_facts import exact, listed_of
from executor.dialects._unified_manners import MANNERS, Names, manners_of

OURS = st.from_regex(r"h-[.A-Z:/a-z0-9_-]{1,34}", fullmatch=True)


@given(OURS, st.sampled_from([*MANNERS, "a-venue-nobody-knows"]))
def test_an_id_travels_in_the_venue_s_form_the_same_each_time_and_comes_back(client_id, venue):
    manners = manners_of(venue)
    names, after_a_restart = Names(manners), Names(manners)
    sent = names.venue_id(client_id)
    assert manners.id_form.fullmatch(sent)
    assert len(sent) <= 36
    assert names.our_id(sent) == client_id
    assert after_a_restart.venue_id(client_id) == sent


def test_hyperliquid_takes_128_bits_in_hexadecimal():
    assert re.fullmatch(r"0x[0-9a-f]{32}", Names(manners_of("hyperliquid")).venue_id("h-1-1"))


def test_a_foreign_id_stays_what_it_is():
    assert Names(manners_of("okx")).our_id("theirs") == "theirs"
    assert Names(manners_of("okx")).our_id(None) == ""


def test_what_is_no_number_is_none():
    assert [exact(one) for one in (None, "", "x", "NaN", True, float("inf"))] == [None] * 6


def test_a_market_without_rules_that_can_be_kept_is_left_out():
    market = {"swap": True, "linear": True, "active": True, "symbol": "A/B:B", "base": "A", "quote": "B", "contractSize": "10"}
    told = [market | {"precision": {"price": "0.1", "amount": None}}, market | {"precision": {"price": "0.1", "amount": "1"}, "limits": {}}]
    (only,) = listed_of(told, 4).values()
    assert (only.instrument.symbol, only.instrument.step_size) == ("AB", 10)
    assert listed_of(told, 3) == {}
