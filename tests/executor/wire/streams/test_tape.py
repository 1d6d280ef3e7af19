"""Each change once, in the order of its number; what is missing is said; venue times judge nothing."""

from hypothesis import given
from hypothesis import strategies as st

from executor.records.market import Gap, Mark, Quote, Settlement, Trade
from executor.wire.streams.shapes import Book, Marking, Print
from executor.wire.streams.tape import BOOK, MARK, RAN_BACK, TRADE, Tape

T0 = 1_700_000_000_000_000
MS0 = T0 // 1000


def tape():
    events = []
    return Tape(["AAAUSDT", "BBBUSDT"], events.append), events


def book(number, symbol="AAAUSDT", *, bid=100.0, ask=100.1, exchange_ms=MS0):
    return Book(symbol, number, bid, 1.0, ask, 2.0, exchange_ms)


def print_of(number, symbol="AAAUSDT", price=100.1, is_market=True):
    return Print(symbol, number, price, 0.5, "buy", MS0, is_market)


def marking(exchange_ms, rate=0.0001, next_ms=MS0 + 1_000):
    return Marking("AAAUSDT", 100.05, 100.0, rate, next_ms, exchange_ms)


def test_a_best_price_becomes_a_quote_with_the_last_trade():
    one, events = tape()
    assert one.take(print_of(5), T0) == TRADE
    assert one.take(book(1), T0 + 1) == BOOK
    assert events == [
        Trade(T0, T0, "AAAUSDT", 100.1, 0.5, "buy", "stream"),
        Quote(T0 + 1, T0, "AAAUSDT", 100.0, 100.1, 1.0, 2.0, 100.1, "stream"),
    ]


@given(st.lists(st.integers(0, 30), max_size=RAN_BACK))
def test_however_updates_come_each_is_given_at_most_once_and_in_the_order_of_numbers(numbers):
    one, events = tape()
    for at, number in enumerate(numbers):
        one.take(book(number, bid=1.0 + number, ask=2.0 + number), T0 + at)
    given_numbers = [int(event.bid - 1) for event in events]
    assert given_numbers == sorted(set(given_numbers))
    assert len(given_numbers) + one.tally.repeated == len(numbers)
    assert not numbers or max(numbers) == given_numbers[-1]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=40))
def test_every_missing_trade_is_counted_and_the_first_of_each_second_is_a_gap(steps):
    one, events = tape()
    number = 100
    one.take(print_of(number), T0)
    for at, step in enumerate(steps, 1):
        number += step
        one.take(print_of(number), T0 + at * 2_000_000)
    assert one.tally.holes == sum(steps) - len(steps)
    gaps = [event for event in events if isinstance(event, Gap)]
    assert len(gaps) == sum(step > 1 for step in steps)
    assert all(gap.symbol == "AAAUSDT" and gap.ts_us - gap.from_us == 2_000_000 for gap in gaps)


def test_many_holes_within_a_second_are_one_gap():
    one, events = tape()
    for number in range(0, 20, 2):
        one.take(print_of(number), T0 + number)
    assert sum(isinstance(event, Gap) for event in events) == 1
    assert one.tally.holes == 9


def test_a_hole_of_one_symbol_is_no_matter_of_another():
    one, events = tape()
    one.take(print_of(1), T0)
    one.take(print_of(1, "BBBUSDT"), T0)
    one.take(print_of(9), T0 + 1)
    one.take(print_of(2, "BBBUSDT"), T0 + 1)
    assert [event.symbol for event in events if isinstance(event, Gap)] == ["AAAUSDT"]


def test_numbers_that_run_back_for_good_are_a_venue_that_began_anew():
    one, events = tape()
    one.take(book(1_000_000), T0)
    for number in range(1, RAN_BACK + 10):
        one.take(book(number), T0 + number)
    assert one.tally.ran_back == 1
    assert events[-1].ts_us == T0 + RAN_BACK + 9


def test_after_a_rebuild_numbers_need_not_follow_on():
    one, events = tape()
    one.take(book(500), T0)
    one.take(print_of(500), T0)
    one.begin_anew({BOOK, TRADE}, ["AAAUSDT"])
    one.take(book(3), T0 + 1)
    one.take(print_of(900), T0 + 1)
    assert not any(isinstance(event, Gap) for event in events)
    assert len(events) == 4


def test_venue_times_an_hour_off_change_nothing_but_a_count():
    one, events = tape()
    for at, hours in enumerate((-1, 0, 1, 0, -1)):
        one.take(book(at, exchange_ms=MS0 + hours * 3_600_000), T0 + at)
    assert [event.ts_us for event in events] == [T0, T0 + 1, T0 + 2, T0 + 3, T0 + 4]
    assert one.tally.off_clock == 3


def test_prices_that_make_no_sense_are_left_out_and_counted():
    one, events = tape()
    nan, inf = float("nan"), float("inf")
    pairs = [(101.0, 100.0), (0.0, 1.0), (nan, 1.0), (1.0, nan), (1.0, inf), (-1.0, 1.0)]
    for number, (bid, ask) in enumerate(pairs):
        one.take(book(number, bid=bid, ask=ask), T0)
    one.take(print_of(1, price=nan), T0)
    assert events == []
    assert one.tally.senseless == 7


def test_what_was_not_traded_in_the_book_keeps_the_numbers_whole_and_is_not_told():
    one, events = tape()
    for number, is_market in ((1, True), (2, False), (3, True)):
        one.take(print_of(number, is_market=is_market), T0)
    assert len(events) == 2
    assert one.tally.holes == 0


def test_a_symbol_nobody_asked_for_is_counted():
    one, events = tape()
    for news in (book(1, "XXXUSDT"), print_of(1, "XXXUSDT"), Marking("XXXUSDT", 1, 1, 0, MS0, MS0)):
        one.take(news, T0)
    assert events == []
    assert one.tally.foreign == 3


def test_funding_settles_once_at_the_rate_last_announced_when_a_later_time_is():
    one, events = tape()
    assert one.take(marking(MS0, rate=0.0001), T0) == MARK
    one.take(marking(MS0 + 900, rate=0.0003), T0 + 900_000)
    one.take(marking(MS0 + 1_900, rate=0.0002, next_ms=MS0 + 2_000), T0 + 1_900_000)
    one.take(marking(MS0 + 1_950, rate=0.0002, next_ms=MS0 + 2_000), T0 + 1_950_000)
    [settled] = [event for event in events if isinstance(event, Settlement)]
    assert settled == Settlement(T0 + 1_900_000, (MS0 + 1_000) * 1000, "AAAUSDT", 0.0003, 100.05, "stream")
    assert events.index(settled) == 2
    assert sum(isinstance(event, Mark) for event in events) == 4


def test_a_mark_told_twice_or_late_is_dropped():
    one, events = tape()
    for exchange_ms in (MS0, MS0 + 1, MS0, MS0 + 1):
        one.take(marking(exchange_ms), T0)
    assert len(events) == 2
    assert one.tally.repeated == 2


def test_a_polled_quote_carries_its_source_and_our_time():
    one, events = tape()
    one.take(print_of(1), T0)
    one.polled(Quote(1, 2, "AAAUSDT", 1.0, 2.0, 3.0, 4.0, None, "poll"), T0 + 5)
    assert events[-1] == Quote(T0 + 5, 2, "AAAUSDT", 1.0, 2.0, 3.0, 4.0, 100.1, "poll")
