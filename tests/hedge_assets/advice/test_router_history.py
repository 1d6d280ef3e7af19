"""What is drawn of routing: shares over time beside a plain count, and one distribution for all and each symbol."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.advice.router_history import DAYS_SHOWN, HOURS_SHOWN, by_day, by_hour, distributions, over_time
from hedge_assets.folds.execution_tally import ExecutionTally
from tests.hedge_assets.builders import DAY, HOUR, SECOND, T0, cancel, fill, quote, submit
from tests.hedge_assets.story import facts_of

FILLS = st.lists(st.tuples(st.integers(0, 40 * 24), st.booleans(), st.integers(1, 9), st.sampled_from((-2.0, 0.5, 3.0))), max_size=40)


def records(fills, symbol="BTCUSDT"):
    """Orders sent at mid 100 and filled at a cost, each in its hour."""
    found = []
    for number, (hour, is_maker, lots, cost_bps) in enumerate(sorted(fills)):
        at, ids = T0 + hour * HOUR + number * SECOND, (f"c{number}", f"i{number}")
        found.append(submit(at, *ids, symbol=symbol, mid=100.0, qty="10"))
        liquidity = "maker" if is_maker else "taker"
        found.append(fill(at + 1, ids[0], symbol=symbol, qty=str(lots), price=str(100 + cost_bps / 100), liquidity=liquidity))
        found.append(cancel(at + 2, ids[0], symbol=symbol))
    return found


@given(FILLS)
def test_columns_are_a_plain_count_of_the_fills_of_each_hour_and_day(fills):
    executions, now_us = facts_of(records(fills)).executions, T0 + 40 * DAY + HOUR // 2
    for found, width, shown in ((by_hour(executions.hours, now_us), 1, HOURS_SHOWN), (by_day(executions.hours, now_us), 24, DAYS_SHOWN)):
        newest, plain = now_us // HOUR // width, defaultdict(list)
        for hour, is_maker, lots, cost_bps in fills:
            if (place := (T0 // HOUR + hour) // width) >= newest - shown:
                plain[place].append((is_maker, lots * (100 + cost_bps / 100), cost_bps))
        places = list(range(min(plain), newest + 1)) if plain else []
        assert [int(ts.timestamp() * 1e6) for ts in found.from_ts] == [place * width * HOUR for place in places]
        assert list(found.fills) == [len(plain[place]) for place in places]
        for at, place in enumerate(places):
            rows = plain[place]
            if not rows:
                assert (found.maker_frac[at], found.slippage_bps_p50[at], found.maker_count_frac_low[at]) == (None, None, None)
                continue
            usd = sum(row[1] for row in rows)
            assert found.maker_frac[at] == pytest.approx(sum(row[1] for row in rows if row[0]) / usd, abs=1e-6)
            count_frac = sum(row[0] for row in rows) / len(rows)
            assert found.maker_count_frac[at] == pytest.approx(count_frac, abs=1e-6)
            assert found.maker_count_frac_low[at] - 1e-6 <= count_frac <= found.maker_count_frac_high[at] + 1e-6
            middle = sorted(row[2] for row in rows)[(len(rows) - 1) // 2]
            assert found.slippage_bps_p50[at] == pytest.approx(middle, rel=0.011)
            assert found.slippage_bps_mean[at] == pytest.approx(sum(row[1] * row[2] for row in rows) / usd, abs=1e-6)


def test_before_any_fill_there_is_nothing_to_draw():
    found = over_time([], T0, width=1, shown=HOURS_SHOWN)
    assert {len(column) for column in found.model_dump().values()} == {0}
    (whole,) = distributions({})
    assert (whole.symbol, whole.slippage.n, [each.horizon_s for each in whole.markouts]) == ("all", 0, [1, 5, 30, 60, 300])


def test_each_symbol_has_its_own_distribution_and_all_have_one_together():
    mids = [quote(T0 + second * SECOND, symbol, 100.1) for second in range(-1, 400, 1) for symbol in ("AUSDT", "BUSDT")]
    sent = [*records([(0, True, 1, -2.0)], "AUSDT"), *records([(0, False, 1, 3.0), (0, False, 2, 3.0)], "BUSDT")]
    facts = facts_of(sorted([*mids, *sent], key=lambda each: each.ts_us))
    whole, one, two = distributions(facts.executions.rolling.since(None, ExecutionTally))
    assert [(each.symbol, each.slippage.maker.n, each.slippage.taker.n) for each in (whole, one, two)] == [
        ("all", 1, 2),
        ("AUSDT", 1, 0),
        ("BUSDT", 0, 2),
    ]
    assert [each.histogram.n for each in whole.markouts] == [3] * 5
    assert all(each.histogram.taker.n == 2 for each in two.markouts)
