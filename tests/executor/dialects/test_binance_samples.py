"""The venue's own recorded answers are understood."""

import json
from decimal import Decimal

from executor.dialects import _binance_books as books
from executor.dialects._binance_answers import complaint_of, refusal_of
from executor.dialects._binance_orders import open_orders_of, order_of
from executor.wire.reply import Reply

D = Decimal
PROVES_NOTHING = {"unknown outcome", "backend timeout"}
NO_ORDER = {"query unknown", "cancel unknown"}


def examples(shared, name):
    return json.loads((shared / f"wire/binanceusdm/{name}.json").read_text())["examples"]


def encoded(example) -> bytes:
    return json.dumps(example["body"]).encode()


def test_every_recorded_refusal_is_proof_but_for_those_that_prove_nothing(shared):
    for example in examples(shared, "errors"):
        reply = Reply(status=example["http_status"], body=encoded(example))
        assert complaint_of(reply) is not None, example["name"]
        expected = example["name"] not in PROVES_NOTHING | NO_ORDER
        assert (refusal_of(reply, 1) is not None) == expected, example["name"]


def test_recorded_orders_trades_and_books_are_read(shared):
    queries = {one["name"]: one for one in examples(shared, "order_query")}
    assert order_of(encoded(queries["open post-only order"])).post_only
    assert open_orders_of(encoded(queries["open orders"]))[0].qty == D("0.40")
    assert open_orders_of(encoded(queries["no open orders"])) == []
    told = {one["name"]: one for one in examples(shared, "userTrades_income")}
    (trade,) = books.trades_of(encoded(told["one taker fill"]))
    assert (trade.fee, trade.is_maker, trade.trade_id) == (D("0.14626840"), False, "272536245")
    (funding,) = books.income_of(encoded(told["funding fee paid"]))
    assert (funding.kind, funding.income_id) == ("funding", "FUNDING_FEE-8082457372019390060-USDT")
    (transfer,) = books.income_of(encoded(told["income doc example"]))
    assert transfer.kind == "transfer"


def test_recorded_positions_and_money_are_read(shared):
    positions = {one["name"]: one for one in examples(shared, "positionRisk")}
    accounts = {one["name"]: one for one in examples(shared, "account_balance")}
    config = books.config_of(encoded(accounts["symbolConfig"]))
    (held,) = books.positions_of(encoded(positions["v3 one position"]), config)
    assert (held.qty, held.leverage, held.margin) == (D("0.009"), 20, "cross")
    assert books.positions_of(encoded(positions["v3 flat account"]), config) == []
    money = books.money_of(encoded(accounts["v3 account, multi-asset, one position"]))
    assert money.wallet == D("25.72610060")
    assert money.balances == {"USDT": D("3.72964781"), "USDC": D("22.00000000")}
