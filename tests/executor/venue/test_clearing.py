"""Money at the venue: fees, funding, valuation, margin, liquidation."""

from decimal import Decimal

from executor.exchanges.paper import PaperExchange
from executor.records.orders import Cancel, Fill, Funding
from tests.executor.exchanges.market import T0_US, mark, order, quote, settlement, trade, venue

D = Decimal


def long(qty: str = "0.5", **paper: float) -> PaperExchange:
    """A venue where we bought at 64,000.1."""
    exchange = venue(**paper)
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(0, "buy", qty))
    exchange.observe(quote(5, 64000.0, 64000.1))
    exchange.reports()
    return exchange


def test_takers_and_makers_pay_their_own_fee():
    exchange = long("0.5", taker_fee_bps=5.0, maker_fee_bps=-1.0)
    assert exchange.account(0).wallet == 100_000 - D("0.5") * D("64000.1") * D("0.0005")
    exchange.submit(order(5, "sell", "0.5", "64100", post_only=True))
    exchange.observe(quote(8, 64000.0, 64000.1))
    exchange.observe(trade(9, 64101.0, 1.0, "buy"))
    fill = exchange.reports()[-1]
    assert isinstance(fill, Fill)
    assert (fill.fee, fill.fee_asset, fill.liquidity) == (D("-3.205"), "USDT", "maker")


def test_funding_settles_on_open_positions_only():
    exchange = long("0.5")
    before = exchange.account(0).wallet
    exchange.observe(settlement(9, 0.0001, 64020.0, symbol="ETHUSDT"))
    assert exchange.reports() == ()
    exchange.observe(settlement(10, 0.0001, 64020.0))
    (paid,) = exchange.reports()
    assert isinstance(paid, Funding)
    assert (paid.amount, paid.mark, paid.position_qty) == (D("-3.201"), D(64020), D("0.5"))
    assert exchange.account(0).wallet == before - D("3.201")


def test_an_order_that_arrived_before_the_settlement_pays_and_one_after_does_not():
    exchange = venue()
    exchange.observe(quote(0, 64000.0, 64000.1))
    exchange.submit(order(8, "buy", "0.5", name="before"))
    exchange.submit(order(10, "buy", "0.5", name="after"))
    exchange.observe(settlement(10, 0.0001, 64000.0))
    assert [type(one).__name__ for one in exchange.reports()] == ["Ack", "Fill", "Funding"]


def test_a_position_is_valued_at_the_mark_and_at_the_mid_when_the_mark_is_old():
    exchange = long("0.5")
    assert exchange.account(0).unrealised == D("-0.025")
    exchange.observe(mark(6, 64010.1))
    assert exchange.account(0).unrealised == 5
    exchange.observe(quote(60_007, 64000.0, 64000.1))
    assert exchange.account(0).positions[0].mark_price == D("64000.05")


def test_an_account_adds_up():
    exchange = long("0.5")
    exchange.submit(order(5, "buy", "0.1", "63000"))
    exchange.observe(quote(9, 64000.0, 64000.1))
    books = exchange.account(T0_US + 10_000)
    assert books.margin == D("0.5") * D("64000.05") / 5 + D("0.1") * 63000 / 5
    assert books.available == books.nav - books.margin
    assert (books.account, books.sources, books.nav_ts_us) == ("paper", {"venue": "ok"}, T0_US + 9_000)
    assert books.balances == {"USDT": books.wallet}
    (order_shown,) = books.orders
    assert (order_shown.client_id, order_shown.qty, order_shown.price) == ("buy-5", D("0.1"), D(63000))


def test_a_flat_account_lists_nothing_and_is_all_available():
    books = venue().account(T0_US)
    assert (books.positions, books.orders, books.margin, books.available) == ((), (), 0, 100_000)
    assert books.nav_ts_us == T0_US


def test_equity_below_maintenance_closes_everything_at_a_worse_price():
    exchange = long("0.3", balance_usd=1000.0, leverage=20)
    exchange.submit(order(5, "buy", "0.002", "60000", name="resting"))
    exchange.observe(quote(9, 64000.0, 64000.1))
    exchange.reports()
    edge = exchange.account(0).positions[0].liquidation_price
    assert edge is not None
    above, below = float(edge) + 1.0, float(edge) - 1.0
    exchange.observe(quote(10, above, above + 0.1))
    assert exchange.reports() == ()
    exchange.observe(quote(11, below, below + 0.1))
    cancel, fill = exchange.reports()
    assert isinstance(cancel, Cancel)
    assert (cancel.client_id, cancel.outcome, cancel.reason) == ("resting", "done", "liquidation")
    assert isinstance(fill, Fill)
    assert fill.client_id == f"autoclose-BTCUSDT-{T0_US + 11_000}"
    assert fill.model.startswith("liquidation: touch ")
    assert float(fill.price) < below
    assert fill.position_qty == 0
    assert exchange.account(0).positions == ()


def test_a_quote_just_below_the_liquidation_price_liquidates_without_any_order_in_the_book():
    exchange = long("0.3", balance_usd=1000.0, leverage=20)
    edge = exchange.account(0).positions[0].liquidation_price
    assert edge is not None
    bid = round(float(edge) - 0.5, 1)
    exchange.observe(quote(9, bid, bid + 0.1))
    assert [type(one).__name__ for one in exchange.reports()] == ["Fill"]


def test_a_mark_alone_can_liquidate_at_the_last_level_of_the_touch():
    exchange = long("0.3", balance_usd=1000.0, leverage=20, impact_bps=2.0, max_levels=10)
    exchange.observe(mark(6, 61000.0))
    (fill,) = exchange.reports()
    assert isinstance(fill, Fill)
    assert (fill.price, fill.model) == (D(63872), "liquidation: touch 64000.0 worse by 20.0 bps")


def test_funding_alone_can_liquidate():
    exchange = long("0.3", balance_usd=1000.0, leverage=20)
    exchange.observe(settlement(6, 0.045, 64000.0))
    assert [type(one).__name__ for one in exchange.reports()] == ["Funding", "Fill"]


def test_leverage_is_capped_by_the_instrument():
    exchange = long("0.5", leverage=50)
    assert exchange.account(0).positions[0].leverage == 20
