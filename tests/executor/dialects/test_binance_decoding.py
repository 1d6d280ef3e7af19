"""Whatever an answer may hold, reading it ends in facts whose numbers are numbers, or in `Unanswered`: never in anything else."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.dialects import _binance_books as books
from executor.dialects._binance_algos import algo_canceled_verdict, algo_fact, algo_of, algo_sent_verdict, awaited, waiting_of
from executor.dialects._binance_answers import complaint_of
from executor.dialects._binance_decoding import decoded, rows_of
from executor.dialects._binance_orders import canceled_verdict, open_orders_of, order_of, orders_of, sent_verdict
from executor.dialects._binance_public import quotes_of
from executor.dialects._binance_rules import info_of, with_brackets
from executor.protocol.facts import Accepted, Refused, Unsure
from executor.records.soundness import is_sound
from executor.wire.reply import Reply, Unanswered
from tests.executor.dialects.venues import submit

DEEP = b'{"msg":"a","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
ORDER = {"orderId": 5, "clientOrderId": "h-1-1", "symbol": "BTCUSDT", "side": "BUY", "status": "NEW", "origQty": "1", "executedQty": "0"}
ORDER |= {"price": "59000.1", "updateTime": 1_700_000_000_000, "time": 1_700_000_000_000}
ALGO = {"algoId": 6, "clientAlgoId": "h-1-1", "symbol": "BTCUSDT", "side": "SELL", "algoStatus": "NEW", "quantity": "1", "code": "200"}
ALGO |= {"triggerPrice": "58000", "orderType": "STOP_MARKET", "updateTime": 1_700_000_000_000}
TRADE = {"id": 7, "orderId": 5, "symbol": "BTCUSDT", "side": "BUY", "price": "59000.1", "qty": "1", "commission": "0.1", "maker": True}
TRADE |= {"commissionAsset": "USDT", "time": 1_700_000_000_000, "realizedPnl": "0"}
POSITION = {"symbol": "BTCUSDT", "positionAmt": "1", "entryPrice": "59000", "markPrice": "59001", "liquidationPrice": "0"}
ACCOUNT = {"totalWalletBalance": "9", "totalUnrealizedProfit": "0", "totalInitialMargin": "0", "availableBalance": "9"}
ACCOUNT |= {"assets": [{"asset": "USDT", "walletBalance": "9"}]}
INCOME = {"incomeType": "TRANSFER", "income": "5", "asset": "USDT", "time": 1_700_000_000_000, "tranId": 9, "symbol": "", "info": ""}
TICKER = {"symbol": "BTCUSDT", "bidPrice": "1", "bidQty": "1", "askPrice": "2", "askQty": "1", "time": 1_700_000_000_000}
FILTERS = [{"filterType": "PRICE_FILTER", "tickSize": "0.1"}, {"filterType": "LOT_SIZE", "stepSize": "0.1", "minQty": "0.1"}]
SYMBOL = {"symbol": "BTCUSDT", "contractType": "PERPETUAL", "status": "TRADING", "filters": FILTERS}
TIER = {"initialLeverage": 5, "notionalFloor": 0, "notionalCap": 10, "maintMarginRatio": "0.1"}
INFO = {"symbols": [SYMBOL], "rateLimits": []}
RULES = info_of(json.dumps(INFO).encode()).rules
RIGHTS = {"enableFutures": True, "enableWithdrawals": False, "tradingAuthorityExpirationTime": 1_700_000_000_000}

READERS = {
    "order": (order_of, ORDER),
    "open orders": (open_orders_of, [ORDER]),
    "all orders": (orders_of, [ORDER]),
    "conditional order": (lambda body: algo_fact(algo_of(body)), ALGO),
    "open conditional orders": (waiting_of, [ALGO]),
    "trades": (books.trades_of, [TRADE]),
    "positions": (lambda body: books.positions_of(body, {}), [POSITION]),
    "settings": (books.config_of, [{"symbol": "BTCUSDT", "leverage": 5, "marginType": "CROSSED"}]),
    "money": (books.money_of, ACCOUNT),
    "incomes": (books.income_of, [INCOME]),
    "times of incomes": (books.income_times_ms, [INCOME]),
    "modes": (lambda body: books.mode_of(body, body), {"dualSidePosition": False, "multiAssetsMargin": False}),
    "rights": (books.rights_of, RIGHTS),
    "quotes": (quotes_of, [TICKER]),
    "rules": (lambda body: info_of(body).instruments, INFO),
    "brackets": (lambda body: with_brackets(RULES, body), [{"symbol": "BTCUSDT", "brackets": [TIER]}]),
}
NUMBERS = st.sampled_from(["NaN", "-Infinity", "1E+999999", "1E-999999", "1e99999999999999999999", "9" * 5_000, 10**25, -(10**18), 1e308])
STRANGE = NUMBERS | st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({}) | st.decimals().map(str)


def places(value, path=()):
    """The way to everything in an answer."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


def spoilt(value, path, strange):
    """The answer with something strange in a place."""
    if not path:
        return strange
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = spoilt(value[path[0]], path[1:], strange)
    return copy


def read(name, body):
    """What comes of a body: facts with sound numbers, or null."""
    try:
        found = READERS[name][0](body)
    except Unanswered:
        return None
    assert is_sound(found)
    return found


@pytest.mark.parametrize("name", READERS)
def test_a_good_answer_is_read(name):
    assert read(name, json.dumps(READERS[name][1]).encode())


@given(st.data(), st.sampled_from(sorted(READERS)), STRANGE)
def test_no_answer_with_one_strange_thing_in_it_ends_in_anything_but_unanswered(data, name, strange):
    good = READERS[name][1]
    path = data.draw(st.sampled_from(list(places(good))))
    read(name, json.dumps(spoilt(good, path, strange)).encode())


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=40))
def test_no_bytes_whatever_end_in_anything_but_unanswered(name, body):
    read(name, body)
    good = json.dumps(READERS[name][1]).encode()
    read(name, good[: len(body)] + body + good[len(body) :])


@pytest.mark.parametrize("name", READERS)
def test_what_is_nested_beyond_measure_or_no_text_is_not_understood(name):
    reader, good = READERS[name]
    text = json.dumps(good)
    deep = ("[" * 20_000 + "]" * 20_000).encode()
    for body in (DEEP, b"[" + DEEP + b"]", deep, text.replace(": ", ":").encode()[:-2] + b"\xff\xfe", b'{"symbols":' + deep + b"}"):
        with pytest.raises(Unanswered):
            reader(body)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("positions", "positionAmt"),
        ("positions", "entryPrice"),
        ("positions", "markPrice"),
        ("money", "totalWalletBalance"),
        ("money", "availableBalance"),
        ("incomes", "income"),
        ("trades", "qty"),
        ("trades", "price"),
        ("trades", "commission"),
        ("order", "executedQty"),
        ("conditional order", "triggerPrice"),
    ],
)
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1E+999999", "1E+31", "0E-999999"])
def test_a_number_that_is_none_is_no_fact(name, field, number):
    reader, good = READERS[name]
    row = good[0] if isinstance(good, list) else good
    spoiled = row | {field: number}
    with pytest.raises(Unanswered, match=r"number that is none|quantity"):
        reader(json.dumps([spoiled] if isinstance(good, list) else spoiled).encode())


@pytest.mark.parametrize(
    "changed",
    [{"side": "HEDGE"}, {"side": ""}, {"qty": "-1"}, {"qty": "0"}, {"price": "0"}, {"price": "-5"}, {"time": 10**18}, {"time": -1}],
)
def test_a_trade_that_none_can_be_makes_no_fill_and_its_page_no_answer(changed):
    with pytest.raises(Unanswered):
        books.trades_of(json.dumps([TRADE, TRADE | changed]).encode())


@pytest.mark.parametrize("changed", [{"entryPrice": "-1"}, {"markPrice": "-0.1"}])
def test_a_position_of_a_price_below_0_is_no_answer(changed):
    with pytest.raises(Unanswered, match="position in BTCUSDT"):
        books.positions_of(json.dumps([POSITION | changed]).encode(), {})


SENT = submit("h-1-1", price="59000.1")
STOP = awaited(submit("h-1-1", trigger="58000"), submit("h-1-1", trigger="58000").trigger)
VERDICTS = {
    "sending": (ORDER, lambda reply: sent_verdict(reply, SENT, 1)),
    "cancel": (ORDER | {"status": "CANCELED"}, lambda reply: canceled_verdict(reply, "h-1-1", 1)),
    "conditional sending": (ALGO, lambda reply: algo_sent_verdict(reply, STOP, 1)),
    "conditional cancel": (ALGO, lambda reply: algo_canceled_verdict(reply, STOP, 1)),
}
PAGES = [DEEP, b'{"code":"--1","msg":"x"}', b'{"code":"' + b"9" * 5_000 + b'","msg":"x"}', b'{"code":' + b"9" * 30 + b',"msg":"x"}']
PAGES += [b'{"code":"\xd9\xa1","msg":"x"}', b'{"code":"-","msg":"x"}', b'{"code":-2019,"msg":"\xff"}']


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", VERDICTS)
def test_an_order_whose_answer_cannot_be_understood_is_unsure_never_refused(name, page, status):
    assert isinstance(VERDICTS[name][1](Reply(status=status, body=page)), Unsure)


@given(st.data(), st.sampled_from(sorted(VERDICTS)), STRANGE, st.sampled_from([200, 400, 500]))
def test_no_verdict_holds_a_number_that_is_none(data, name, strange, status):
    good, judged = VERDICTS[name]
    path = data.draw(st.sampled_from(list(places(good))))
    verdict = judged(Reply(status=status, body=json.dumps(spoilt(good, path, strange)).encode()))
    assert isinstance(verdict, (Accepted, Unsure))
    if isinstance(verdict, Accepted):
        assert is_sound(verdict.order)
        assert min(verdict.order.qty, verdict.order.filled_qty) >= 0


def test_a_refusal_is_known_by_its_code_as_a_number_and_as_a_word():
    for code in (-2019, "-2019"):
        body = msgspec.json.encode({"code": code, "msg": "Margin is insufficient."})
        assert complaint_of(Reply(status=400, body=body)).code == -2019
        assert isinstance(sent_verdict(Reply(status=400, body=body), SENT, 1), Refused)


def test_leverage_of_a_symbol_that_is_not_ours_stops_nobody_where_it_is_not_understood():
    rows = [{"symbol": "AAAUSDT", "leverage": 5, "marginType": "CROSSED"}, {"symbol": "BBBUSDT", "leverage": None, "marginType": 5}]
    body = json.dumps(rows).encode()
    assert books.config_of(body, ["AAAUSDT"]) == {"AAAUSDT": (5, "cross")}
    for ours in (["AAAUSDT", "BBBUSDT"], None):
        with pytest.raises(Unanswered, match="symbolConfig"):
            books.config_of(body, ours)


def test_rows_come_in_their_shape_or_as_they_came():
    kinds = [type(row) for row in rows_of(b'[1,"a",2]', int)]
    assert kinds == [int, msgspec.Raw, int]
    with pytest.raises(Unanswered, match="a list of ours"):
        rows_of(b'{"a":1}', int, "a list of ours")
    assert decoded(b'"0.10"', Decimal) == Decimal("0.10")
