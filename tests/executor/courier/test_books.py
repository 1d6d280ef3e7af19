"""The venue's books as last told, with their ages: money from readings and streams, positions and our orders from the ledger."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.book import Book
from executor.courier.books import CONTAINED, UNREAD, Books
from executor.protocol.facts import MoneyFact, OrderFact, PositionFact
from executor.protocol.ledger import Ledger
from executor.records.market import Mark
from executor.records.orders import Ack, Cancel
from tests.executor.protocol.test_ledger import make_fill
from tests.executor.protocol.venue_model import NOW_US, SECOND_US, make_order, make_submit


def make_money(**said: object) -> MoneyFact:
    plain: dict[str, object] = {
        "wallet": Decimal(1_000), "unrealised": Decimal(0), "margin": Decimal(50), "available": Decimal(950),
        "balances": {"USDT": Decimal(1_000), "BNB": Decimal(2)},
    }  # fmt: skip
    return MoneyFact(**(plain | said))  # type: ignore[arg-type]


def make_books(*orders: OrderFact, positions: tuple[PositionFact, ...] = (), **money: object) -> Books:
    books = Books("main", 3)
    books.read(make_money(**money), positions, orders, NOW_US)
    return books


def make_mark(price: float) -> Mark:
    return Mark(NOW_US, NOW_US, "BTCUSDT", price, price, 0.0, NOW_US, "stream")


def held(price: str = "100", qty: str = "2") -> Ledger:
    ledger = Ledger()
    ledger.take(make_fill(price=Decimal(price), qty=Decimal(qty)))
    return ledger


def test_books_that_were_never_read_say_so_and_give_no_nav() -> None:
    account = Books("main", 3).account(Ledger(), NOW_US)
    assert account.sources == {"money": UNREAD, "positions": UNREAD, "orders": UNREAD}
    book = Book()
    book.settle(account)
    assert book.nav_usd is None


def test_a_reading_is_current_as_of_when_it_began() -> None:
    account = make_books().account(Ledger(), NOW_US + 9 * SECOND_US)
    assert (account.nav, account.nav_ts_us, account.ts_us) == (1_000, NOW_US, NOW_US + 9 * SECOND_US)
    assert set(account.sources.values()) == {"ok"}


def test_money_that_is_held_back_is_shown_and_not_believed() -> None:
    books = make_books()
    books.held_back = "a deposit is not in the ledger yet"
    account = books.account(Ledger(), NOW_US)
    assert (account.wallet, account.sources) == (1_000, {"money": books.held_back, "positions": "ok", "orders": "ok"})
    book = Book()
    book.settle(account)
    assert book.nav_usd is None
    books.failed("not answered")
    assert books.account(Ledger(), NOW_US).sources["money"] == "not answered"


def test_a_moment_before_a_flow_was_journaled_does_not_have_its_money() -> None:
    books = make_books()
    books.flowed_us = NOW_US + 1
    assert books.account(Ledger(), NOW_US).sources["money"] == CONTAINED
    assert books.account(Ledger(), NOW_US + 1).sources["money"] == "ok"


def test_a_failed_reading_keeps_what_was_read_and_says_why() -> None:
    books = make_books()
    books.failed("account was not answered: timeout")
    account = books.account(Ledger(), NOW_US)
    assert (account.wallet, account.nav_ts_us) == (1_000, NOW_US)
    assert set(account.sources.values()) == {"account was not answered: timeout"}
    book = Book()
    book.settle(account)
    assert book.nav_usd is None


def test_the_wallet_follows_the_dollars_of_a_stream_and_no_other_asset() -> None:
    books = make_books()
    books.wallet({"USDT": Decimal(990), "BNB": Decimal(1)}, NOW_US + SECOND_US, NOW_US + SECOND_US)
    account = books.account(Ledger(), NOW_US + SECOND_US)
    assert (account.wallet, account.available, account.nav_ts_us) == (990, 940, NOW_US + SECOND_US)
    assert account.balances == {"USDT": 990, "BNB": 1}


@given(amounts=st.lists(st.dictionaries(st.sampled_from(["USDT", "USDC"]), st.integers(0, 9_999), min_size=1), max_size=8))
def test_a_stream_told_twice_or_in_pieces_ends_at_the_last_balances(amounts: list[dict[str, int]]) -> None:
    books = make_books()
    last = {"USDT": Decimal(1_000), "USDC": Decimal(0)}
    for told in amounts:
        exact = {asset: Decimal(amount) for asset, amount in told.items()}
        last |= exact
        books.wallet(exact, NOW_US, NOW_US)
        books.wallet(exact, NOW_US, NOW_US)
    assert books.account(Ledger(), NOW_US).wallet == sum(last.values())


def test_a_balance_older_than_what_is_known_of_it_is_passed_over() -> None:
    books = make_books()
    books.wallet({"USDT": Decimal(5_000)}, NOW_US - SECOND_US - 1, NOW_US + SECOND_US)
    assert books.wallet_usd == 1_000
    books.wallet({"USDT": Decimal(990)}, NOW_US + 2, NOW_US + SECOND_US)
    books.wallet({"USDT": Decimal(995)}, NOW_US + 1, NOW_US + SECOND_US)
    books.wallet({"BNB": Decimal(1)}, NOW_US + 1, NOW_US + SECOND_US)
    account = books.account(Ledger(), NOW_US + SECOND_US)
    assert (account.wallet, account.balances) == (990, {"USDT": 990, "BNB": 1})


def test_what_a_stream_tells_is_as_old_as_the_venue_says_by_our_clock() -> None:
    books = Books("main", 3)
    books.read(make_money(), (), (), NOW_US, ahead_us=60 * SECOND_US)
    books.wallet({"USDT": Decimal(990)}, NOW_US + 62 * SECOND_US, NOW_US + 9 * SECOND_US)
    assert books.account(Ledger(), NOW_US).nav_ts_us == NOW_US + 2 * SECOND_US
    books.wallet({"USDT": Decimal(980)}, NOW_US + 99 * SECOND_US, NOW_US + 10 * SECOND_US)
    assert books.account(Ledger(), NOW_US).nav_ts_us == NOW_US + 10 * SECOND_US


def test_a_balance_told_while_the_venues_clock_was_ahead_keeps_none_out_once_money_was_read() -> None:
    books = make_books()
    books.wallet({"USDT": Decimal(990)}, NOW_US + 600 * SECOND_US, NOW_US)
    books.wallet({"USDT": Decimal(985)}, NOW_US + 2 * SECOND_US, NOW_US)
    assert books.wallet_usd == 990
    books.valued(make_money(), NOW_US + SECOND_US)
    books.wallet({"USDT": Decimal(985)}, NOW_US + 2 * SECOND_US, NOW_US)
    assert books.wallet_usd == 985


def test_a_position_is_the_sum_of_our_trades_at_the_newest_mark() -> None:
    books = make_books(unrealised=Decimal(10), available=Decimal(960))
    books.marks["BTCUSDT"] = make_mark(115.5)
    account = books.account(held(), NOW_US)
    [position] = account.positions
    assert (position.qty, position.entry_price, position.mark_price, position.unrealised) == (2, 100, Decimal("115.5"), 31)
    assert account.nav == 1_031
    assert account.available == 960 + 31 - 10


def test_without_a_mark_a_position_is_valued_as_the_venue_does_and_else_at_its_entry() -> None:
    told = PositionFact(symbol="BTCUSDT", qty=Decimal(2), entry_price=Decimal(100), mark_price=Decimal(90), leverage=7,
                        liquidation_price=Decimal(60))  # fmt: skip
    [position] = make_books(positions=(told,)).account(held(), NOW_US).positions
    assert (position.mark_price, position.unrealised, position.leverage, position.liquidation_price) == (90, -20, 7, 60)
    [position] = make_books().account(held(), NOW_US).positions
    assert (position.mark_price, position.unrealised, position.leverage, position.liquidation_price) == (100, 0, 3, None)


def test_our_orders_are_the_ledgers_with_the_price_that_they_were_sent_at() -> None:
    ledger = Ledger()
    for name in ("h-1", "h-2"):
        ledger.take(make_submit(name, price=Decimal("99.5")))
    ledger.take(Ack(NOW_US, client_id="h-1", order_id="1", symbol="BTCUSDT"))
    ledger.take(make_fill(qty=Decimal(1)))
    [order] = make_books().account(ledger, NOW_US).orders
    assert (order.client_id, order.filled_qty, order.price, order.placed_us) == ("h-1", 1, Decimal("99.5"), NOW_US)
    [order] = make_books(make_order(price=Decimal("99.4"))).account(ledger, NOW_US).orders
    assert order.price == Decimal("99.4")


def test_orders_of_others_are_shown_while_they_are_open_and_ours_that_ended_are_not() -> None:
    ledger = Ledger()
    ledger.take(make_submit())
    ledger.take(make_fill(qty=Decimal(3)))
    books = make_books(make_order(), make_order("web_1", ts_us=5), make_order("web_2", status="canceled"))
    [order] = books.account(ledger, NOW_US).orders
    assert (order.client_id, order.placed_us) == ("web_1", 5)


def test_an_order_of_ours_that_a_reading_shows_after_its_end_is_shown() -> None:
    ledger = Ledger()
    ledger.take(make_submit())
    ledger.take(Cancel(NOW_US - 1, client_id="h-1", symbol="BTCUSDT", outcome="done", reason=""))
    assert [order.client_id for order in make_books(make_order()).account(ledger, NOW_US).orders] == ["h-1"]
    assert make_books(make_order(status="canceled")).account(ledger, NOW_US).orders == ()


def test_a_closed_position_of_a_reading_is_none() -> None:
    flat = PositionFact(symbol="BTCUSDT", qty=Decimal(0), entry_price=Decimal(0), leverage=9)
    assert make_books(positions=(flat,)).account(Ledger(), NOW_US).positions == ()
