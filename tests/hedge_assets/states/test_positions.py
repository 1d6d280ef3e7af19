"""What is held, against what was journaled."""

from executor.records.base import Record
from hedge_assets.refreshing.facts import Facts
from hedge_assets.states.positions import FLAT, STATE, Positions, positions
from tests.hedge_assets.builders import BTC, ETH, SECOND, T0, account, fill, intent, open_order, position, submit
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.story import END, facts_of, story


def build(facts: Facts, now_us: int = T0 + 60 * SECOND) -> Positions:
    return positions(facts.account, facts.ledger, now_us=now_us)


def of(*records: Record) -> Positions:
    return build(facts_of(records))


def broken(document: Positions) -> list[str]:
    return [check.name for check in STATE.checks if check.holds(document) is not None]


def test_the_story_s_positions():
    document = build(story(), END + SECOND)
    assert_golden("positions", document)
    assert broken(document) == []


def test_without_journals_not_even_flatness_is_known():
    document = build(Facts())
    assert (document.status, document.n, document.gross_usd, document.agree) == ("empty", 0, None, None)
    assert "start the executor" in document.reason


def test_a_flat_book_is_healthy():
    document = of(account())
    assert (document.status, document.n, document.reason, document.gross_usd, document.agree) == ("empty", 0, FLAT, 0, True)


def test_a_position_knows_its_strategy_age_and_distance_to_liquidation():
    document = of(
        intent(),
        submit(),
        fill(fee="1"),
        account(positions=(position(mark_price="51000", unrealised="100", liquidation_price="40800"),)),
    )
    (held,) = document.positions
    assert (held.strategy, held.age_s, held.notional_usd, held.unrealised_frac) == ("momentum", 60.0, 5100.0, 0.02)
    assert held.liquidation_distance_frac == 0.2
    assert (document.long_usd, document.short_usd, document.net_usd) == (5100, 0, 5100)


def test_a_short_s_liquidation_lies_above():
    (held,) = of(account(positions=(position(qty="-1", mark_price="50000", liquidation_price="60000"),))).positions
    assert (held.side, held.liquidation_distance_frac) == ("short", 0.2)
    (unknown,) = of(account(positions=(position(liquidation_price=None),))).positions
    assert unknown.liquidation_distance_frac is None


def test_where_journal_and_venue_differ_every_symbol_is_listed():
    document = of(fill(qty="0.2"), account(positions=(position(qty="0.1"), position(ETH, qty="1"))))
    assert [(row.symbol, row.difference_qty) for row in document.mismatches] == [(BTC, 0.1), (ETH, -1.0)]
    assert document.agree is False
    assert broken(document) == ["journal_is_the_venue"]
    assert "BTCUSDT is 0.2" in STATE.checks[2].holds(document)


def test_a_silent_source_is_no_mismatch():
    document = of(fill(), account(sources={"positions": "timed out"}))
    assert (document.agree, document.mismatches, document.stale_sources) == (None, (), ("positions",))


def test_orders_are_listed_with_their_age():
    (order,) = of(account(orders=(open_order(),))).orders
    assert (order.client_id, order.age_s, order.price) == ("c1", 60.0, 49_999.5)
