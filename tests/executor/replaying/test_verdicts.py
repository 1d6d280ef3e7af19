"""What became of orders is told alike however it was heard of; and two tellings differ only where something came out otherwise."""

from decimal import Decimal

import msgspec

from executor.protocol.ledger import Held, Ledger
from executor.records.base import Record
from executor.records.orders import Ack, Adjust, Cancel, Expire, Fill, Funding, Halt, Reject, Resolved, Submit, Unknown
from executor.replaying.verdicts import differences, verdicts_of

D = Decimal
NAME = "h-aaaaaaaaaaaaaaaa-1"
OPEN = "buy 0.02 BTCUSDT at 100: open, 0.01 filled in 1 trades"


def submit(**more: object) -> Submit:
    told = {
        "client_id": NAME, "intent_id": "a" * 16, "symbol": "BTCUSDT", "side": "buy", "qty": D("0.02"), "price": D(100),
        "step": "maker", "post_only": True, "reduce_only": False,
    }  # fmt: skip
    return Submit(1, **{**told, **more})


def fill(trade_id: str = "1", qty: str = "0.01", **more: object) -> Fill:
    told = {
        "exchange_ts_us": 1, "client_id": NAME, "order_id": "7", "symbol": "BTCUSDT", "side": "buy", "price": D(100), "fee": D("0.1"),
        "fee_asset": "USDT", "liquidity": "maker", "realized": D(0), "position_qty": D(0),
    }  # fmt: skip
    return Fill(1, trade_id=trade_id, qty=D(qty), **{**told, **more})


ACK = Ack(1, client_id=NAME, order_id="7", symbol="BTCUSDT")
UNKNOWN = Unknown(1, client_id=NAME, symbol="BTCUSDT", reason="x")


def fate_of(*records: Record) -> tuple[str, bool]:
    one = verdicts_of(records, Ledger()).orders[NAME]
    return one.fate, one.was_unknown


def test_each_way_that_an_order_can_go_has_its_word() -> None:
    dead = Resolved(1, client_id=NAME, symbol="BTCUSDT", fate="dead", evidence="x")
    opened = Resolved(1, client_id=NAME, symbol="BTCUSDT", fate="open", evidence="x")
    canceled = Cancel(1, client_id=NAME, symbol="BTCUSDT", outcome="done", reason="x", unfilled_qty=D(0))
    asked = Cancel(1, client_id=NAME, symbol="BTCUSDT", outcome="asked", reason="x")
    expired = Expire(1, client_id=NAME, symbol="BTCUSDT", reason="x", unfilled_qty=D(0))
    rejected = Reject(1, client_id=NAME, symbol="BTCUSDT", code="-2019", detail="x")
    assert fate_of(submit()) == ("not answered", False)
    assert fate_of(submit(), ACK, asked) == ("open", False)
    assert fate_of(submit(), rejected) == ("rejected (-2019)", False)
    assert fate_of(submit(), UNKNOWN) == ("unknown", True)
    assert fate_of(submit(), UNKNOWN, dead) == ("dead", True)
    assert fate_of(submit(), UNKNOWN, ACK, opened, asked, canceled) == ("canceled", True)
    assert fate_of(submit(), ACK, fill(), expired) == ("expired", False)
    assert fate_of(submit(), ACK, fill("1"), fill("2")) == ("filled", False)
    assert fate_of(fill(origin="foreign")) == ("somebody else's", False)


def test_an_answer_that_comes_after_the_trades_makes_no_difference() -> None:
    first = verdicts_of([submit(), ACK, fill("1"), fill("2")], Ledger())
    second = verdicts_of([submit(), fill("2"), ACK, fill("1")], Ledger())
    assert list(differences(first, second)) == []
    assert (first.trades, first.positions) == (2, {"BTCUSDT": D("0.02")})


def test_orders_under_another_name_are_the_same_where_that_is_known() -> None:
    renamed = [msgspec.structs.replace(one, client_id=one.client_id.replace("a" * 16, "b" * 16)) for one in (submit(), fill())]
    recorded = verdicts_of([submit(), fill()], Ledger())
    assert list(differences(recorded, verdicts_of(renamed, Ledger(), {"b" * 16: "a" * 16}))) == []
    assert len(list(differences(recorded, verdicts_of(renamed, Ledger())))) == 2


def test_every_difference_is_told_in_a_line() -> None:
    recorded = verdicts_of(
        [submit(), ACK, fill(), Halt(1, rule="drawdown", detail="x"), Halt(1, rule="venue_silent", detail="x")], Ledger()
    )
    played = verdicts_of(
        [
            submit(price=None),
            Adjust(1, symbol="BTCUSDT", venue_qty=D(1), our_qty=D(0), reason="x"),
            Funding(1, symbol="BTCUSDT", amount=D(2), rate=None, mark=None, position_qty=D(1), income_id="f-1"),
        ],
        Ledger(positions={"ETHUSDT": Held(D(3), D(1))}),
    )
    told = list(differences(recorded, played))
    assert told == [
        f"order {NAME} was {OPEN}; now buy 0.02 BTCUSDT at the market: not answered, 0 filled in 0 trades",
        "positions were BTCUSDT 0.01; now BTCUSDT 1, ETHUSDT 3",
        "positions were set 0 times, now 1 times, or otherwise",
        "incomes were none; now f-1 2",
        "brakes were drawdown; now none",
    ]
