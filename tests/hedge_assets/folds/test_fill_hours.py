"""A month of fills hour by hour, in little room."""

from hedge_assets.folds.execution_rows import FillRow
from hedge_assets.folds.fill_hours import HOUR_US, HOURS_KEPT, FillHour, count, summed
from tests.hedge_assets.builders import HOUR, T0


def row(ts_us, usd=100.0, liquidity="maker", slippage_bps=None):
    names = {"symbol": "BTCUSDT", "side": "buy", "price": 1.0, "qty": usd, "fee_usd": 0.0, "step": "maker", "strategy": "", "intent_id": ""}
    return FillRow(ts_us=ts_us, notional_usd=usd, liquidity=liquidity, client_id="", slippage_bps=slippage_bps, **names)


def counted(*rows):
    hours: list[FillHour] = []
    for each in rows:
        count(hours, each)
    return hours


def test_a_fill_is_in_the_hour_it_came_in():
    one, two = counted(row(T0, 300.0, slippage_bps=-1.0), row(T0 + HOUR - 1, 100.0, "taker", 3.0), row(T0 + HOUR, 50.0))
    assert (one.hour, one.n, one.makers, one.notional_usd, one.maker_usd) == (T0 // HOUR_US, 2, 1, 400.0, 300.0)
    assert (one.arrival.mean, one.spread.n, two.spread.n) == (0.0, 2, 0)


def test_a_clock_that_went_back_stays_in_the_newest_hour():
    (only,) = counted(row(T0 + HOUR), row(T0))
    assert (only.hour, only.n) == ((T0 + HOUR) // HOUR_US, 2)


def test_a_day_is_its_hours_and_adding_up_changes_none_of_them():
    hours = counted(*(row(T0 + number * HOUR, slippage_bps=1.0) for number in range(30)))
    days = summed(hours, 24)
    assert [(day.hour, day.n, day.spread.n, day.arrival.n) for day in days] == [
        (T0 // HOUR_US, 24, 24, 24),
        (T0 // HOUR_US + 24, 6, 6, 6),
    ]
    assert [each.n for each in hours] == [1] * 30


def test_no_more_than_a_month_is_kept():
    hours = counted(*(row(T0 + number * HOUR) for number in range(HOURS_KEPT + 10)))
    assert (len(hours), hours[0].hour) == (HOURS_KEPT, T0 // HOUR_US + 10)
