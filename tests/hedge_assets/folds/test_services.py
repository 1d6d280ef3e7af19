"""The executor's own state, as its records tell it."""

from decimal import Decimal

import msgspec

from executor.records.base import Record
from executor.records.market import Instrument
from executor.records.orders import RulesChanged
from hedge_assets.folds.services import BOOTS_KEPT, Services
from tests.hedge_assets.builders import T0, boot, fault, halt, heartbeat, resume

RULES = {"tick_size": Decimal(1), "step_size": Decimal(1), "min_qty": Decimal(1), "min_notional": Decimal(5)}


def folded(*records: Record) -> Services:
    services = Services()
    for record in records:
        services.take(record)
    return services


def test_boots_are_bounded_and_counted():
    services = folded(*[boot(T0 + place, boot=f"b{place}") for place in range(BOOTS_KEPT + 2)])
    assert (len(services.boots), services.boots_total, services.newest_boot.boot) == (BOOTS_KEPT, BOOTS_KEPT + 2, f"b{BOOTS_KEPT + 1}")


def test_a_halt_lasts_until_a_resume():
    services = folded(halt(), heartbeat(T0 + 1, halted="operator: asked"))
    assert services.halted.rule == "operator"
    services.take(resume(T0 + 2))
    assert services.halted is None


def test_a_heartbeat_knows_better():
    assert folded(heartbeat(halted="drawdown: 0.21 of 0.20")).halted.rule == "drawdown"
    assert folded(halt(), heartbeat(T0 + 1)).halted is None


def test_a_switch_made_after_the_heartbeat_of_the_same_instant_stands():
    assert folded(halt(), heartbeat()).halted is not None
    assert folded(halt(T0 - 1), resume(), heartbeat(halted="operator: asked")).halted is None


def test_faults_are_kept():
    services = folded(fault(), fault(T0 + 1))
    assert (services.faults_total, services.newest_us) == (2, T0 + 1)


def test_the_rules_in_force_are_the_newest_boots_and_what_changed_since():
    first, other = Instrument(symbol="A", **RULES), Instrument(symbol="B", **RULES)
    coarse = msgspec.structs.replace(first, tick_size=Decimal(5))
    services = folded(boot(T0, instruments=(first, other)), RulesChanged(T0 + 1, instruments=(coarse,), reason="A tick_size 1 is 5"))
    assert services.instruments == {"A": coarse, "B": other}
    assert services.newest_us == T0 + 1
    services.take(boot(T0 + 2, instruments=(first,)))
    assert services.instruments == {"A": first}
