import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.desk_states.nav import STATE, desk_nav, everybody_is_there, rows_add_up
from tests.hedge_assets.desk_states.sums import census, worth

USD = st.floats(1, 1e9, allow_nan=False)


@given(usd=st.lists(USD, min_size=1, max_size=20))
def test_the_desk_is_worth_what_its_accounts_are_worth_together(usd):
    names = [f"a{number}" for number in range(len(usd))]
    made = desk_nav(dict(zip(names, map(worth, usd), strict=True)), census(*names))
    assert made.nav_usd == pytest.approx(sum(usd))
    assert sum(row.share_frac for row in made.rows) == pytest.approx(1)
    assert (made.n, made.accounts, made.reason) == (len(usd), len(usd), None)
    assert all(check.holds(made) is None for check in STATE.checks)


def test_no_sum_pretends_to_be_whole_while_one_account_is_missing():
    made = desk_nav({"alpha": worth(100.0)}, census("alpha", "beta", nav={"beta": "missing"}))
    assert (made.nav_usd, made.n, made.accounts, made.status) == (None, 1, 2, "ok")
    assert made.reason == "no sum over all accounts without beta (missing)"
    assert [(row.account, row.nav_usd, row.share_frac, row.reason) for row in made.rows] == [
        ("alpha", 100.0, None, None),
        ("beta", None, None, "missing"),
    ]
    assert "beta (missing)" in everybody_is_there(made)


def test_the_sum_is_no_younger_than_its_oldest_part():
    made = desk_nav({"alpha": worth(1.0, event_us=5), "beta": worth(2.0, event_us=3)}, census("alpha", "beta"))
    assert made.event_us == 3


def test_the_deepest_fall_is_named():
    made = desk_nav({"alpha": worth(1.0, drawdown_frac=0.1), "beta": worth(2.0, drawdown_frac=0.2)}, census("alpha", "beta"))
    assert (made.largest_drawdown_frac, made.largest_drawdown_account) == (0.2, "beta")


def test_a_sum_that_is_not_its_rows_is_not_written():
    made = desk_nav({"alpha": worth(1.0)}, census("alpha"))
    assert "must be 0" in rows_add_up(made.model_copy(update={"nav_usd": 2.0}))


def test_before_there_is_any_nav_it_says_so():
    made = desk_nav({"alpha": worth(None)}, census("alpha"))
    assert (made.status, made.nav_usd, made.reason) == ("empty", None, "no account has a NAV yet")
