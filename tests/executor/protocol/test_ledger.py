"""The ledger is what our own records say, and lets nothing go that may still be asked about."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.protocol.ledger import DEAD_KEPT, ENDED_KEPT, OVER_KEPT, REMEMBERED_US, SETTLED_US, TRADES_KEPT, Held, Ledger, moved, realized
from executor.records.base import Record, Side
from executor.records.orders import Ack, Adjust, Cancel, Expire, Fault, Fill, Funding, Reject, Resolved, Submit, Transfer, Unknown
from tests.executor.protocol.venue_model import NOW_US, make_submit

NAMES = ("h-1", "h-2", "h-3")


def make_fill(trade_id: str = "1", **said: object) -> Fill:
    plain: dict[str, object] = {
        "exchange_ts_us": NOW_US, "client_id": "h-1", "order_id": "7", "symbol": "BTCUSDT", "side": "buy", "price": Decimal(100),
        "qty": Decimal(1), "fee": Decimal(0), "fee_asset": "USDT", "liquidity": "maker", "realized": Decimal(0), "position_qty": Decimal(0),
    }  # fmt: skip
    return Fill(NOW_US, trade_id=trade_id, **(plain | said))  # type: ignore[arg-type]


def ack(name: str = "h-1", order_id: str = "7") -> Ack:
    return Ack(NOW_US, client_id=name, order_id=order_id, symbol="BTCUSDT")


def unknown(name: str = "h-1") -> Unknown:
    return Unknown(NOW_US, client_id=name, symbol="BTCUSDT", reason="timeout")


def resolved(fate: str, name: str = "h-1") -> Resolved:
    return Resolved(NOW_US, client_id=name, symbol="BTCUSDT", fate=fate, evidence="")


def canceled(name: str = "h-1", ts_us: int = NOW_US) -> Cancel:
    return Cancel(ts_us, client_id=name, symbol="BTCUSDT", outcome="done", reason="")


def rejected(name: str = "h-1") -> Reject:
    return Reject(NOW_US, client_id=name, symbol="BTCUSDT", code="filter", detail="")


def expired(name: str = "h-1") -> Expire:
    return Expire(NOW_US, client_id=name, symbol="BTCUSDT", reason="", unfilled_qty=Decimal(1))


def told(*records: Record) -> Ledger:
    ledger = Ledger()
    for record in records:
        ledger.take(record)
    return ledger


def traded(name: str, number: int, side: Side, qty: int) -> Fill:
    return make_fill(str(number), client_id=name, side=side, qty=Decimal(qty) / 1_000, exchange_ts_us=NOW_US + number)


def adjusted(qty: int, price: Decimal | None) -> Adjust:
    return Adjust(NOW_US, symbol="BTCUSDT", venue_qty=Decimal(qty), our_qty=Decimal(0), reason="", entry_price=price)


def funded(number: int) -> Funding:
    return Funding(NOW_US, symbol="BTCUSDT", amount=Decimal(1), rate=None, mark=None, position_qty=Decimal(0), income_id=f"f{number}")


def moved_in(number: int) -> Transfer:
    return Transfer(NOW_US, asset="USDT", amount=Decimal(1), reason="", income_id=f"t{number}")


names = st.sampled_from(NAMES)
any_record = st.one_of(
    *(st.builds(made, names) for made in (make_submit, ack, unknown, canceled, rejected, expired)),
    st.builds(resolved, st.sampled_from(["open", "dead", "filled", "canceled"]), names),
    st.builds(traded, st.sampled_from(["", *NAMES]), st.integers(1, 40), st.sampled_from(["buy", "sell"]), st.integers(1, 4_000)),
    st.builds(adjusted, st.integers(-3, 3), st.none() | st.just(Decimal(90))),
    st.builds(funded, st.integers(0, 3)),
    st.builds(moved_in, st.integers(0, 3)),
)


@given(records=st.lists(any_record, max_size=60), place=st.integers(0, 60))
def test_a_checkpoint_anywhere_and_the_records_after_it_give_the_same_ledger(records: Sequence[Record], place: int) -> None:
    state = msgspec.json.encode(msgspec.to_builtins(told(*records[:place])))
    again = msgspec.convert(msgspec.json.decode(state), Ledger)
    for record in records[place:]:
        again.take(msgspec.json.decode(msgspec.json.encode(record), type=type(record)))
    assert again == told(*records)


@given(records=st.lists(any_record, max_size=60))
def test_an_order_is_in_one_place_only(records: Sequence[Record]) -> None:
    ledger = told(*(make_submit(name) for name in NAMES), *(record for record in records if not isinstance(record, Submit)))
    assert all(held.qty != 0 for held in ledger.positions.values())
    assert sorted([*ledger.live, *ledger.dead, *ledger.over]) == sorted(NAMES)
    assert all(ledger.knows(name) for name in NAMES)


@pytest.mark.parametrize(
    ("records", "phase"),
    [
        ([], "sent"),
        ([ack()], "open"),
        ([unknown()], "unsure"),
        ([unknown(), ack()], "unsure"),
        ([unknown(), ack(), resolved("open")], "open"),
        ([unknown(), resolved("dead"), resolved("open")], "open"),
        ([rejected(), resolved("open")], "open"),
    ],
)
def test_the_phases_of_an_order(records: list[Record], phase: str) -> None:
    assert told(make_submit(), *records).live["h-1"].phase == phase


@pytest.mark.parametrize("ending", [canceled(), expired(), resolved("filled"), resolved("canceled"), make_fill(qty=Decimal(3))])
def test_an_ended_order_is_known_by_its_name_and_number(ending: Record) -> None:
    ledger = told(make_submit(), ack(), ending)
    assert ledger.live == ledger.dead == {}
    assert ledger.knows("h-1")
    assert ledger.client_of("7") == "h-1"


@pytest.mark.parametrize("proof", [[rejected()], [unknown(), resolved("dead")]])
def test_what_was_proved_dead_is_watched_and_taken_back_with_its_number(proof: list[Record]) -> None:
    ledger = told(make_submit(), *proof)
    assert ledger.dead["h-1"].order_id == ""
    ledger.take(ack())
    assert ledger.client_of("7") == "h-1"
    assert "h-1" not in ledger.live
    ledger.take(resolved("open"))
    assert ledger.live["h-1"].was_dead
    assert ledger.live["h-1"].order_id == "7"


@pytest.mark.parametrize("ending", [canceled(), expired(), make_fill(qty=Decimal(3))])
def test_an_ended_order_that_lives_is_taken_back_as_it_was(ending: Record) -> None:
    ledger = told(make_submit(), ack(), make_fill("0"), ending, resolved("open"))
    track = ledger.live["h-1"]
    assert (track.qty, track.side, track.order_id, track.phase, track.was_dead) == (3, "buy", "7", "open", True)
    assert ledger.over == ledger.ended == ledger.dead == {}
    ledger.take(canceled())
    assert ledger.knows("h-1")
    assert not ledger.live


def test_what_ended_orders_were_is_remembered_of_the_newest() -> None:
    ledger = Ledger()
    for number in range(ENDED_KEPT + 1):
        ledger.take(make_submit(f"h-{number}"))
        ledger.take(canceled(f"h-{number}"))
    ledger.take(resolved("open", "h-0"))
    assert (len(ledger.ended), ledger.live, ledger.knows("h-0")) == (ENDED_KEPT, {}, True)
    ledger.take(resolved("open", "h-1"))
    assert [*ledger.live] == ["h-1"]
    ledger.forget(NOW_US + REMEMBERED_US + 1)
    assert ledger.ended == {}


def test_a_cancel_asked_for_or_refused_ends_nothing() -> None:
    for outcome in ("asked", "refused"):
        ledger = told(make_submit(), ack(), Cancel(NOW_US, client_id="h-1", symbol="BTCUSDT", outcome=outcome, reason=""))  # type: ignore[arg-type]
        assert ledger.live["h-1"].phase == "open"


def test_order_ids_are_told_apart_by_symbol() -> None:
    ledger = told(make_submit(), ack(), make_submit("h-2", symbol="ETHUSDT"), ack("h-2"))
    assert ledger.client_of("7", "BTCUSDT") == "h-1"
    assert ledger.client_of("7", "ETHUSDT") == "h-2"
    assert ledger.client_of("7", "SOLUSDT") is None
    ledger.take(canceled("h-2"))
    assert ledger.client_of("7", "ETHUSDT") == "h-2"
    assert ledger.client_of("", "BTCUSDT") is None


def test_trades_of_one_symbol_and_of_another_may_bear_the_same_number() -> None:
    ledger = told(make_fill("5"))
    assert ledger.counted("BTCUSDT", "5", NOW_US)
    assert not ledger.counted("ETHUSDT", "5", NOW_US)


@settings(max_examples=20)
@given(sweeps=st.lists(st.tuples(st.integers(1, 300), st.sampled_from([1, 1_000])), min_size=1, max_size=30))
def test_the_trade_memory_is_bounded_and_never_calls_a_new_trade_counted(sweeps: list[tuple[int, int]]) -> None:
    """A sweep of the book is many trades in one millisecond, told one by one: none of them is taken for one that was forgotten."""
    ledger, ts_us, known = Ledger(), NOW_US, []
    for size, gap_us in sweeps:
        ts_us += gap_us
        for _ in range(size):
            known.append((str(len(known)), ts_us))
            assert not ledger.counted("BTCUSDT", *known[-1])
            ledger.take(make_fill(known[-1][0], exchange_ts_us=ts_us))
        assert len(ledger.trades["BTCUSDT"]) <= TRADES_KEPT + size
    assert all(ledger.counted("BTCUSDT", name, at_us) for name, at_us in known)
    assert not ledger.counted("BTCUSDT", "late", min(ledger.trades["BTCUSDT"].values()))


def test_ended_and_dead_orders_are_remembered_two_days_and_so_many() -> None:
    ledger = Ledger()
    for number in range(OVER_KEPT + 10):
        ledger.take(make_submit(f"h-{number}"))
        ledger.take(canceled(f"h-{number}"))
    assert len(ledger.over) == OVER_KEPT
    assert not ledger.knows("h-9")
    for number in range(DEAD_KEPT + 10):
        ledger.take(make_submit(f"h-d{number}"))
        ledger.take(rejected(f"h-d{number}"))
    assert len(ledger.dead) == DEAD_KEPT
    assert ledger.knows("h-d0")
    ledger.forget(NOW_US + REMEMBERED_US)
    assert ledger.over
    assert ledger.dead
    ledger.forget(NOW_US + REMEMBERED_US + 1)
    assert ledger.over == ledger.dead == {}


def test_an_order_that_lives_is_never_forgotten() -> None:
    ledger = told(make_submit(), ack())
    ledger.forget(NOW_US + 10 * REMEMBERED_US)
    assert ledger.knows("h-1")


def test_incomes_are_remembered_by_their_names() -> None:
    assert told(funded(1), moved_in(1), funded(1)).incomes.keys() == {"f1", "t1"}


def test_an_adjustment_sets_the_position_and_keeps_its_entry_where_none_is_told() -> None:
    ledger = told(make_fill(price=Decimal(90)))
    ledger.take(Adjust(NOW_US, symbol="BTCUSDT", venue_qty=Decimal(2), our_qty=Decimal(1), reason=""))
    assert ledger.held("BTCUSDT") == Held(Decimal(2), Decimal(90))
    ledger.take(Adjust(NOW_US, symbol="BTCUSDT", venue_qty=Decimal(-1), our_qty=Decimal(2), reason="", entry_price=Decimal(70)))
    assert ledger.held("BTCUSDT") == Held(Decimal(-1), Decimal(70))
    ledger.take(Adjust(NOW_US, symbol="BTCUSDT", venue_qty=Decimal(0), our_qty=Decimal(-1), reason=""))
    assert ledger.positions == {}


def test_a_trade_older_than_an_adjustment_is_in_the_position_that_was_set() -> None:
    ledger = told(adjusted(3, None))
    assert ledger.counted("BTCUSDT", "9", NOW_US - SETTLED_US - 1)
    assert not ledger.counted("BTCUSDT", "9", NOW_US)
    assert not ledger.counted("ETHUSDT", "9", NOW_US - SETTLED_US - 1)


def test_a_trade_newer_than_any_counted_one_is_new_though_the_venues_clock_is_behind_ours() -> None:
    ledger = told(make_fill("8", exchange_ts_us=NOW_US - 60_000_000), adjusted(3, None))
    assert not ledger.counted("BTCUSDT", "9", NOW_US - 59_000_000)
    assert ledger.counted("BTCUSDT", "7", NOW_US - 61_000_000)


def test_a_trade_of_an_order_that_lives_is_never_in_a_position_that_was_set() -> None:
    ledger = told(make_submit(), ack(), adjusted(3, None))
    old_us = NOW_US - 60_000_000
    assert not ledger.counted("BTCUSDT", "9", old_us, client_id="h-1")
    assert not ledger.counted("BTCUSDT", "9", old_us, order_id="7")
    assert ledger.counted("BTCUSDT", "9", old_us, client_id="web_1")
    ledger.take(make_fill("9", exchange_ts_us=old_us))
    assert ledger.counted("BTCUSDT", "9", old_us, client_id="h-1")
    ledger.take(canceled())
    assert ledger.counted("BTCUSDT", "10", old_us, client_id="h-1")


def test_trades_that_are_forgotten_one_by_one_stay_counted_while_their_order_lives() -> None:
    ledger = told(make_submit(qty=Decimal(1_000_000)), ack())
    for number in range(TRADES_KEPT + 1):
        ledger.take(make_fill(str(number), qty=Decimal(1), exchange_ts_us=NOW_US + number))
    assert ledger.counted("BTCUSDT", "0", NOW_US, client_id="h-1")


def test_an_income_is_remembered_by_the_venues_time_so_that_a_late_row_is_asked_for() -> None:
    ledger = Ledger()
    ledger.take(Transfer(NOW_US, asset="USDT", amount=Decimal(1), reason="r", income_id="1", exchange_ts_us=NOW_US - 60_000_000))
    assert ledger.incomes == {"1": NOW_US - 60_000_000}


def test_records_that_say_nothing_of_orders_are_passed_over() -> None:
    assert told(Fault(NOW_US, where="", detail="")) == Ledger()


@given(
    trades=st.lists(
        st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 5_000), st.integers(1, 9_000)), min_size=1, max_size=30
    )
)  # fmt: skip
def test_profit_and_position_add_up_to_the_money_that_moved(trades: list[tuple[Side, int, int]]) -> None:
    """Realised profit plus what is held at its entry is the cash that the trades moved: nothing appears, nothing is lost."""
    held, profit, cash = Held(), Decimal(0), Decimal(0)
    for side, qty, price in trades:
        amount, at = Decimal(qty) / 1_000, Decimal(price)
        profit += realized(held, side, amount, at)
        cash += (-1 if side == "buy" else 1) * amount * at
        held = moved(held, side, amount, at)
    assert abs(cash + held.qty * held.entry_price - profit) < Decimal("1e-15")
