"""The executor's own state, as its records tell it."""

from executor.records.base import Record
from hedge_assets.folds.services import BOOTS_KEPT, Services
from tests.hedge_assets.builders import T0, boot, fault, halt, heartbeat, resume


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
