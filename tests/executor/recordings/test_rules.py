"""A symbol's rules are the usual ones where the recording agrees, else what it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.recordings.files import connection
from executor.recordings.rules import decimals_shown, instruments_of, size_of


def shown(prices, *, symbol="BTCUSDT"):
    con = connection()
    con.execute("CREATE TABLE rows (symbol VARCHAR, price DOUBLE, qty DOUBLE)")
    for price in prices:
        con.execute("INSERT INTO rows VALUES (?, ?, 1.5)", [symbol, price])
    return instruments_of(con, "rows", symbols=[symbol], price="price", qty="qty")[symbol]


@pytest.mark.parametrize(
    ("symbol", "prices", "tick"),
    [
        ("BTCUSDT", [64_000.0, 64_001.0], "0.1"),
        ("BTCUSDT", [32_111.01, 32_111.02], "0.01"),
        ("NEWUSDT", [0.5, 0.25], "0.01"),
        ("NEWUSDT", [12.0, 15.0], "1"),
        ("NEWUSDT", [0.00001234, 0.00001235], "0.00000001"),
    ],
)
def test_ticks_are_usual_unless_the_prices_are_finer(symbol, prices, tick):
    assert format(shown(prices, symbol=symbol).tick_size, "f") == tick


def test_steps_and_least_notional_of_known_and_unknown_symbols():
    known, unknown = shown([64_000.0]), shown([1.0], symbol="NEWUSDT")
    assert (str(known.step_size), str(known.min_qty), str(known.min_notional)) == ("0.001", "0.001", "100")
    assert (str(unknown.step_size), str(unknown.min_qty), str(unknown.min_notional)) == ("0.1", "0.1", "5")


def test_one_stray_price_in_ten_thousand_does_not_make_a_finer_tick():
    assert str(size_of("0.01", [0.5, 0.7, 0.9999, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])) == "0.01"
    assert str(size_of("0.01", [0.5, 0.7, 0.9900, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])) == "0.001"


@given(st.lists(st.floats(0, 1), min_size=9, max_size=9).map(sorted))
def test_the_fewest_decimals_that_nearly_all_values_have_are_shown(shares):
    places = decimals_shown(shares)
    assert all(share < 0.999 for share in shares[:places])
    assert places == 8 or shares[places] >= 0.999
