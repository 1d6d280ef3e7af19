"""The local venue's bodies have the fields, and the kinds of value, of recorded ones."""

import msgspec
import pytest

from tests.local_venue.clients import trading
from tests.local_venue.refusals import WORDS
from tests.local_venue.rules import exchange_info, rules_of


@pytest.fixture(scope="module")
def wire(shared):
    def body(file, name):
        examples = msgspec.json.decode((shared / f"wire/binanceusdm/{file}.json").read_bytes())["examples"]
        return next(example["body"] for example in examples if example["name"].startswith(name))

    return body


def kinds(value):
    """Field names and the kind of each value: text, number, yes or no."""
    return {name: type(each).__name__ for name, each in value.items()}


@pytest.fixture(scope="module")
def answers():
    """One answer of each kind, of an account with a position and a resting order."""

    async def course(venue, bare):
        venue.matching.is_lite_told = True
        told = []
        venue.matching.tell = told.append
        found = {"ack": (await bare.place(newClientOrderId="one")).body, "filled": (await bare.place(price=None)).body}
        venue.incidents.funding("BTCUSDT", "0.001")
        one = {"symbol": "BTCUSDT", "origClientOrderId": "one"}
        asked = {
            "query": ("GET", "/fapi/v1/order", one),
            "trades": ("GET", "/fapi/v1/userTrades", {"symbol": "BTCUSDT"}),
            "v3": ("GET", "/fapi/v3/positionRisk", {}),
            "v2": ("GET", "/fapi/v2/positionRisk", {}),
            "account3": ("GET", "/fapi/v3/account", {}),
            "account2": ("GET", "/fapi/v2/account", {}),
            "balance": ("GET", "/fapi/v3/balance", {}),
            "config": ("GET", "/fapi/v1/symbolConfig", {"symbol": "BTCUSDT"}),
            "commission": ("GET", "/fapi/v1/commissionRate", {"symbol": "BTCUSDT"}),
            "funding": ("GET", "/fapi/v1/income", {"incomeType": "FUNDING_FEE"}),
            "ticker": ("GET", "/fapi/v1/ticker/bookTicker", {"symbol": "BTCUSDT"}),
            "premium": ("GET", "/fapi/v1/premiumIndex", {"symbol": "BTCUSDT"}),
            "settled": ("GET", "/fapi/v1/fundingRate", {"symbol": "BTCUSDT"}),
            "recent": ("GET", "/fapi/v1/trades", {"symbol": "BTCUSDT"}),
            "depth": ("GET", "/fapi/v1/depth", {"symbol": "BTCUSDT"}),
            "leverage": ("POST", "/fapi/v1/leverage", {"symbol": "BTCUSDT", "leverage": 21}),
            "cancel": ("DELETE", "/fapi/v1/order", one),
            "cancel all": ("DELETE", "/fapi/v1/allOpenOrders", {"symbol": "BTCUSDT"}),
        }
        for name, (method, path, params) in asked.items():
            body = (await bare.ask(method, path, **params)).body
            found[name] = body[0] if isinstance(body, list) else body
        return found | {"events": told}

    return trading(course)


PAIRS = {
    "ack": ("order_ack", "limit accepted"),
    "query": ("order_query", "open post-only order"),
    "cancel all": ("order_query", "cancel all"),
    "v3": ("positionRisk", "v3 one position"),
    "balance": ("account_balance", "v3 balance"),
    "config": ("account_balance", "symbolConfig"),
    "commission": ("account_balance", "commissionRate"),
    "leverage": ("account_balance", "leverage set"),
    "trades": ("userTrades_income", "one taker fill"),
    "funding": ("userTrades_income", "funding fee paid"),
    "ticker": ("bookTicker", "one symbol, newer shape"),
    "premium": ("premiumIndex_funding", "one symbol"),
    "settled": ("premiumIndex_funding", "fundingRate"),
    "recent": ("time_klines_trades", "trades"),
    "depth": ("depth", "REST depth"),
    "v2": ("positionRisk", "v2 flat one-way"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_an_answer_has_the_fields_of_the_recorded_one(name, wire, answers):
    recorded = wire(*PAIRS[name])
    assert kinds(answers[name]) == kinds(recorded[0] if isinstance(recorded, list) else recorded)


def test_a_cancelled_and_a_filled_order_travel_like_an_acknowledgement(answers):
    assert kinds(answers["cancel"]) == kinds(answers["filled"]) == kinds(answers["ack"])
    assert answers["filled"]["avgPrice"] == "60000.10000"


@pytest.mark.parametrize(("name", "example"), [("account3", "v3 account"), ("account2", "v2 account")])
def test_the_account_has_the_fields_of_the_recorded_one(name, example, wire, answers):
    recorded = wire("account_balance", example)
    assert kinds(answers[name]) == kinds(recorded)
    assert kinds(answers[name]["assets"][0]) == kinds(recorded["assets"][0])
    if recorded["positions"]:
        assert kinds(answers[name]["positions"][0]) == kinds(recorded["positions"][0])


def test_events_have_the_fields_of_the_documented_ones(wire, answers):
    events = {event["e"]: event for event in answers["events"]}
    documented = wire("user_data_stream", "ORDER_TRADE_UPDATE new")
    told = events["ORDER_TRADE_UPDATE"]
    only_of_trailing = {"AP", "cr"}
    assert set(told) == set(documented)
    assert kinds(told["o"]).items() == {pair for pair in kinds(documented["o"]).items() if pair[0] not in only_of_trailing}
    account, example = events["ACCOUNT_UPDATE"], wire("user_data_stream", "ACCOUNT_UPDATE")
    assert kinds(account) == kinds(example)
    assert kinds(account["a"]["B"][0]) == kinds(example["a"]["B"][0])
    assert kinds(account["a"]["P"][0]) == kinds(example["a"]["P"][0])
    assert kinds(events["TRADE_LITE"]) == kinds(wire("user_data_stream", "TRADE_LITE"))


def test_the_rules_have_the_fields_of_the_recorded_ones(wire):
    recorded = wire("exchangeInfo", "trimmed")
    made = exchange_info([rules_of("BTCUSDT")], 0, [])
    assert set(made) == set(recorded)
    one, other = made["symbols"][0], recorded["symbols"][0]
    assert kinds(one) == kinds(other)
    assert [kinds(each) for each in one["filters"]] == [kinds(each) for each in other["filters"]]
    same = ("pricePrecision", "quantityPrecision", "orderTypes", "timeInForce", "status", "contractType")
    assert {name: one[name] for name in same} == {name: other[name] for name in same}


def test_refusals_have_the_recorded_words(shared):
    examples = msgspec.json.decode((shared / "wire/binanceusdm/errors.json").read_bytes())["examples"]
    recorded = {}
    for example in examples:
        recorded.setdefault(example["body"]["code"], set()).add(example["body"]["msg"])
    known = {code: words for code, words in WORDS.items() if code in recorded}
    assert len(known) > 12
    assert all(words in recorded[code] for code, words in known.items())


def test_numbers_that_are_decimals_travel_as_text_and_ids_as_numbers():
    async def course(venue, bare):
        placed = (await bare.place()).body
        assert (type(placed["orderId"]), type(placed["price"])) == (int, str)

    trading(course)
