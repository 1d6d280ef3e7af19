"""What the venue lets be traded is read one way, with a key or without."""

import asyncio
import json
import re
from decimal import Decimal

import msgspec
import pytest

from executor.dialects._binance_public import Addresses, BinancePublic
from executor.dialects._binance_rules import info_of, renewed, with_brackets
from executor.wire.client import Client
from executor.wire.reply import Unanswered
from tests.executor.dialects.venues import access_at, opened
from tests.local_venue.rules import Tier

D = Decimal
PRICE = {"filterType": "PRICE_FILTER", "tickSize": "0.10"}
LOT = {"filterType": "LOT_SIZE", "stepSize": "0.0010", "minQty": "0.001"}


def told(*filters, **more):
    return json.dumps(
        {"symbols": [{"symbol": "AAAUSDT", "contractType": "PERPETUAL", "status": "TRADING", "filters": filters} | more]}
    ).encode()


def test_the_rules_of_every_recorded_symbol_are_read(shared):
    examples = json.loads((shared / "wire/binanceusdm/exchangeInfo.json").read_text())["examples"]
    (example,) = [one for one in examples if one["path"].endswith("exchangeInfo")]
    info = info_of(json.dumps(example["body"]).encode())
    bitcoin = info.rules["BTCUSDT"].instrument
    assert len(info.rules) >= 20
    assert (bitcoin.tick_size, bitcoin.step_size, bitcoin.min_notional) == (D("0.10"), D("0.001"), D(100))
    assert len(info.rate_limits) == 3


def test_with_a_key_and_without_the_same_is_read():
    async def scene():
        async with opened() as (venue, dialect):
            public = BinancePublic(Addresses(rest="https://fapi.binance.com", streams=""))
            door = Client(access_at(venue).settings)
            try:
                return await public.instruments(door), await dialect.open()
            finally:
                await door.close()

    without, with_key = asyncio.run(scene())
    assert without == {
        symbol: msgspec.structs.replace(one, brackets=(), max_leverage=20, maint_margin_frac=0.01) for symbol, one in with_key.items()
    }
    assert set(without) == {"BTCUSDT", "ETHUSDT"}


def test_a_market_order_has_a_step_of_its_own_where_the_venue_says_so():
    market = {"filterType": "MARKET_LOT_SIZE", "stepSize": "0.01", "minQty": "0.01"}
    assert info_of(told(PRICE, LOT)).rules["AAAUSDT"].market_step == D("0.001")
    assert info_of(told(PRICE, LOT, market)).rules["AAAUSDT"].market_step == D("0.01")


@pytest.mark.parametrize(
    "filters",
    [
        (),
        (PRICE,),
        (LOT,),
        (PRICE | {"tickSize": "0"}, LOT),
        (PRICE | {"tickSize": "-0.1"}, LOT),
        (PRICE, {"filterType": "LOT_SIZE", "stepSize": "1"}),
    ],
)
def test_a_symbol_without_a_rule_that_orders_are_made_by_is_left_out(filters):
    assert info_of(told(*filters)).rules == {}


SPOILT = [
    {"contractType": None},
    {"status": 5},
    {"filters": None},
    {"filters": [PRICE | {"tickSize": ""}, LOT]},
    {"filters": [PRICE | {"tickSize": "NaN"}, LOT]},
    {"filters": [PRICE, LOT | {"stepSize": "Infinity"}]},
    {"filters": [PRICE, LOT | {"minQty": "1E+999999"}]},
]


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_row_that_is_not_understood_stops_nobody_but_whose_symbol_it_is(spoilt):
    good = json.loads(told(PRICE, LOT))["symbols"][0]
    body = json.dumps({"symbols": [good | {"symbol": "BBBUSDT"} | spoilt, good]}).encode()
    assert set(info_of(body, {"AAAUSDT"}).rules) == {"AAAUSDT"}
    for ours in ({"BBBUSDT"}, {"AAAUSDT", "BBBUSDT"}, None):
        with pytest.raises(Unanswered, match="exchangeInfo"):
            info_of(body, ours)


def test_a_row_that_does_not_say_whose_it_is_may_be_ours():
    with pytest.raises(Unanswered, match="exchangeInfo"):
        info_of(b'{"symbols":[{"symbol":null,"filters":[]}]}', {"AAAUSDT"})


def test_what_is_no_perpetual_is_left_out():
    assert info_of(told(PRICE, LOT, contractType="CURRENT_QUARTER")).rules == {}


@pytest.mark.parametrize("status", ["SETTLING", "PENDING_TRADING", "CLOSE", ""])
def test_a_perpetual_that_is_not_in_trading_is_known_as_such(status):
    assert not info_of(told(PRICE, LOT, status=status)).rules["AAAUSDT"].instrument.is_trading


def test_what_is_named_no_more_is_known_still_out_of_trading():
    before = info_of(told(PRICE, LOT)).rules
    (gone,) = renewed(before, {}).values()
    assert gone.instrument == msgspec.structs.replace(before["AAAUSDT"].instrument, is_trading=False)
    assert renewed({"AAAUSDT": gone}, before) == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"symbols":[{}]}', b'{"symbols":[{"symbol":"A","filters":5}]}', b"\xff"])
def test_an_answer_of_another_shape_is_none(body):
    with pytest.raises(Unanswered, match="exchangeInfo"):
        info_of(body)


def bracket(floor, cap, leverage, rate):
    return {"bracket": 1, "initialLeverage": leverage, "notionalCap": cap, "notionalFloor": floor, "maintMarginRatio": rate, "cum": 0.0}


def tiers(*rows, symbol="AAAUSDT"):
    return json.dumps([{"symbol": symbol, "notionalCoef": 1.5, "brackets": rows}]).encode()


def test_brackets_are_read_with_a_key_and_what_they_say_of_small_positions_stands_beside_them():
    async def scene():
        async with opened() as (venue, dialect):
            rows = (Tier(cap=D(50_000), leverage=100, rate=D("0.004")), Tier(cap=D(250_000), leverage=50, rate=D("0.0065")))
            venue.rules["BTCUSDT"] = msgspec.structs.replace(venue.rules["BTCUSDT"], tiers=rows)
            return await dialect.open()

    told = asyncio.run(scene())
    bitcoin = told["BTCUSDT"]
    assert [(one.floor_usd, one.cap_usd, one.max_leverage, one.maint_margin_frac) for one in bitcoin.brackets] == [
        (D(0), D(50_000), 100, D("0.004")),
        (D(50_000), D(250_000), 50, D("0.0065")),
    ]
    assert (bitcoin.max_leverage, bitcoin.maint_margin_frac) == (100, 0.004)
    assert len(told["ETHUSDT"].brackets) == 1


def test_a_symbol_of_which_no_brackets_are_told_keeps_what_it_had():
    rules = info_of(told(PRICE, LOT)).rules
    assert with_brackets(rules, b"[]") == rules
    assert with_brackets(rules, tiers(bracket(0, 5, 5, 0.01), symbol="OLDUSDT")) == rules


@pytest.mark.parametrize(
    "rows",
    [
        (bracket(0, 50, 5, 0.01), bracket(60, 90, 2, 0.1)),
        (bracket(0, 50, 5, 0.01), bracket(40, 90, 2, 0.1)),
        (bracket(10, 50, 5, 0.01),),
        (bracket(0, 0, 5, 0.01),),
        (bracket(0, 50, 0, 0.01),),
        (bracket(0, 50, 5, 1.0),),
        (bracket(0, 50, 5, -0.1),),
        ({"bracket": 1},),
    ],
)
def test_brackets_that_nobody_could_go_by_are_no_answer(rows):
    with pytest.raises(Unanswered, match=re.compile("bracket", re.IGNORECASE)):
        with_brackets(info_of(told(PRICE, LOT)).rules, tiers(*rows))


@pytest.mark.parametrize("rows", [(bracket(0, 50, 5, 0.01), bracket(60, 90, 2, 0.1)), ({"bracket": 1},), (bracket(0, "NaN", 5, 0.01),)])
def test_brackets_of_others_that_nobody_could_go_by_are_left_out(rows):
    good = told(PRICE, LOT).replace(b"AAAUSDT", b"BBBUSDT")
    rules = info_of(told(PRICE, LOT)).rules | info_of(good).rules
    body = json.dumps([*json.loads(tiers(*rows, symbol="BBBUSDT")), *json.loads(tiers(bracket(0, 5, 7, 0.02)))]).encode()
    found = with_brackets(rules, body, {"AAAUSDT"})
    assert (found["AAAUSDT"].instrument.max_leverage, found["BBBUSDT"]) == (7, rules["BBBUSDT"])
    with pytest.raises(Unanswered, match=re.compile("bracket", re.IGNORECASE)):
        with_brackets(rules, body, {"AAAUSDT", "BBBUSDT"})
