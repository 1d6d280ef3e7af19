"""Which symbols there are, and whether each may be traded."""

import pytest

from executor.records.base import Record
from executor.settings import Limits, Settings
from hedge_assets.refreshing.facts import Facts
from hedge_assets.states.nav import nav
from hedge_assets.states.universe import STATE, Universe, universe
from tests.hedge_assets.builders import BTC, ETH, SECOND, T0, account, boot, halt, instrument, quote, submit, unknown
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.story import END, facts_of, story


def build(facts: Facts, now_us: int = T0 + SECOND) -> Universe:
    return universe(facts.market, facts.services, facts.executions, nav=nav(facts.account, facts.ledger), now_us=now_us)


def of(*records: Record, now_us: int = T0 + SECOND) -> Universe:
    return build(facts_of(records), now_us)


def broken(document: Universe) -> list[str]:
    return [check.name for check in STATE.checks if check.holds(document) is not None]


def row(document: Universe, symbol: str = BTC):
    return next(row for row in document.symbols if row.symbol == symbol)


def test_the_story_s_universe():
    document = build(story(), END + SECOND)
    assert_golden("universe", document)
    assert broken(document) == []


def test_without_journals_it_is_empty():
    document = build(Facts())
    assert (document.status, document.n, document.tradable) == ("empty", 0, 0)
    assert "start the executor" in document.reason
    assert broken(document) == []


def test_a_symbol_has_its_tier_caps_and_rules():
    btc = row(of(boot(), account(), quote()))
    assert (btc.tier, btc.symbol_cap_usd, btc.tier_cap_usd) == ("major", 25_000, 150_000)
    assert (btc.rules.tick_size, btc.rules.min_notional_usd, btc.tradable, btc.why_not) == (0.1, 5.0, True, ())
    assert (btc.vol_bps, btc.vol_reason) == (None, "0 one-minute returns of 5")


@pytest.mark.parametrize(
    ("records", "now_us", "why"),
    [
        ([boot(), account()], T0 + SECOND, "no quote yet"),
        ([boot(), account(), quote()], T0 + 11 * SECOND, "quote is 11.0 s old, limit 10 s"),
        ([boot(), account(), quote(), quote(T0 + 11 * SECOND, exchange_ts_us=T0)], T0 + 11 * SECOND, "quote is 11.0 s old, limit 10 s"),
        ([boot(settings=Settings(limits=Limits(whitelist=(ETH,)))), quote()], T0, "not on the whitelist"),
        ([boot(instruments=(instrument(ETH),)), quote()], T0, "the venue's rules are not known"),
        ([quote()], T0, "limits are not known"),
        ([boot(), quote(bid=101.0, ask=100.0)], T0, "crossed: bid 101 above ask 100"),
        ([boot(), quote(), submit(), unknown()], T0, "an order's fate is unknown"),
    ],
)
def test_why_a_symbol_is_not_tradable(records: list[Record], now_us: int, why: str):
    btc = row(of(*records, now_us=now_us))
    assert not btc.tradable
    assert why in btc.why_not


def test_a_halted_executor_trades_nothing():
    document = of(boot(), account(), quote(), halt())
    assert (document.tradable, document.halted) == (0, True)
    assert broken(document) == ["something_is_tradable"]
    assert "halted" in STATE.checks[1].holds(document)


@pytest.mark.parametrize(("whitelist", "says"), [(("NONE",), []), ((ETH,), ["something_is_tradable"])])
def test_what_the_operator_does_not_want_traded_need_not_be_tradable(whitelist: tuple[str, ...], says: list[str]):
    document = of(boot(settings=Settings(limits=Limits(whitelist=whitelist))), account(), quote())
    assert document.tradable == 0
    assert broken(document) == says


def test_symbols_seen_without_rules_are_listed_too():
    assert [entry.symbol for entry in of(boot(), quote(symbol="ENAUSDT")).symbols] == [BTC, "ENAUSDT", ETH]
