"""What pairs add up to: merging is adding, and nothing depends on how they were put together."""

from hedge_assets.folds.comparison import WORST, PairTally, keys_of
from hedge_assets.folds.parity import causes_of, same_verdict, stake_usd
from hypothesis import given
from hypothesis import strategies as st

from tests.hedge_assets.pairs import answer, pair

RULES = st.sampled_from([None, None, "cooldown", "symbol_cap", "drawdown", "stale_nav"])
ANSWERS = st.builds(answer, RULES, notional=st.integers(10, 100_000).map(float), style=st.sampled_from(["maker", "taker"]))
PAIRS = st.lists(st.tuples(ANSWERS, ANSWERS), max_size=25).map(lambda rows: [pair(*both, number) for number, both in enumerate(rows, 1)])


def tallied(pairs):
    tally = PairTally()
    for each in pairs:
        tally.add(each)
    return tally


@given(PAIRS, st.integers(0, 25))
def test_two_halves_added_up_count_what_the_whole_counts(pairs, cut):
    whole, first = tallied(pairs), tallied(pairs[:cut])
    first.plus(tallied(pairs[cut:]))
    assert (first.n, first.agreed, first.identical, first.matrix, first.routes) == (
        whole.n,
        whole.agreed,
        whole.identical,
        whole.matrix,
        whole.routes,
    )
    assert {name: (each.n, each.worst) for name, each in first.causes.items()} == {
        name: (each.n, each.worst) for name, each in whole.causes.items()
    }
    assert (first.sizes.beyond, first.sizes.diffs, first.sizes.larger) == (whole.sizes.beyond, whole.sizes.diffs, whole.sizes.larger)


@given(PAIRS)
def test_counts_are_what_a_plain_loop_counts(pairs):
    tally = tallied(pairs)
    assert tally.agreed == sum(same_verdict(each) for each in pairs)
    assert tally.identical == sum(not causes_of(each) for each in pairs)
    assert sum(tally.matrix.values()) == len(pairs)
    for cause, found in tally.causes.items():
        own = sorted((each for each in pairs if cause in causes_of(each)), key=lambda each: (-stake_usd(each), each.intent_id))
        assert [worst.intent_id for worst in found.worst] == [each.intent_id for each in own[:WORST]]


def test_pairs_of_each_live_pipeline_are_apart():
    assert list(keys_of(pair(answer(pipeline="v6"), answer(pipeline="v5")))) == [
        "v6/overall/all",
        "v6/symbols/BTCUSDT",
        "v6/strategies/momentum",
    ]
