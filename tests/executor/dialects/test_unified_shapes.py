"""What stands in place of the list is never read as nothing there: no flat position, no absent order, no empty wallet."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.dialects._unified_manners import MANNERS
from executor.dialects._unified_shapes import asked_for, holds_list, whole
from executor.protocol.facts import Unsure
from executor.wire.reply import Unanswered
from tests.executor.dialects.test_unified import READINGS, SYMBOL, VENUES, opened, order, told
from tests.executor.wire.scripted import says

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["list", "data", "symbol", "x"]), inner, max_size=3),
    max_leaves=6,
)
NO_LISTS = [
    None,
    {},
    "x",
    "",
    0,
    7,
    True,
    {"list": None},
    {"list": {}},
    {"list": "x"},
    {"list": 0},
    {"data": []},
    {"rows": []},
    {"x": {"list": []}},
]
NO_ROWS = [[None], ["x"], [[]], [7], [{}], [{"symbol": "BTCUSDT"}]]
ANSWERS = {
    "bybit": lambda value: {"retCode": 0, "retMsg": "OK", "result": value},
    "okx": lambda value: {"code": "0", "msg": "", "data": value},
    "hyperliquid": lambda value: value,
}
LISTS = ["order", "open orders", "orders", "trades", "positions", "money"]
SHAPES = [(venue, kind) for venue, manners in MANNERS.items() for kind, shape in manners.shapes.items() if shape.is_list]
DEEP = b'{"retCode":0,"code":"0","retMsg":"OK","result":' + b"[" * 20_000 + b"]" * 20_000 + b',"data":[]}'


@asynccontextmanager
async def answering(tmp_path, name, body):
    """A venue with an open order that answers every question so from now on."""
    async with opened(tmp_path, name) as (venue, dialect, server):
        await dialect.send(order(name, price="59000"))
        server.script = lambda _: says(body)
        yield venue, dialect


async def read(dialect, name, what):
    return await told(READINGS[what](dialect, SYMBOL[name]))


@pytest.mark.parametrize("name", VENUES)
def test_whatever_stands_where_the_list_should_be_is_not_nothing(tmp_path, name):
    values = [*NO_LISTS, *({"list": rows} if name == "bybit" else rows for rows in NO_ROWS)]

    async def scene():
        async with opened(tmp_path, name) as (_, dialect, server):
            await dialect.send(order(name, price="59000"))
            found = {}
            for value in values:
                server.script = lambda _, value=value: says(ANSWERS[name](value))
                found |= {(what, json.dumps(value)): await read(dialect, name, what) for what in LISTS}
            return found

    assert {at: answer for at, answer in asyncio.run(scene()).items() if answer is not Unanswered} == {}


@given(st.sampled_from(SHAPES), JSON)
def test_only_a_list_of_rows_that_tell_what_they_must_is_of_the_form(where, value):
    venue, kind = where
    shape = MANNERS[venue].shapes[kind]
    answer = value
    for name in reversed(shape.at.split(".") if shape.at else []):
        answer = {name: answer}
    lack = shape.lack(answer)
    assert isinstance(lack, str)
    if not lack:
        assert isinstance(value, list)
        assert shape.words == shape.numbers == shape.amounts == () or not value
    if value == []:
        assert lack == ""


@given(JSON)
def test_what_shows_no_list_at_all_holds_none(value):
    if holds_list(value):
        assert "[" in json.dumps(value)
    assert holds_list([value])
    assert holds_list({"a": {"b": [value]}})


@pytest.mark.parametrize("name", VENUES)
def test_an_answer_nested_without_end_is_none(tmp_path, name):
    async def scene():
        async with answering(tmp_path, name, DEEP) as (_, dialect):
            found = {what: await read(dialect, name, what) for what in READINGS}
            return (
                found,
                await dialect.send(order(name, "h-momentum-BTC-2", price="59000")),
                await dialect.cancel("h-momentum-BTC-1", SYMBOL[name]),
            )

    found, sent, canceled = asyncio.run(scene())
    assert set(found.values()) == {Unanswered}
    assert isinstance(sent, Unsure)
    assert isinstance(canceled, Unsure)


@pytest.mark.parametrize("body", [DEEP, b"", b"\xff\xfe", b"{", b'{"a":' + b"9" * 5_000 + b"x}", b"<html>"])
def test_a_body_that_is_no_json_is_said_to_be_none(body):
    with pytest.raises(Unanswered):
        whole(body)


def test_what_is_asked_for_is_told_by_the_body_where_one_address_answers_everything():
    assert asked_for("https://api.bybit.com/v5/order/realtime?symbol=A", None) == "order/realtime"
    assert asked_for("https://api.hyperliquid.xyz/info", '{"type":"clearinghouseState"}') == "clearinghouseState"
    assert asked_for("https://api.hyperliquid.xyz/exchange", '{"action":{"type":"order"}}') == "/exchange"
    assert asked_for("https://a.b/c/d", "no json") == "c/d"


@pytest.mark.parametrize(("word", "is_told"), [(b'"default"', True), (b"<html>", False), (b'{"a": 1}', False), (b"null", False)])
def test_hyperliquid_may_say_in_a_bare_word_what_kind_of_account_it_is(tmp_path, word, is_told):
    state = {"marginSummary": {"accountValue": "1000.0", "totalMarginUsed": "0.0"}, "assetPositions": [], "withdrawable": "1000.0"}

    def answer(asked):
        kind = json.loads(asked.body)["type"]
        return says(word) if kind == "userAbstraction" else says(state)

    async def scene():
        async with opened(tmp_path, "hyperliquid") as (_, dialect, server):
            server.script = answer
            return await read(dialect, "hyperliquid", "money")

    money = asyncio.run(scene())
    assert (money is not Unanswered) == is_told
    if is_told:
        assert money.wallet == 1000
