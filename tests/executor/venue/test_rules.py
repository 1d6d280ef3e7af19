"""Each rule refuses what it should and lets its limit pass."""

from decimal import Decimal

import msgspec
import pytest

from executor.records.market import Bracket
from executor.records.orders import Submit
from executor.venue.rules import Standing, refusal
from tests.executor.exchanges.market import BTC, order, quote

AT = Standing(
    instrument=msgspec.structs.replace(BTC, min_qty=Decimal("0.002")),
    quote=quote(0, 64000.0, 64000.1),
    position_qty=Decimal(0),
    leverage=5,
    available=Decimal(20_000),
)
LONG = msgspec.structs.replace(AT, position_qty=Decimal("0.5"))

BRACKETS = (
    Bracket(floor_usd=Decimal(0), cap_usd=Decimal(51_200), max_leverage=20, maint_margin_frac=Decimal("0.01")),
    Bracket(floor_usd=Decimal(51_200), cap_usd=None, max_leverage=4, maint_margin_frac=Decimal("0.02")),
)
TIERED = msgspec.structs.replace(AT, instrument=msgspec.structs.replace(BTC, brackets=BRACKETS))

REFUSED = [
    ("price_off_tick", order(0, "buy", "0.1", "64000.05"), AT),
    ("price_off_tick", order(0, "buy", "0.1", "-0.1"), AT),
    ("price_off_tick", order(0, "buy", "0.1", "NaN"), AT),
    ("qty_off_step", order(0, "buy", "0.1005"), AT),
    ("qty_off_step", order(0, "buy", "0"), AT),
    ("qty_off_step", order(0, "buy", "Infinity"), AT),
    ("reduce_only_rejected", order(0, "sell", "0.1", reduce_only=True), AT),
    ("reduce_only_rejected", order(0, "buy", "0.1", reduce_only=True), LONG),
    ("post_only_would_cross", order(0, "buy", "0.1", "64000.1", post_only=True), AT),
    ("post_only_would_cross", order(0, "sell", "0.1", "64000", post_only=True), AT),
    ("post_only_would_cross", order(0, "sell", "0.1", post_only=True), AT),
    ("min_qty", order(0, "buy", "0.001"), AT),
    ("min_notional", order(0, "buy", "0.002", "49999.9"), AT),
    ("position_limit", order(0, "buy", "0.801", "64000"), TIERED),
    ("position_limit", order(0, "buy", "0.301", "64000"), msgspec.structs.replace(TIERED, position_qty=Decimal("0.5"))),
    ("insufficient_margin", order(0, "buy", "1.563", "64000"), AT),
    ("insufficient_margin", order(0, "sell", "2.563", "64100"), LONG),
]

TAKEN = [
    (order(0, "buy", "0.801", "64000"), msgspec.structs.replace(TIERED, leverage=4)),
    (order(0, "buy", "0.8", "64000"), TIERED),
    (order(0, "sell", "1", "64000", reduce_only=True), msgspec.structs.replace(TIERED, position_qty=Decimal(1))),
    (order(0, "buy", "0.002", "50000"), AT),
    (order(0, "buy", "1.562", "64000"), AT),
    (order(0, "buy", "0.1", "64000", post_only=True), AT),
    (order(0, "sell", "0.1", "64000.1", post_only=True), AT),
    (order(0, "sell", "0.001", reduce_only=True), LONG),
    (order(0, "sell", "100", reduce_only=True), LONG),
    (order(0, "sell", "1"), msgspec.structs.replace(LONG, available=Decimal(0))),
]


@pytest.mark.parametrize(("code", "asked", "at"), REFUSED)
def test_an_order_against_a_rule_is_refused_by_name(code: str, asked: Submit, at: Standing):
    found = refusal(asked, at)
    assert found is not None
    assert (found.code, found.post_only) == (code, code == "post_only_would_cross")
    assert found.detail


@pytest.mark.parametrize(("asked", "at"), TAKEN)
def test_an_order_at_a_limit_is_taken(asked: Submit, at: Standing):
    assert refusal(asked, at) is None


def test_the_detail_gives_the_numbers():
    found = refusal(order(0, "buy", "2", "64000"), AT)
    assert found is not None
    assert found.detail == "needs 25600.00 at leverage 5, available is 20000.00"
