"""Equity, to the cent, and what a deposit does not do to it."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from executor.records.base import Record
from hedge_assets.document import moment
from hedge_assets.refreshing.facts import Facts
from hedge_assets.states.nav import STATE, Nav, nav
from hedge_assets.statistics.curves import NavCurve
from tests.hedge_assets.builders import DAY, HOUR, MINUTE, T0, account, fill, funding, transfer
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.story import facts_of, story


def build(facts: Facts) -> Nav:
    return nav(facts.account, facts.ledger)


def broken(document: Nav) -> list[str]:
    return [check.name for check in STATE.checks if check.holds(document) is not None]


def test_the_story_s_nav():
    document = build(story())
    assert_golden("nav", document)
    assert broken(document) == []
    assert document.booked.unexplained_usd == 0


def test_without_journals_it_is_empty_and_says_what_to_do():
    document, nothing = build(Facts()), NavCurve(ts=(), nav_usd=(), adjusted_usd=None, drawdown_frac=(), deepest_frac=())
    assert (document.status, document.n, document.nav_usd, document.minutes) == ("empty", 0, None, nothing)
    assert "start the executor" in document.reason
    assert broken(document) == []


MOVES = st.lists(st.tuples(st.sampled_from(["fill", "funding", "transfer"]), st.decimals(-500, 500, places=8)), max_size=20)


@given(MOVES, st.decimals(-100, 100, places=8))
def test_the_wallet_is_what_the_journals_make_of_it_exactly(moves: list[tuple[str, Decimal]], unrealised: Decimal):
    wallet, records = Decimal(100_000), [account()]
    for place, (kind, amount) in enumerate(moves, 1):
        records.append(
            fill(T0 + place, f"c{place}", realized=amount, fee="0.125")
            if kind == "fill"
            else funding(T0 + place, amount=amount)
            if kind == "funding"
            else transfer(T0 + place, amount=amount)
        )
        wallet += amount - (Decimal("0.125") if kind == "fill" else 0)
    document = build(facts_of([*records, account(T0 + MINUTE, wallet, unrealised=unrealised)]))
    assert document.booked.unexplained_usd == 0
    assert document.nav_usd == float(wallet + unrealised)
    booked = document.booked
    assert abs(100_000 + booked.realized_usd - booked.fees_usd + booked.funding_usd + booked.transfers_usd - document.wallet_usd) < 1e-6


def test_a_missing_fill_shows():
    document = build(facts_of([account(wallet="100"), account(T0 + 1, wallet="101")]))
    assert document.booked.unexplained_usd == 1
    assert broken(document) == ["wallet_is_explained"]


def test_a_deposit_earns_nothing():
    document = build(facts_of([account(wallet="100"), transfer(T0 + 1, amount="50"), account(T0 + 2, wallet="150")]))
    assert (document.day.change_usd, document.day.flow_usd, document.week.change_frac, document.performance.return_frac) == (0, 50, 0, 0)
    assert document.drawdown_frac == 0


def test_ratios_are_of_finished_days_and_null_with_a_reason_before():
    records: list[Record] = [account(T0 + day * DAY, wallet=str(100 + day % 3)) for day in range(5)]
    document = build(facts_of(records))
    assert len(document.performance.daily_returns_frac) == 5
    assert document.performance.sharpe.n == 4
    assert document.performance.calmar.value is None
    assert "30" in document.performance.calmar.reason
    assert build(facts_of(records[:1])).performance.sharpe.value is None


def test_while_a_source_is_silent_the_last_known_nav_stays_and_says_so():
    document = build(facts_of([account(wallet="100"), account(T0 + MINUTE, wallet="0", sources={"account": "timed out"})]))
    assert (document.nav_usd, document.status, document.available_usd) == (100, "ok", None)
    assert document.reason == "not answering: account timed out"


def test_an_account_that_is_gone_is_refused():
    assert broken(build(facts_of([account(wallet="-5")]))) == ["nav_above_zero"]


def test_the_curve_has_minutes_for_a_day_and_hours_and_days_before():
    document = build(facts_of(account(T0 + step * 10 * MINUTE, wallet=str(1000 + step)) for step in range(40 * 144)))
    minutes, hours, days = document.minutes, document.hours, document.days
    assert (len(minutes.ts), minutes.nav_usd[-1], len(hours.ts), len(days.ts)) == (144, 1000 + 40 * 144 - 1, 30 * 24, 9)
    assert days.ts[-1] < hours.ts[0] <= hours.ts[-1] < minutes.ts[0]
    assert (days.nav_usd[0], hours.nav_usd[-1], minutes.adjusted_usd, max(minutes.drawdown_frac)) == (1143, 6615, None, 0)


def test_a_desk_that_was_off_is_a_gap_and_a_deposit_is_told_and_is_no_gain_of_the_curve():
    off, paid = T0 + 2 * HOUR, T0 + 3 * HOUR
    on = [account(T0 + minute * MINUTE, wallet="100") for minute in range(60)]
    document = build(facts_of([*on, account(off, wallet="80"), transfer(paid - 1, amount="80"), account(paid, wallet="160")]))
    assert [(gap.from_ts, gap.until_ts) for gap in document.gaps] == [
        (moment(T0 + 59 * MINUTE), moment(off)),
        (moment(off), moment(paid)),
    ]
    assert [(flow.ts, flow.usd) for flow in document.flows] == [(moment(paid - 1), 80)]
    assert document.minutes.nav_usd[-3:] == (100, 80, 160)
    assert document.minutes.adjusted_usd[-3:] == (200, 160, 160)
    assert document.minutes.drawdown_frac[-3:] == (0, 0.2, 0.2)


def test_years_of_a_desk_that_falls_every_night_are_a_small_file():
    facts = facts_of([account(wallet="123456.7891")])
    curve = facts.account.curve
    for minute in range(500 * 24 * 60):
        if minute % 20 == 0 or minute > 498 * 24 * 60:
            curve.add(T0 + minute * MINUTE, Decimal(minute % 1440 + 1) / 7 + 123_456)
    document = build(facts)
    assert (len(document.minutes.ts), len(document.hours.ts)) == (1440, 30 * 24)
    assert 365 <= len(document.days.ts) <= 370
    assert len(document.model_dump_json()) < 160_000
