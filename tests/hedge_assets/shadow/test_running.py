"""What is everybody's: halts, flattening, transfers, suggestions, troubles with the venue; and what a new boot changes."""

from decimal import Decimal

import msgspec
import pytest

from executor.records.orders import PolicyChanged, RulesChanged
from executor.records.trading import Policy, RouterPolicy
from executor.settings import Limits, Settings
from hedge_assets.folds.shadow import Shadow
from hedge_assets.shadow.candidates import PLAIN, Candidate
from tests.hedge_assets.builders import (
    BTC,
    ETH,
    MINUTE,
    SECOND,
    T0,
    account,
    boot,
    decision,
    halt,
    heartbeat,
    intent,
    quote,
    reject,
    resume,
    slice_of,
    submit,
    transfer,
    unknown,
)

PLAIN_ROUTES = Candidate(name="unsteered", pipeline="v6", suggestions=False)


def shadow_of(*candidates, **given) -> Shadow:
    shadow = Shadow(candidates=(*PLAIN, *candidates))
    for record in (boot(T0, **given), quote(T0), quote(T0, ETH), account(T0), heartbeat(T0)):
        shadow.take(record)
    return shadow


def loop(shadow, at, *records):
    for record in (quote(at), quote(at, ETH), *records, account(at), heartbeat(at)):
        shadow.take(record)


def asked(at, name="i1", symbol=BTC, **given):
    return intent(at, name, symbol), decision(at, name, symbol, slice=slice_of(at, symbol), **given)


def answers(shadow, name="i1"):
    return {pair.shadow.pipeline: pair.shadow.word for pair in shadow.ledger.recent if pair.intent_id == name}


def held(shadow):
    return {name: sorted(kept.venue.positions) for name, kept in shadow.columns.items()}


def entered() -> Shadow:
    shadow = shadow_of()
    loop(shadow, T0 + SECOND, *asked(T0 + SECOND))
    for second in range(2, 60):
        loop(shadow, T0 + second * SECOND)
    return shadow


def test_columns_work_their_orders_and_hold_what_was_filled():
    shadow = entered()
    assert held(shadow) == {"v5": [BTC], "v6": [BTC]}
    assert all(kept.courses.totals.fills for kept in shadow.columns.values())


def test_an_operators_wish_to_be_flat_is_everybodys():
    shadow = entered()
    wish = intent(T0 + MINUTE, "out", side="sell", purpose="exit", reason="flatten", qty=0.1)
    loop(shadow, T0 + MINUTE, wish, decision(T0 + MINUTE, "out", slice=slice_of(T0 + MINUTE, position_qty=0.1, entry_price=50_000.0)))
    loop(shadow, T0 + MINUTE + SECOND)
    assert held(shadow) == {"v5": [], "v6": []}
    assert answers(shadow, "out") == {"v6": "approved"}


def test_a_halt_stops_new_risk_everywhere_until_the_resume():
    shadow = shadow_of()
    loop(shadow, T0 + SECOND, halt(T0 + SECOND), *asked(T0 + SECOND))
    assert answers(shadow) == {"v6": "halted"}
    loop(shadow, T0 + 2 * SECOND, resume(T0 + 2 * SECOND), *asked(T0 + 2 * SECOND, "i2"))
    assert answers(shadow, "i2") == {"v6": "approved"}


def test_new_rules_of_the_venue_are_every_columns_and_hold_for_what_is_worked():
    shadow = shadow_of()
    loop(shadow, T0 + SECOND, *asked(T0 + SECOND))
    instrument = shadow.stage.instruments[BTC]
    changed = msgspec.structs.replace(instrument, step_size=Decimal("0.05"), is_trading=False)
    shadow.take(RulesChanged(T0 + SECOND, instruments=(changed,), reason="asked"))
    shadow.settle()
    assert [work.job.instrument.step_size for kept in shadow.columns.values() for work in kept.works] == [Decimal("0.05")] * 2
    assert {work.recalled for kept in shadow.columns.values() for work in kept.works} == {"the venue does not trade the symbol now"}
    for second in range(2, 20):
        loop(shadow, T0 + second * SECOND)
    loop(shadow, T0 + 20 * SECOND, *asked(T0 + 20 * SECOND, "i2"))
    assert answers(shadow, "i2") == {"v6": "symbol_closed"}
    assert {column.instruments[BTC].step_size for column in shadow.running.columns.values()} == {Decimal("0.05")}


def test_money_from_outside_is_in_every_wallet_and_in_nobodys_gain():
    shadow = shadow_of()
    loop(shadow, T0 + SECOND)
    shadow.take(transfer(T0 + SECOND, amount="500"))
    loop(shadow, T0 + 2 * SECOND, *asked(T0 + 2 * SECOND))
    for kept in shadow.columns.values():
        assert kept.venue.wallet == Decimal(100_500)
        assert kept.curve.gain == 0


def test_errors_that_only_the_live_venue_made_are_every_columns():
    shadow = shadow_of(settings=Settings(limits=Limits(error_limit=2)))
    troubles = [
        each for n in range(3) for each in (submit(T0 + SECOND, f"c{n}"), reject(T0 + SECOND, f"c{n}", post_only=False, code="busy"))
    ]
    loop(shadow, T0 + SECOND, *troubles, *asked(T0 + SECOND))
    assert answers(shadow) == {"v6": "error_breaker"}


def test_an_order_of_unknown_fate_holds_every_column_back_in_its_symbol():
    shadow = shadow_of()
    loop(shadow, T0 + SECOND, submit(T0 + SECOND, "c1"), unknown(T0 + SECOND, "c1"), *asked(T0 + SECOND), *asked(T0 + SECOND, "i2", ETH))
    assert (answers(shadow), answers(shadow, "i2")) == ({"v6": "unknown_orders"}, {"v6": "approved"})


def test_suggestions_in_force_steer_every_column_that_follows_them():
    shadow = shadow_of(PLAIN_ROUTES)
    after = Policy(router=RouterPolicy(offset_bps=2.0), version="autotune-1")
    change = {"suggestion": "router", "symbol": BTC, "before": Policy(), "after": after, "version": "autotune-1", "reason": "as suggested"}
    loop(shadow, T0 + SECOND, PolicyChanged(T0 + SECOND, **change, expires_us=T0 + MINUTE), *asked(T0 + SECOND))
    offsets = {pair.shadow.pipeline: (pair.shadow.offset_bps, pair.shadow.policy) for pair in shadow.ledger.recent}
    assert offsets == {"v6": (2.0, "autotune-1"), "unsteered": (0.0, "settings")}


def test_a_new_boot_changes_the_settings_and_keeps_what_columns_hold():
    shadow = entered()
    before = msgspec.to_builtins({name: kept.venue.positions for name, kept in shadow.columns.items()})
    shadow.take(boot(T0 + MINUTE, boot="b2", settings=Settings(limits=Limits(whitelist=(BTC,)))))
    loop(shadow, T0 + MINUTE, *asked(T0 + MINUTE, "i2", ETH))
    assert answers(shadow, "i2") == {"v6": "whitelist"}
    assert msgspec.to_builtins({name: kept.venue.positions for name, kept in shadow.columns.items()}) == before


def test_settings_of_a_version_that_is_not_known_stop_the_columns_and_are_told():
    shadow = shadow_of()
    shadow.take(
        boot(T0 + SECOND, boot="b2", settings=None).__class__(**{**fields(boot(T0 + SECOND)), "settings": {"limits": {"trade_frac": "x"}}})
    )
    loop(shadow, T0 + SECOND, *asked(T0 + SECOND))
    assert (shadow.unpaired, shadow.ledger.pairs) == (1, 0)
    assert shadow.heartbeat(T0 + SECOND) == "no boot record with settings of this version: start the executor"


def fields(record):
    return {name: getattr(record, name) for name in record.__struct_fields__}


@pytest.mark.parametrize("symbol", ["DOGEUSDT", ETH])
def test_an_intent_in_a_symbol_without_a_quote_is_answered_so(symbol):
    shadow = Shadow()
    for record in (boot(T0), quote(T0), account(T0), heartbeat(T0)):
        shadow.take(record)
    for record in (*asked(T0 + SECOND, symbol=symbol), account(T0 + SECOND)):
        shadow.take(record)
    assert answers(shadow) == {"v6": "no_quote"}
