"""What is kept of applied suggestions: policies, stretches with costs, gains of weights, in any number of goes."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.records.orders import Adjust
from executor.records.trading import Policy, RouterPolicy
from executor.settings import Limits, Router, Settings
from hedge_assets.folds.applied import CHANGES_KEPT, STRETCHES_KEPT, Applied
from tests.hedge_assets.builders import BTC, ETH, MINUTE, SECOND, T0, boot, decision, fill, funding, intent, slice_of, submit
from tests.hedge_assets.steered import changed, ended, quoting, refused, worked


def folded(records, chunk=None):
    fold = Applied()
    for number, record in enumerate(records, 1):
        fold.take(record)
        if chunk and number % chunk == 0:
            fold = msgspec.msgpack.decode(msgspec.msgpack.encode(fold), type=Applied)
    return fold


def bought_and_sold(number, at, policy, *, profit=100, **given):
    """0.1 bought, and sold `profit` USD dearer: two intents."""
    name, client = f"x{number}", f"y{number}"
    sold = {"side": "sell", "realized": str(profit), "position_qty": "0", "fee": "1", "liquidity": "taker"}
    return [
        *worked(number, at, policy=policy, fee="1", **given),
        intent(at + MINUTE, name, side="sell", purpose="exit", reason="stop", qty=0.1),
        decision(at + MINUTE, name, slice=slice_of(at + MINUTE), policy=policy, pipeline=given.get("pipeline", "v6")),
        submit(at + MINUTE, client, name, side="sell", step="taker", post_only=False),
        fill(at + MINUTE, client, **{**sold, "fee_asset": given.get("fee_asset", "USDT")}),
        ended(at + MINUTE, name),
    ]


def test_a_changed_policy_is_in_force_with_what_it_promised_from_then_on():
    fold = folded([changed(T0, after=quoting(0.5), expected_bps=2.0, expected_low_bps=1.0, expected_high_bps=3.0)])
    plain, stretch = fold.stretches[BTC]
    assert fold.in_force[BTC] == quoting(0.5)
    assert fold.changed_us == {BTC: T0}
    assert (plain.version, plain.routing) == ("settings", RouterPolicy())
    assert (stretch.version, stretch.rule, stretch.made_on, stretch.routing.offset_bps) == ("v1", "dodge", 30, 0.5)
    assert (stretch.expected_low_bps, stretch.expected_bps, stretch.expected_high_bps) == (1.0, 2.0, 3.0)


def test_a_version_that_moves_nothing_opens_no_stretch():
    policy, renewed = quoting(0.5), quoting(0.5, version="v2")
    fold = folded([changed(after=policy), changed(T0 + SECOND, before=policy, after=renewed)])
    assert [each.version for each in fold.stretches[BTC]] == ["settings", "v1"]
    assert fold.in_force[BTC].version == "v2"
    assert fold.changes_total == 2


def test_a_cost_goes_to_the_stretch_that_its_intent_was_decided_in():
    late = worked(1, T0, cost_bps=4.0)
    fold = folded(
        [*late[:-1], changed(T0 + SECOND, after=quoting(0.5)), late[-1], *worked(2, T0 + MINUTE, cost_bps=1.0, policy=quoting(0.5))]
    )
    assert [(each.cost_bps.n, pytest.approx(each.cost_bps.mean, abs=1e-6)) for each in fold.stretches[BTC]] == [(1, 4.0), (1, 1.0)]


def test_fees_count_and_a_fee_in_a_coin_without_a_price_leaves_the_cost_unknown():
    dollars = folded(worked(1, T0, fee="2.5")).stretches[BTC][0]
    assert dollars.cost_bps.mean == pytest.approx(5.0)
    unknown = folded(worked(1, T0, fee="0.01", fee_asset="BNB")).stretches[BTC][0]
    assert (unknown.cost_bps.n, unknown.unpriced) == (0, 1)
    coin = decision(T0, "b", "BNBUSDT", slice=slice_of(T0, "BNBUSDT", bid=499.0, ask=501.0), pipeline="v6")
    priced = folded([intent(T0, "b", "BNBUSDT"), coin, *worked(1, T0, fee="0.005", fee_asset="BNB")]).stretches[BTC][0]
    assert priced.cost_bps.mean == pytest.approx(5.0)


def test_only_intents_that_routing_steers_are_counted():
    stops = worked(1, T0, step="taker", purpose="exit", reason="stop 50 bps")
    targets = worked(2, T0, purpose="exit", reason="take_profit 100 bps")
    fold = folded([*stops, *targets])
    assert fold.stretches[BTC][0].cost_bps.n == 1
    incumbent = folded([changed(after=quoting(0.5)), *worked(1, T0, pipeline="v5", policy=quoting(0.5))])
    assert [(each.cost_bps.n, each.unsteered) for each in incumbent.stretches[BTC]] == [(0, 0), (0, 1)]


def test_quotes_that_were_filled_tell_how_long_that_took_and_fallbacks_do_not():
    fold = folded([*worked(1, T0), *worked(2, T0 + MINUTE, step="fallback")])
    assert fold.stretches[BTC][0].kept_s.quantile(0.5) == pytest.approx(1.0, rel=0.01)
    assert fold.stretches[BTC][0].kept_s.n == 1


def test_a_fill_that_is_told_after_the_end_still_counts():
    records = worked(1, T0, cost_bps=3.0)
    fold = folded([*records[:-2], records[-1], records[-2]])
    assert fold.stretches[BTC][0].cost_bps.mean == pytest.approx(3.0, abs=1e-6)
    assert not fold.working


def test_plain_settings_that_a_boot_changed_are_another_stretch():
    first, second = Policy(), Policy(router=RouterPolicy(patience_s=20.0))
    fold = folded(
        [*worked(1, T0, policy=first), boot(settings=Settings(router=Router(patience_s=20.0))), *worked(2, T0 + MINUTE, policy=second)]
    )
    assert [each.routing.patience_s for each in fold.stretches[BTC]] == [10.0, 20.0]
    assert fold.changed_us == {BTC: T0 + MINUTE}


def test_a_weight_is_credited_with_what_it_added_to_a_trade():
    double = Policy(weight_frac=0.25, weight_version="w1")
    fold = folded([boot(settings=Settings(limits=Limits(max_positions=8))), *bought_and_sold(1, T0, double)])
    gains = fold.gains[f"{BTC}|w1"]
    assert (gains.scale, gains.gain_usd.n) == (2.0, 1)
    assert gains.gain_usd.mean == pytest.approx((100 - 1 - 1) * (1 - 1 / 2))


def test_a_lowered_weight_is_credited_with_the_loss_it_kept_away_and_funding_counts():
    half = Policy(weight_frac=0.0625, weight_version="w1")
    records = bought_and_sold(1, T0, half, profit=-50)
    fold = folded([boot(), *records[:5], funding(T0 + 2 * SECOND, amount="-2"), *records[5:]])
    assert fold.gains[f"{BTC}|w1"].gain_usd.mean == pytest.approx((-50 - 1 - 1 - 2) * (1 - 2))


def test_even_weights_and_pipelines_that_ignore_weights_gain_nothing():
    double = Policy(weight_frac=0.25, weight_version="w1")
    assert not folded([boot(), *bought_and_sold(1, T0, Policy())]).gains
    assert not folded([boot(), *bought_and_sold(1, T0, double, pipeline="v5")]).gains


def test_a_trade_with_a_fee_that_is_not_known_in_dollars_is_counted_apart():
    double = Policy(weight_frac=0.25, weight_version="w1")
    gains = folded([boot(), *bought_and_sold(1, T0, double, fee_asset="BNB")]).gains[f"{BTC}|w1"]
    assert (gains.gain_usd.n, gains.unpriced) == (0, 1)


def test_a_fill_through_zero_ends_one_trade_and_begins_the_next():
    double = Policy(weight_frac=0.25, weight_version="w1")
    through = fill(T0 + MINUTE, "turn", side="sell", qty="0.3", price="50000", fee="3", realized="10", position_qty="-0.2")
    fold = folded([boot(), *worked(1, T0, policy=double), through])
    assert fold.gains[f"{BTC}|w1"].gain_usd.mean == pytest.approx((10 - 1) / 2)
    assert fold.held[BTC].cost_usd == pytest.approx(10_000)
    assert fold.held[BTC].net_usd == pytest.approx(-2)


def test_refusals_are_counted_by_reason_whatever_numbers_are_in_it():
    fold = folded([refused(), refused(reason="it expired 12 s ago"), refused(reason="it is not JSON")])
    assert fold.refused == {"router: it expired # s ago": 2, "router: it is not JSON": 1}
    assert fold.refused_total == 3


def test_the_flags_of_the_newest_boot_are_kept():
    flags = {"ENV": "test", "ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1", "ROUTER_AUTOTUNE_V6_ENABLED": "1"}
    assert folded([boot(flags=flags)]).apply_flags == {"ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1"}


def test_nothing_grows_without_end():
    fold, before = Applied(), Policy()
    for number in range(1, 400):
        after = quoting(number % 7 / 2, version=f"v{number}")
        fold.take(changed(T0 + number * SECOND, before=before, after=after))
        fold.take(refused(reason=f"reason {'x' * number}"))
        before = after
    assert (len(fold.changes), fold.changes_total) == (CHANGES_KEPT, 399)
    assert len(fold.stretches[BTC]) == STRETCHES_KEPT
    assert len(fold.refused) == 100


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["work", "fall", "take", "step", "trade", "old"]), st.integers(0, 5), st.sampled_from([BTC, ETH]))
)


def told(actions):
    records, policies = [boot()], {BTC: Policy(), ETH: Policy()}
    for number, (what, size, symbol) in enumerate(actions):
        at, policy = T0 + number * 2 * MINUTE, policies[symbol]
        if what == "step":
            after = Policy(
                router=RouterPolicy(offset_bps=size / 2), version=f"v{number}", weight_frac=size / 16, weight_version=f"w{number}"
            )
            records.append(changed(at, symbol, before=policy, after=after))
            policies[symbol] = after
        elif what == "trade":
            records += bought_and_sold(number, at, policies[BTC], profit=size - 2)
        else:
            step = {"work": "maker", "fall": "fallback", "take": "taker", "old": "maker"}[what]
            records += worked(
                number, at, cost_bps=float(size), step=step, policy=policy, symbol=symbol, pipeline="v5" if what == "old" else "v6"
            )
    return records


@settings(max_examples=40, deadline=None)
@given(ACTIONS, st.integers(1, 9))
def test_taken_in_any_number_of_goes_it_is_the_same_fold(actions, chunk):
    records = told(actions)
    assert folded(records, chunk) == folded(records)


@settings(max_examples=40, deadline=None)
@given(ACTIONS)
def test_stretches_hold_what_plain_loops_over_all_intents_give(actions):
    stretches = folded(told(actions)).stretches
    for symbol in (BTC, ETH):
        costs, lists = {}, {}
        routing, number = RouterPolicy(), 0
        for what, size, of in actions:
            if of != symbol and what != "trade":
                continue
            if what == "step" and size / 2 != routing.offset_bps:
                routing, number = RouterPolicy(offset_bps=size / 2), number + 1
            elif what in {"work", "fall", "take"}:
                lists.setdefault(number, []).append(float(size))
            elif what == "trade" and symbol == BTC:
                lists.setdefault(number, []).append(1.0 / (5_000.0) * 1e4)
        costs = {number: sum(values) / len(values) for number, values in lists.items()}
        found = [each.cost_bps.mean for each in stretches.get(symbol, []) if each.cost_bps.n]
        kept = [costs[number] for number in sorted(costs)][-len(found) :] if found else []
        assert found == pytest.approx(kept, abs=1e-6)


def test_a_position_set_to_flat_has_no_gain():
    double = Policy(weight_frac=0.25, weight_version="w1")
    flat = Adjust(T0 + MINUTE, symbol=BTC, venue_qty=Decimal(0), our_qty=Decimal("0.1"), reason="closed elsewhere")
    fold = folded([boot(), *worked(1, T0, policy=double), flat])
    assert (fold.held, fold.gains) == ({}, {})
