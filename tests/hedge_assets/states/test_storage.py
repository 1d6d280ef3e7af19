from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.holdings import Holding
from hedge_assets.states.storage import every_byte_is_counted, storage
from tests.hedge_assets.builders import T0


def holding(name="tables", size=10, **given):
    return Holding(name=name, path=name, owner="dagster", size_bytes=size, files=1, **given)


def test_the_fullest_comes_first_with_its_share():
    document = storage((holding("a", 10, budget_bytes=100), holding("b", 30, budget_bytes=40), holding("c", 60)))
    assert [(row.name, row.filled_frac, row.share_frac) for row in document.holdings] == [
        ("b", 0.75, 0.3),
        ("a", 0.1, 0.1),
        ("c", None, 0.6),
    ]
    assert (document.status, document.n, document.total_bytes, document.over, document.reason) == ("ok", 3, 100, 0, None)


def test_what_is_over_its_budget_says_why():
    document = storage((holding("raw/ticks", 50, budget_bytes=40, needed_bytes=45), holding("dagster", 9, budget_bytes=8)))
    said = {row.name: row.reason for row in document.holdings}
    assert said == {
        "raw/ticks": "50 bytes are kept, the budget is 40; 45 of them are needed to rebuild states",
        "dagster": "9 bytes are kept, the budget is 8; dagster prunes it at its next turn",
    }
    assert document.over == 2
    assert document.reason.startswith("raw/ticks: 50 bytes are kept")


def test_exactly_the_budget_is_within_it():
    assert storage((holding(size=40, budget_bytes=40),)).over == 0


def test_what_could_not_be_looked_into_is_told():
    assert storage((holding(size=0, fault="tables cannot be looked into: Permission denied"),)).reason == (
        "tables: tables cannot be looked into: Permission denied"
    )


def test_unknown_is_null_and_not_nought():
    row = storage((holding(size=0),)).holdings[0]
    assert (row.budget_bytes, row.filled_frac, row.share_frac, row.oldest_ts, row.needed_bytes) == (None,) * 5
    assert storage((holding(oldest_us=T0),)).holdings[0].oldest_ts.isoformat() == "2026-01-05T00:00:00+00:00"


def test_nothing_measured_is_empty_with_a_reason():
    document = storage(())
    assert (document.status, document.n, document.reason) == ("empty", 0, "nothing was measured")


def test_a_count_that_is_not_the_rows_is_found():
    document = storage((holding(size=3),))
    assert every_byte_is_counted(document) is None
    assert every_byte_is_counted(document.model_copy(update={"total_bytes": 4})).startswith("total_bytes was 4")


@given(st.lists(st.builds(holding, st.text("abc", min_size=1), st.integers(0, 1 << 50), budget_bytes=st.none() | st.integers(0, 1 << 50))))
def test_whatever_is_measured_the_counts_are_the_rows(holdings):
    document = storage(tuple(holdings))
    assert every_byte_is_counted(document) is None
    assert all(row.over == (row.reason is not None) for row in document.holdings)
