"""What pairs add up to: merging is adding, and nothing depends on how they were put together."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.shadow.causes import same_verdict, stake_usd
from hedge_assets.shadow.comparison import WORST, PairTally, Worth, keys_of
from hedge_assets.shadow.courses import Course
from hedge_assets.shadow.money import Settled
from tests.hedge_assets.pairs import answer, pair

RULES = st.sampled_from([None, None, "cooldown", "symbol_cap", "drawdown", "stale_nav"])
ANSWERS = st.builds(answer, RULES, notional=st.integers(10, 100_000).map(float), style=st.sampled_from(["maker", "taker"]))
PAIRS = st.lists(st.tuples(ANSWERS, ANSWERS), max_size=25).map(lambda rows: [pair(*both, number) for number, both in enumerate(rows, 1)])


def tallied(pairs):
    tally = PairTally()
    for each in pairs:
        tally.add(each, whole=True)
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
    assert (first.sizes.log_bins, first.sizes.diffs, first.sizes.larger) == (whole.sizes.log_bins, whole.sizes.diffs, whole.sizes.larger)


@given(PAIRS)
def test_counts_are_what_a_plain_loop_counts(pairs):
    tally = tallied(pairs)
    assert tally.agreed == sum(same_verdict(each.live, each.shadow) for each in pairs)
    assert tally.identical == sum(not each.causes for each in pairs)
    assert sum(tally.matrix.values()) == len(pairs)
    for cause, found in tally.causes.items():
        own = sorted((each for each in pairs if cause in each.causes), key=lambda each: (-stake_usd(each), each.intent_id))
        assert [worst.intent_id for worst in found.worst] == [each.intent_id for each in own[:WORST]]


def test_pairs_of_each_live_pipeline_are_apart():
    assert keys_of(pair(answer(pipeline="v6"), answer(pipeline="v5"))) == (
        "v6>v5/overall/all",
        "v6>v5/symbols/BTCUSDT",
        "v6>v5/strategies/momentum",
        "v6>v5/regimes/normal",
        "v6>v5/purposes/entry",
    )


def course(net: str) -> Course:
    made = {"intent_id": "i1", "symbol": "BTCUSDT", "side": "buy", "purpose": "entry", "decided_us": 0, "qty": Decimal(1), "mid": 1.0}
    return Course(**made, cost_usd=Decimal(100), net=Decimal(net))


def settled(name: str, live: str, shadow: str, real: str) -> Settled:
    return Settled(
        intent_id=name, decided_us=0, live=course(live), shadow=course(shadow), real=course(real), model=course(live), is_real=True
    )


def test_money_goes_to_every_cause_to_the_rule_and_to_what_followed_from_it():
    direct = pair(answer(), answer("symbol_cap"), 1)
    knock = msgspec.structs.replace(pair(answer(), answer("holds_position"), 2), root="symbol_cap")
    tally = tallied([direct, knock])
    tally.settle(direct, settled("i1", "5", "0", "4"))
    tally.settle(knock, settled("i2", "-3", "0", "-3"))
    cap = tally.rules["symbol_cap"]
    assert (cap.n, cap.settled, cap.diff, cap.error, cap.knock_n, cap.knock_diff) == (1, 1, -500_000_000, 100_000_000, 1, 300_000_000)
    assert (tally.causes["limit"].diff, tally.causes["signal"].diff) == (-500_000_000, 300_000_000)


def test_the_worst_examples_are_those_of_the_most_money_once_it_is_known():
    pairs = [pair(answer("drawdown"), answer(notional=float(number)), number) for number in range(1, 9)]
    tally = tallied(pairs)
    tally.settle(pairs[0], settled("i1", "0", "-7", "0"))
    worst = tally.causes["rule"].worst
    assert [(each.intent_id, each.diff) for each in worst] == [("i1", -700_000_000), ("i8", None), ("i7", None), ("i6", None), ("i5", None)]


def test_money_that_is_known_in_a_later_hour_finds_its_pair_of_an_earlier_one():
    pairs = [pair(answer(), answer("symbol_cap"), number) for number in range(1, 4)]
    earlier, later = tallied(pairs), PairTally()
    later.settle(pairs[1], settled("i2", "5", "0", "4"))
    whole = tallied(pairs)
    whole.settle(pairs[1], settled("i2", "5", "0", "4"))
    earlier.plus(later)
    assert earlier.causes == whole.causes
    assert earlier.rules == whole.rules
    assert earlier.n == 3
    assert [each.intent_id for each in earlier.causes["limit"].worst] == ["i2", "i1", "i3"]


def test_groups_count_without_causes():
    tally = PairTally()
    tally.add(pair(answer(), answer("symbol_cap")), whole=False)
    assert (tally.n, tally.live_only, tally.matrix, tally.causes, tally.rules) == (1, 1, {}, {}, {})


def test_routes_are_counted_where_both_approved():
    rows = [(answer(style="maker"), answer()), (answer(style="maker"), answer()), (answer(), answer("drawdown"))]
    tally = tallied(pair(*both, number) for number, both in enumerate(rows, 1))
    assert (tally.routes, tally.route_differs) == ({"maker > taker": 2}, 2)


def test_a_cause_that_was_not_found_is_empty_and_stays_unfound():
    tally = tallied([])
    assert (tally.cause("route").n, tally.causes) == (0, {})


def test_costs_are_of_what_both_filled_and_money_of_what_either_did():
    found = Worth()
    found.add(settled("i1", "5", "0", "4"), whole=True)
    found.add(msgspec.structs.replace(settled("i2", "5", "0", "4"), shadow=None), whole=True)
    found.add(msgspec.structs.replace(settled("i3", "5", "0", "4"), shadow=None, live=None), whole=True)
    assert (found.money.n, found.costs.slippage_bps.n) == (2, 1)
