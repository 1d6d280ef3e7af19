"""Room under each limit, vetoes by rule, and the mode with its cause."""

import pytest

from executor.records.base import Record
from executor.settings import Limits, Settings
from hedge_assets.refreshing.facts import Facts
from hedge_assets.states.nav import nav
from hedge_assets.states.positions import positions
from hedge_assets.states.risk_snapshot import STATE, RiskSnapshot, risk_snapshot
from tests.hedge_assets.builders import (
    BTC,
    DAY,
    ETH,
    HOUR,
    SECOND,
    T0,
    account,
    boot,
    decision,
    halt,
    intent,
    open_order,
    position,
    reject,
    submit,
    vetoed,
)
from tests.hedge_assets.golden import assert_golden
from tests.hedge_assets.story import END, facts_of, story


def build(facts: Facts, now_us: int = T0 + SECOND) -> RiskSnapshot:
    return risk_snapshot(
        facts.account,
        facts.decisions,
        facts.services,
        executions=facts.executions,
        nav=nav(facts.account, facts.ledger),
        positions=positions(facts.account, facts.ledger, now_us=now_us),
        now_us=now_us,
    )


def of(*records: Record, now_us: int = T0 + SECOND) -> RiskSnapshot:
    return build(facts_of(records), now_us)


def broken(document: RiskSnapshot) -> list[str]:
    return [check.name for check in STATE.checks if check.holds(document) is not None]


def room(document: RiskSnapshot, name: str, subject: str = ""):
    return next(row for row in document.rooms if (row.name, row.subject) == (name, subject))


def test_the_story_s_risk():
    document = build(story(), END + SECOND)
    assert_golden("risk_snapshot", document)
    assert broken(document) == []
    assert document.mode == "ok"


def test_without_journals_it_is_empty_and_no_mode_is_claimed():
    document = build(Facts())
    assert (document.status, document.n, document.mode, document.rooms, document.leverage) == ("empty", 0, None, (), None)
    assert "start the executor" in document.reason
    assert "no boot record" in document.mode_reason


def test_room_counts_orders_that_may_add_and_not_those_that_reduce():
    held = position(qty="0.2", mark_price="50000")
    adding = open_order(qty="0.1", price="49000")
    reducing = open_order("c2", side="sell", price="52000", reduce_only=True)
    document = of(boot(), account(wallet="100000", positions=(held,), orders=(adding, reducing)))
    assert (document.gross_usd, document.exposed_usd, document.leverage) == (10_000, 14_900, 0.1)
    assert room(document, "gross").room == 200_000 - 14_900
    assert room(document, "symbol", BTC).room == pytest.approx(25_000 - 14_900)
    assert room(document, "tier", "major").value == 14_900
    assert room(document, "positions").room == 7


def test_a_limit_overrun_is_named():
    document = of(
        boot(settings=Settings(limits=Limits(symbol_cap_frac=0.01))), account(positions=(position(ETH, qty="1", mark_price="2000"),))
    )
    assert broken(document) == ["within_limits"]
    assert "symbol ETHUSDT was 2000, limit 1000 usd" in STATE.checks[2].holds(document)


def test_vetoes_are_counted_for_a_day_and_for_ever():
    late = T0 + DAY + HOUR
    document = of(
        boot(),
        intent(),
        decision(verdict=vetoed("cooldown")),
        intent(late, "i2"),
        decision(late, "i2", verdict=vetoed("burst")),
        intent(late, "i3"),
        decision(late, "i3"),
        account(late),
        now_us=late,
    )
    assert [(row.rule, row.last_24h, row.since_start) for row in document.vetoes] == [("burst", 1, 1), ("cooldown", 0, 1)]
    assert (document.n, document.decisions_24h, document.veto_frac_24h) == (3, 2, 0.5)


@pytest.mark.parametrize(
    ("wallet", "late_s", "mode", "cause"),
    [
        ("100000", 1, "ok", "every measure"),
        ("97000", 1, "warn", "daily_loss_frac"),
        ("95500", 1, "defensive", "daily_loss_frac"),
        ("94000", 1, "halted", "daily_loss_frac"),
        ("100000", 31, "halted", "nav_age_s"),
    ],
)
def test_the_mode_follows_loss_and_age(wallet: str, late_s: int, mode: str, cause: str):
    document = of(boot(), account(), account(T0 + SECOND, wallet=wallet), now_us=T0 + SECOND + late_s * SECOND)
    assert document.mode == mode
    assert cause in document.mode_reason


def test_a_halt_is_the_mode():
    document = of(boot(), account(), halt())
    assert (document.mode, document.halted, document.halted_reason) == ("halted", True, "operator: asked")


def test_refusals_warn_after_ten_orders():
    orders = [record for n in range(12) for record in (submit(T0 + n, f"c{n}"), *([reject(T0 + n, f"c{n}")] if n % 3 == 0 else []))]
    document = of(boot(), account(), *orders)
    assert document.mode == "warn"
    assert "reject_frac is 0.33" in document.mode_reason
    assert of(boot(), account(), *orders[:4]).mode == "ok"
