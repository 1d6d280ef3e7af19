import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.desk_states.exposure import STATE, desk_exposure
from tests.hedge_assets.desk_states.sums import census, holding, worth

SIDES = st.dictionaries(st.sampled_from(["BTCUSDT", "ETHUSDT", "SOLUSDT"]), st.floats(-1e7, 1e7).map(lambda usd: round(usd, 2)))


@given(books=st.lists(SIDES, min_size=1, max_size=8))
def test_gross_is_net_and_what_is_netted_symbol_by_symbol(books):
    names = [f"a{number}" for number in range(len(books))]
    made = desk_exposure(
        {name: holding(**book) for name, book in zip(names, books, strict=True)}, dict.fromkeys(names, worth(1e6)), census(*names)
    )
    for row in made.symbols:
        assert row.gross_usd == pytest.approx(abs(row.net_usd) + row.netted_usd, abs=1e-3)
        assert row.net_usd == pytest.approx(sum(book.get(row.symbol, 0.0) for book in books), abs=1e-3)
    assert all(check.holds(made) is None for check in STATE.checks)


def test_accounts_that_hold_against_each_other_are_seen():
    made = desk_exposure(
        {"alpha": holding(BTCUSDT=300.0, ETHUSDT=50.0), "beta": holding(BTCUSDT=-200.0)},
        {"alpha": worth(1_000.0), "beta": worth(1_000.0)},
        census("alpha", "beta"),
    )
    (first, second) = made.symbols
    assert (first.symbol, first.net_usd, first.netted_usd, first.holders) == ("BTCUSDT", 100.0, 400.0, ("alpha", "beta"))
    assert (second.symbol, second.holders) == ("ETHUSDT", ("alpha",))
    assert (made.gross_usd, made.net_usd, made.netted_usd, made.leverage) == (550.0, 150.0, 400.0, 0.275)


def test_no_sum_pretends_to_be_whole_while_one_account_is_missing():
    made = desk_exposure({"alpha": holding(BTCUSDT=1.0)}, {}, census("alpha", "beta", positions={"beta": "invalid: x"}))
    assert (made.gross_usd, made.netted_usd, made.leverage, made.n) == (None, None, None, 1)
    assert made.reason == "no sum over all accounts without beta (invalid: x)"


def test_a_flat_desk_is_empty_and_healthy():
    made = desk_exposure({"alpha": holding()}, {"alpha": worth(5.0)}, census("alpha"))
    assert (made.status, made.gross_usd, made.reason) == ("empty", 0.0, "flat: no account holds a position")
