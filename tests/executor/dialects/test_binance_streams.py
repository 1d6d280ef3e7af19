"""What Binance says on its public streams is read as recorded; what is no message of its ends the connection, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.dialects._binance_streams import BinanceStreams, read
from executor.wire.cassettes.market import lines_of
from executor.wire.streams.shapes import Answer, BadFrame, Book, Marking, Passed, Print

BOOK = '{"e":"bookTicker","u":5,"s":"BTCUSDT","b":"63959.90","B":"20.327","a":"63960.00","A":"4.952","T":7,"E":8}'
TRADE = '{"e":"aggTrade","E":8,"s":"BTCUSDT","a":9,"p":"63960.00","q":"0.310","f":1,"l":3,"T":7,"m":true}'
MARK = '{"e":"markPriceUpdate","E":8,"s":"BTCUSDT","p":"28157.10","P":"1","i":"28167.49","r":"0.00002760","T":99}'


def test_each_event_is_read_wrapped_or_not():
    wanted = {
        BOOK: Book("BTCUSDT", 5, 63959.9, 20.327, 63960.0, 4.952, 7),
        TRADE: Print("BTCUSDT", 9, 63960.0, 0.31, "sell", 7),
        MARK: Marking("BTCUSDT", 28157.1, 28167.49, 0.0000276, 99, 8),
    }
    for raw, news in wanted.items():
        assert read(raw) == news
        assert read(f'{{"stream":"x","data":{raw}}}') == news


def test_a_trade_of_the_insurance_fund_is_no_trade_of_the_market():
    raw = '{"e":"trade","E":8,"s":"BTCUSDT","t":9,"p":"1","q":"1","X":"INSURANCE_FUND","m":false,"T":7}'
    assert read(raw) == Print("BTCUSDT", 9, 1.0, 1.0, "buy", 7, is_market=False)


@pytest.mark.parametrize(
    ("raw", "news"),
    [
        ('{"result":null,"id":1}', Answer()),
        ('{"error":{"code":2,"msg":"Invalid request"},"id":1}', Answer("code 2 'Invalid request'")),
        ('{"code":3,"msg":"Invalid JSON"}', Answer("code 3 'Invalid JSON'")),
        ('{"e":"depthUpdate","b":[["1","2"]]}', Passed("depthUpdate")),
        ('{"stream":"x","data":{"e":"newThing"}}', Passed("newThing")),
    ],
)
def test_answers_and_other_kinds_are_told_apart(raw, news):
    assert read(raw) == news


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "pong",
        "<html></html>",
        "{}",
        "[]",
        "12",
        "null",
        '{"e":5}',
        '{"a":1}',
        BOOK[:-1],
        BOOK.replace('"63959.90"', "null"),
        BOOK.replace('"63959.90"', '"much"'),
        BOOK.replace('"u":5', '"u":5.5'),
        BOOK.replace('"BTCUSDT"', "7"),
        '{"data":{"data":{"e":"x"}}}',
        "[" * 50_000,
        '{"data":' * 5_000 + "1" + "}" * 5_000,
    ],
)
def test_what_the_documents_do_not_explain_is_a_bad_frame(raw):
    with pytest.raises(BadFrame) as told:
        read(raw)
    assert len(str(told.value)) < 120


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")))
def test_no_text_does_anything_else(raw):
    try:
        read(raw)
    except BadFrame:
        return


@given(st.sampled_from([BOOK, TRADE, MARK]), st.data())
def test_every_message_cut_anywhere_is_a_bad_frame(raw, data):
    with pytest.raises(BadFrame):
        read(raw[: data.draw(st.integers(0, len(raw) - 1))])


@pytest.mark.parametrize("raw", [BOOK, TRADE, MARK])
@pytest.mark.parametrize("time", ["-1", str(10**18), str(10**30), "9" * 5_000])
def test_an_event_of_no_time_is_a_bad_frame(raw, time):
    event = json.loads(raw) | {"T": 0}
    with pytest.raises(BadFrame):
        read(json.dumps(event).replace('"T": 0', f'"T": {time}'))


def test_quotes_and_trades_are_asked_for_where_the_venue_serves_them():
    public, market = BinanceStreams().subscriptions(["BTCUSDT", "ETHUSDT"])
    assert (public.path, market.path) == ("/public/ws", "/market/ws")
    assert json.loads(public.greetings[0])["params"] == ["btcusdt@bookTicker", "ethusdt@bookTicker"]
    assert json.loads(market.greetings[0])["params"] == [
        "btcusdt@aggTrade",
        "ethusdt@aggTrade",
        "btcusdt@markPrice@1s",
        "ethusdt@markPrice@1s",
    ]


def test_a_large_universe_has_more_connections_and_no_symbol_twice():
    symbols = [f"S{number}USDT" for number in range(250)]
    made = BinanceStreams().subscriptions(symbols)
    assert len({each.name for each in made}) == len(made) == 6
    for road in ("/public/ws", "/market/ws"):
        assert [symbol for each in made if each.path == road for symbol in each.symbols] == symbols
    assert all(len(json.loads(each.greetings[0])["params"]) <= 200 for each in made)


def test_every_recorded_message_is_read(shared):
    kinds = {}
    for path in sorted((shared / "wire" / "binanceusdm").glob("ws_market_*.jsonl")):
        for line in lines_of([path]):
            kind = type(read(line.raw)).__name__
            kinds[kind] = kinds.get(kind, 0) + 1
    assert kinds == {"Book": 45, "Print": 45, "Marking": 20, "Passed": 45}
