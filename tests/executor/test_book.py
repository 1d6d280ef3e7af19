"""The book is what the records say: holdings, live orders, NAV's reference points, counts."""

from decimal import Decimal

import pytest

from executor.book import DAY_US, DEAD_KEPT, Book
from executor.records.account import Account
from executor.records.orders import Adjust, Cancel, Expire, Fill, Halt, Reject, Resolved, Resume, Submit, Transfer, Unknown
from executor.records.trading import Approved, Decision, Intent, Plan, Policy, Slice, Vetoed

MONDAY_US = 4 * DAY_US


def intent(number: int = 1, purpose: str = "entry", ts_us: int = 1_000) -> Intent:
    return Intent(
        ts_us, intent_id=f"i{number}", symbol="BTCUSDT", side="buy", strategy="momentum", purpose=purpose, reason="up", stop_bps=50.0
    )  # type: ignore[arg-type]


def submit(number: int = 1, *, qty: str = "2", price: str | None = "100", reduce_only: bool = False, step: str = "maker") -> Submit:
    return Submit(
        1_000,
        client_id=f"c{number}",
        intent_id=f"i{number}",
        symbol="BTCUSDT",
        side="buy",
        qty=Decimal(qty),
        price=Decimal(price) if price else None,
        step=step,  # type: ignore[arg-type]
        post_only=True,
        reduce_only=reduce_only,
        mid=101.0,
    )


def fill(number: int = 1, *, side: str = "buy", qty: str = "1", price: str = "100", after: str = "1", ts_us: int = 2_000) -> Fill:
    return Fill(
        ts_us,
        exchange_ts_us=ts_us,
        client_id=f"c{number}",
        order_id="o",
        trade_id="t",
        symbol="BTCUSDT",
        side=side,  # type: ignore[arg-type]
        price=Decimal(price),
        qty=Decimal(qty),
        fee=Decimal(0),
        fee_asset="USDT",
        liquidity="maker",
        realized=Decimal(0),
        position_qty=Decimal(after),
    )


def account(ts_us: int, nav: str, answer: str = "ok") -> Account:
    return Account(
        ts_us,
        account="paper",
        wallet=Decimal(nav),
        unrealised=Decimal(0),
        margin=Decimal(0),
        available=Decimal(nav),
        balances={},
        sources={"venue": answer},
        positions=(),
        orders=(),
        nav_ts_us=ts_us,
    )


def told(*records: object) -> Book:
    book = Book()
    for record in records:
        book.take(record)  # type: ignore[arg-type]
    return book


def test_a_fill_of_an_entry_is_a_holding_of_its_strategy_with_its_way_out() -> None:
    held = told(intent(), submit(), fill()).holdings["BTCUSDT"]
    assert (held.strategy, held.qty, held.entry_price, held.stop_bps, held.opened_us) == ("momentum", 1.0, 100.0, 50.0, 2_000)


def test_adding_to_a_holding_averages_its_entry_and_reducing_keeps_it() -> None:
    book = told(intent(), submit(), fill(), fill(price="110", after="2"))
    assert book.holdings["BTCUSDT"].entry_price == 105.0
    book.take(fill(side="sell", price="130", after="1"))
    assert (book.holdings["BTCUSDT"].entry_price, book.holdings["BTCUSDT"].qty) == (105.0, 1.0)


def test_going_flat_ends_the_holding_and_starts_the_cooldown() -> None:
    book = told(intent(), submit(), fill(), fill(side="sell", after="0", ts_us=9_000))
    assert book.holdings == {}
    assert book.last_exit_us["BTCUSDT"] == 9_000


def test_a_flip_is_a_new_holding() -> None:
    held = told(intent(), submit(), fill(), fill(side="sell", qty="3", price="90", after="-2", ts_us=7_000)).holdings["BTCUSDT"]
    assert (held.qty, held.entry_price, held.opened_us) == (-2.0, 90.0, 7_000)


@pytest.mark.parametrize(
    "ending",
    [
        Reject(2, client_id="c1", symbol="BTCUSDT", code="min_notional", detail=""),
        Cancel(2, client_id="c1", symbol="BTCUSDT", outcome="done", reason=""),
        Expire(2, client_id="c1", symbol="BTCUSDT", reason="", unfilled_qty=Decimal(2)),
        Resolved(2, client_id="c1", symbol="BTCUSDT", fate="dead", evidence=""),
        fill(qty="2", after="2"),
    ],
)
def test_an_order_lives_until_the_venue_ends_it(ending: object) -> None:
    assert "c1" in told(submit()).live
    assert "c1" not in told(submit(), ending).live


@pytest.mark.parametrize("outcome", ["asked", "refused"])
def test_a_cancel_that_is_only_asked_for_ends_nothing(outcome: str) -> None:
    assert "c1" in told(submit(), Cancel(2, client_id="c1", symbol="BTCUSDT", outcome=outcome, reason="")).live  # type: ignore[arg-type]


def test_live_orders_count_as_exposure_unless_they_reduce() -> None:
    assert told(submit()).exposure_usd({}) == {"BTCUSDT": 200.0}
    assert told(submit(price=None)).exposure_usd({}) == {"BTCUSDT": 202.0}
    assert told(submit(reduce_only=True)).exposure_usd({}) == {}
    assert told(intent(), submit(), fill()).exposure_usd({"BTCUSDT": 120.0}) == {"BTCUSDT": 120.0 + 100.0}


def test_an_unknown_order_is_counted_until_it_is_resolved() -> None:
    book = told(submit(), Unknown(2, client_id="c1", symbol="BTCUSDT", reason="timeout"))
    assert book.unknown == {"c1": "BTCUSDT"}
    assert book.errors_us == [2]
    book.take(Resolved(3, client_id="c1", symbol="BTCUSDT", fate="open", evidence="query"))
    assert book.unknown == {}
    assert "c1" in book.live


def test_a_post_only_refusal_is_no_error() -> None:
    reject = Reject(2, client_id="c1", symbol="BTCUSDT", code="post_only_would_cross", detail="", post_only=True)
    book = told(submit(), reject)
    assert book.errors_us == []
    assert book.sent[0].rejected


def test_shares_are_unknown_before_ten_orders() -> None:
    nine = [submit(number) for number in range(9)]
    assert told(*nine).share("fallback") is None
    assert told(*nine, submit(10, step="fallback")).share("fallback") == 0.1


def test_only_approved_entries_count_toward_a_burst() -> None:
    view = Slice(**dict.fromkeys(Slice.__struct_fields__, 1))  # type: ignore[arg-type]
    plan = Plan(style="taker", side="buy", qty=1.0, limit_price=None)

    def decided(number: int, *, approved: bool) -> Decision:
        verdict = Approved(1.0, "ok") if approved else Vetoed("burst", "", "ok")
        return Decision(
            1_000, intent_id=f"i{number}", pipeline="v5", verdict=verdict, qty=1.0, notional_usd=1.0,
            plan=plan if approved else None, slice=view, policy=Policy(), limits_hash="",
        )  # fmt: skip

    book = told(intent(1), decided(1, approved=True), intent(2), decided(2, approved=False), intent(3, "exit"), decided(3, approved=True))
    assert book.entries_us == [1_000]


def test_nav_reference_points_turn_with_the_utc_day_and_the_monday() -> None:
    book = Book()
    for day, nav in ((0, "100"), (1, "90"), (7, "80")):
        book.settle(account(MONDAY_US + day * DAY_US, nav))
    assert (book.peak_usd, book.day_start_usd, book.week_start_usd) == (100.0, 80.0, 80.0)
    book.settle(account(MONDAY_US + 7 * DAY_US + 5, "120"))
    assert (book.peak_usd, book.day_start_usd, book.week_start_usd) == (120.0, 80.0, 80.0)


def test_an_account_with_a_dead_source_changes_nothing() -> None:
    book = Book()
    book.settle(account(MONDAY_US, "100"))
    book.settle(account(MONDAY_US + 5, "1", answer="timeout"))
    assert (book.nav_usd, book.nav_us) == (100.0, MONDAY_US)


def test_halt_and_resume() -> None:
    book = told(Halt(1, rule="operator", detail="asked"))
    assert book.halted == "operator: asked"
    book.take(Resume(2, rule="operator", detail=""))
    assert book.halted is None


def test_an_adjustment_takes_the_venues_quantity() -> None:
    book = told(intent(), submit(), fill())
    book.take(Adjust(3, symbol="BTCUSDT", venue_qty=Decimal("0.5"), our_qty=Decimal(1), reason=""))
    assert book.holdings["BTCUSDT"].qty == 0.5
    book.take(Adjust(4, symbol="BTCUSDT", venue_qty=Decimal(0), our_qty=Decimal("0.5"), reason=""))
    assert book.holdings == {}


def test_intents_nobody_refers_to_are_forgotten() -> None:
    book = told(intent(1), intent(2), submit(2))
    book.forget_done()
    assert set(book.intents) == {"i2"}


def adjust(venue: str, *, ours: str = "0", entry: str | None = None, ts_us: int = 5_000) -> Adjust:
    price = None if entry is None else Decimal(entry)
    return Adjust(ts_us, symbol="BTCUSDT", venue_qty=Decimal(venue), our_qty=Decimal(ours), reason="", entry_price=price)


def test_a_position_found_at_the_venue_is_adopted_as_nobodys() -> None:
    held = told(adjust("-2", entry="80")).holdings["BTCUSDT"]
    assert (held.qty, held.entry_price, held.strategy, held.opened_us) == (-2.0, 80.0, "", 5_000)
    assert held.stop_bps is held.take_bps is held.timeout_s is None


def test_a_holding_that_the_venue_has_more_of_stays_its_strategys() -> None:
    held = told(intent(), submit(), fill(), adjust("3", entry="90")).holdings["BTCUSDT"]
    assert (held.qty, held.strategy, held.entry_price, held.stop_bps, held.opened_us) == (3.0, "momentum", 100.0, 50.0, 2_000)


def test_a_holding_that_the_venue_has_on_the_other_side_is_another() -> None:
    held = told(intent(), submit(), fill(), adjust("-3", entry="90")).holdings["BTCUSDT"]
    assert (held.qty, held.strategy, held.entry_price, held.stop_bps, held.opened_us) == (-3.0, "", 90.0, None, 5_000)


def test_a_position_whose_entry_nobody_tells_is_not_made_up() -> None:
    assert told(adjust("2")).holdings == {}


def test_trades_go_on_from_an_adopted_position() -> None:
    book = told(adjust("2", entry="80"), fill(9, side="sell", qty="0.5", price="90", after="1.5"))
    assert (book.holdings["BTCUSDT"].qty, book.holdings["BTCUSDT"].entry_price) == (1.5, 80.0)


@pytest.mark.parametrize(
    "proof",
    [
        Reject(2, client_id="c1", symbol="BTCUSDT", code="min_notional", detail=""),
        Resolved(2, client_id="c1", symbol="BTCUSDT", fate="dead", evidence="silence"),
    ],
)
def test_an_order_that_comes_back_from_the_dead_counts_as_exposure_again(proof: Reject | Resolved) -> None:
    book = told(submit(), proof)
    assert book.exposure_usd({}) == {}
    book.take(Resolved(3, client_id="c1", symbol="BTCUSDT", fate="open", evidence="the stream"))
    assert book.exposure_usd({}) == {"BTCUSDT": 200.0}
    book.take(fill(qty="0.5", after="0.5"))
    book.take(Cancel(4, client_id="c1", symbol="BTCUSDT", outcome="done", reason=""))
    assert (book.live, book.dead) == ({}, {})


def test_an_order_that_had_ended_and_lives_counts_as_exposure_again() -> None:
    canceled = Cancel(2, client_id="c1", symbol="BTCUSDT", outcome="done", reason="")
    book = told(submit(), fill(after="1"), canceled)
    assert (book.live, list(book.over)) == ({}, ["c1"])
    book.take(Resolved(3, client_id="c1", symbol="BTCUSDT", fate="open", evidence="shown"))
    assert (book.live["c1"].rest_qty, book.over) == (1, {})
    book.take(canceled)
    assert book.live == {}


def test_only_the_newest_dead_orders_are_kept() -> None:
    book = Book()
    for number in range(DEAD_KEPT + 5):
        book.take(submit(number))
        book.take(Reject(2, client_id=f"c{number}", symbol="BTCUSDT", code="", detail=""))
    assert list(book.dead) == [f"c{number}" for number in range(5, DEAD_KEPT + 5)]


T0 = 1_750_000_000_000_000


def test_money_that_comes_or_goes_moves_the_reference_points_and_is_no_fall() -> None:
    book = Book()
    book.value(1_000.0, 0.0, nav_us=T0, now_us=T0)
    book.value(900.0, 0.0, nav_us=T0, now_us=T0)
    book.take(Transfer(T0, asset="USDT", amount=Decimal(-450), reason="out"))
    book.value(450.0, 0.0, nav_us=T0, now_us=T0)
    assert (book.nav_usd, book.peak_usd, book.day_start_usd, book.week_start_usd) == (450.0, 500.0, 500.0, 500.0)
    book.take(Transfer(T0, asset="BNB", amount=Decimal(5), reason="in"))
    assert book.peak_usd == 500.0


def test_a_brake_that_was_let_go_of_counts_anew_and_hard_limits_do_not() -> None:
    book = Book()
    book.value(1_000.0, 0.0, nav_us=T0, now_us=T0)
    book.value(800.0, 0.0, nav_us=T0, now_us=T0)
    book.take(Resume(T0, rule="drawdown", detail=""))
    book.take(Resume(T0, rule="daily_loss", detail=""))
    book.value(900.0, 0.0, nav_us=T0, now_us=T0)
    assert (book.peak_usd, book.brake_peak_usd, book.day_start_usd, book.brake_day_usd) == (1_000.0, 900.0, 1_000.0, 800.0)
    book.value(900.0, 0.0, nav_us=T0, now_us=T0 + 86_400_000_000)
    assert book.brake_day_usd is None
