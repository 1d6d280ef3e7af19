"""What Binance says on an account's stream becomes facts, exactly; what is not understood is a doubt or a bad frame, never a guess."""

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.dialects._binance_user import BinanceUser, read
from executor.protocol.facts import (
    AccountFact,
    BalanceFact,
    DoubtFact,
    LeverageFact,
    MarginCallFact,
    MultiAssetFact,
    OrderFact,
    PositionFact,
    TradeFact,
)
from executor.records.soundness import is_sound
from executor.wire.streams.shapes import Answer, BadFrame, Passed
from executor.wire.streams.user import KeyExpired

ORDER = {"s": "BTCUSDT", "c": "p0001-7", "S": "SELL", "o": "LIMIT", "f": "GTX", "q": "0.020", "p": "60000.10", "ap": "0", "sp": "0"}
ORDER |= {"x": "NEW", "X": "NEW", "i": 8886774, "l": "0", "z": "0", "L": "0", "T": 1700000000123, "t": 0, "m": False, "R": True}
ORDER |= {"ps": "BOTH", "rp": "0"}
FILL = {"x": "TRADE", "X": "PARTIALLY_FILLED", "l": "0.005", "z": "0.015", "L": "60000.10", "t": 77, "m": True, "n": "0.06", "N": "USDT"}
ALGO = {"caid": "p0001-9", "aid": 2148719, "at": "CONDITIONAL", "o": "STOP_MARKET", "s": "BNBUSDT", "S": "SELL", "ps": "BOTH", "f": "GTC"}
ALGO |= {"q": "0.01", "X": "NEW", "ai": "", "ap": "0.00000", "aq": "0.00000", "tp": "750", "p": "0", "R": True}


def order(**changes):
    return json.dumps({"e": "ORDER_TRADE_UPDATE", "E": 1, "T": 2, "o": ORDER | changes})


def algo(**changes):
    return json.dumps({"e": "ALGO_UPDATE", "T": 1750515742297, "E": 1, "o": ALGO | changes})


def test_a_new_order_is_an_order():
    [fact] = read(order())
    assert fact == OrderFact(
        client_id="p0001-7",
        order_id="8886774",
        symbol="BTCUSDT",
        side="sell",
        qty=Decimal("0.020"),
        filled_qty=Decimal(0),
        status="open",
        price=Decimal("60000.10"),
        reduce_only=True,
        post_only=True,
        ts_us=1700000000123000,
    )


def test_an_execution_is_a_trade_and_then_the_order_as_it_is_after_it():
    trade, after = read(order(**FILL, rp="1.25"))
    assert trade == TradeFact(
        trade_id="77",
        order_id="8886774",
        client_id="p0001-7",
        symbol="BTCUSDT",
        side="sell",
        price=Decimal("60000.10"),
        qty=Decimal("0.005"),
        fee=Decimal("0.06"),
        fee_asset="USDT",
        is_maker=True,
        realized=Decimal("1.25"),
        ts_us=1700000000123000,
    )
    assert (after.status, after.filled_qty) == ("open", Decimal("0.015"))


@pytest.mark.parametrize("client_id", ["autoclose-1596107620040000020", "adl_autoclose", "settlement_autoclose-2"])
def test_what_the_venue_closed_itself_keeps_its_name(client_id):
    trade, after = read(order(**FILL | {"x": "CALCULATED", "X": "FILLED", "c": client_id, "N": None, "n": "0"}))
    assert (trade.client_id, after.client_id, trade.fee_asset, trade.fee) == (client_id, client_id, "", Decimal(0))


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("NEW", "open"),
        ("PARTIALLY_FILLED", "open"),
        ("NEW_ADL", "open"),
        ("NEW_INSURANCE", "open"),
        ("FILLED", "filled"),
        ("CANCELED", "canceled"),
        ("EXPIRED", "expired"),
        ("EXPIRED_IN_MATCH", "expired"),
        ("REJECTED", "refused"),
    ],
)
def test_every_status_has_its_word(told, status):
    [fact] = read(order(x=told, X=told))
    assert fact.status == status


@pytest.mark.parametrize("changes", [{"X": "FROZEN"}, {"S": "SHORT"}, {"ps": "LONG"}])
def test_a_word_that_is_not_known_is_a_doubt_about_the_order(changes):
    [fact] = read(order(**changes))
    assert isinstance(fact, DoubtFact)
    assert fact.ts_us == 1700000000123000


def test_an_order_that_was_amended_or_canceled_after_a_fill_tells_no_trade_again():
    for execution in ("AMENDMENT", "CANCELED", "EXPIRED"):
        assert len(read(order(**FILL | {"x": execution, "X": "CANCELED"}))) == 1


@pytest.mark.parametrize(
    ("changes", "status", "filled"),
    [
        ({}, "open", "0"),
        ({"X": "TRIGGERING"}, "open", "0"),
        ({"X": "FINISHED", "aq": "0.01"}, "filled", "0.01"),
        ({"X": "FINISHED", "aq": "0.004"}, "canceled", "0.004"),
        ({"X": "CANCELED"}, "canceled", "0"),
        ({"X": "EXPIRED"}, "expired", "0"),
        ({"X": "REJECTED", "rm": "Reduce Only reject"}, "refused", "0"),
    ],
)
def test_a_conditional_order_is_one_of_its_own_id_until_its_price_comes(changes, status, filled):
    [fact] = read(algo(**changes))
    assert (fact.client_id, fact.order_id, fact.is_trigger) == ("p0001-9", "2148719", True)
    assert (fact.status, fact.filled_qty, fact.price, fact.trigger_price) == (status, Decimal(filled), None, Decimal(750))
    assert fact.reason == changes.get("rm", "")


@pytest.mark.parametrize("child", ["77", 77])
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"X": "TRIGGERED"}, "open"),
        ({"X": "FINISHED", "aq": "0.01"}, "filled"),
        ({"X": "FINISHED", "aq": "0.004"}, "open"),
        ({"X": "FINISHED", "aq": ""}, "open"),
    ],
)
def test_one_that_was_triggered_is_the_order_it_became_which_says_itself_how_it_ended(changes, status, child):
    [fact] = read(algo(**changes, ai=child))
    assert (fact.client_id, fact.order_id, fact.is_trigger, fact.status) == ("p0001-9", "77", False, status)


def test_balances_and_positions_tell_what_changed_and_why():
    positions = [{"s": "BTCUSDT", "pa": "-0.5", "ep": "6563.66500", "cr": "0", "up": "2.5", "mt": "isolated", "iw": "1", "ps": "BOTH"}]
    balances = [{"a": "USDT", "wb": "122624.12345678", "cw": "1", "bc": "-50.5"}]
    raw = json.dumps({"e": "ACCOUNT_UPDATE", "E": 1, "T": 5, "a": {"m": "FUNDING_FEE", "B": balances, "P": positions}})
    position = PositionFact(
        symbol="BTCUSDT", qty=Decimal("-0.5"), entry_price=Decimal("6563.66500"), unrealised=Decimal("2.5"), margin="isolated"
    )
    balance = BalanceFact(asset="USDT", wallet=Decimal("122624.12345678"), change=Decimal("-50.5"))
    assert read(raw) == (AccountFact(reason="FUNDING_FEE", balances=(balance,), positions=(position,), ts_us=5000),)


def test_settings_changed_by_somebody_are_told():
    assert read('{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":2,"ac":{"s":"BTCUSDT","l":25}}') == (
        LeverageFact(symbol="BTCUSDT", leverage=25, ts_us=2000),
    )
    assert read('{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":2,"ai":{"j":true}}') == (MultiAssetFact(is_multi_asset=True, ts_us=2000),)
    assert isinstance(read('{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":2}')[0], DoubtFact)


def test_a_conditional_order_refused_when_its_price_came_is_a_doubt():
    [fact] = read('{"e":"CONDITIONAL_ORDER_TRIGGER_REJECT","E":1,"T":2,"or":{"s":"ETHUSDT","i":1,"r":"x"}}')
    assert fact == DoubtFact(detail="conditional order refused when triggered", ts_us=2000)


@pytest.mark.parametrize("raw", ['{"e":"TRADE_LITE","E":1}', '{"e":"STRATEGY_UPDATE"}', '{"e":"whatever"}'])
def test_other_kinds_are_passed_over(raw):
    assert isinstance(read(raw), Passed)


def test_an_answer_to_a_request_is_no_fact():
    assert read('{"result":null,"id":3}') == Answer()


@pytest.mark.parametrize("number", ['"NaN"', '"Infinity"', '"-Infinity"', '""', '"1.2.3"', "null", "{}"])
def test_a_number_that_is_none_is_a_bad_frame(number):
    with pytest.raises(BadFrame):
        read(order().replace('"0.020"', number))
    with pytest.raises(BadFrame):
        read(algo().replace('"0.01"', number))


@pytest.mark.parametrize("field", ["q", "p", "l", "z", "L", "n", "rp"])
@pytest.mark.parametrize("number", ["NaN", "1E+999999", "-1E+31", "0E-999999", "9" * 5_000])
def test_an_absurd_number_of_an_order_is_a_bad_frame(field, number):
    with pytest.raises(BadFrame):
        read(order(**FILL | {field: number}))


@pytest.mark.parametrize("changed", [{"L": "0"}, {"L": "-1"}, {"l": "-0.005"}, {"q": "-1"}, {"z": "-1"}, {"p": "-1"}])
def test_an_execution_that_none_can_be_is_a_doubt_and_no_trade(changed):
    assert [type(fact) for fact in read(order(**FILL | changed))] == [DoubtFact]


@pytest.mark.parametrize("changed", [{"T": 10**18}, {"T": -1}, {"T": 10**30}])
def test_an_event_of_no_time_is_a_bad_frame(changed):
    with pytest.raises(BadFrame):
        read(order(**FILL | changed))


STRANGE = st.sampled_from(["NaN", "1E+999999", "-5", "0", "", "[]", None, -1, 10**25, 0.5, True, [], {}, "9" * 5_000])


@given(st.sampled_from(sorted(ORDER | FILL)), st.sampled_from(sorted(ALGO)), STRANGE)
def test_an_event_with_one_strange_thing_in_it_is_facts_with_sound_numbers_or_a_bad_frame(field, of_algo, strange):
    for raw in (order(**FILL | {field: strange}), algo(**{of_algo: strange}), order().replace("{", '{"x":' + "[" * 20_000, 1)):
        with contextlib.suppress(BadFrame):
            assert is_sound(read(raw))


@given(st.data())
def test_every_message_cut_anywhere_is_a_bad_frame(data):
    raw = data.draw(st.sampled_from([order(), order(**FILL), algo()]))
    with pytest.raises(BadFrame):
        read(raw[: data.draw(st.integers(0, len(raw) - 1))])


def test_the_key_travels_in_the_address_as_the_venue_wants_it():
    assert BinanceUser().path("abc/1 2") == "/private/ws?listenKey=abc%2F1%202"


def test_every_recorded_message_is_read(shared):
    examples = json.loads((shared / "wire" / "binanceusdm" / "user_data_stream.json").read_text())["examples"]
    told = {example["name"]: read(json.dumps(example["body"])) for example in examples}
    kinds = [type(fact).__name__ for news in told.values() if isinstance(news, tuple) for fact in news]
    assert sorted(kinds) == ["AccountFact", "DoubtFact", "DoubtFact", "MarginCallFact", "OrderFact", "TradeFact"]
    assert sum(isinstance(news, KeyExpired) for news in told.values()) == 1
    assert sum(isinstance(news, Passed) for news in told.values()) == 1
    assert any(
        isinstance(fact, MarginCallFact) and fact.positions[0].mark_price == Decimal("187.17127")
        for news in told.values()
        if isinstance(news, tuple)
        for fact in news
    )
