"""Scenes for conditions: all is well but for what a test is about."""

from typing import Any

from executor.pulse import Pulse
from hedge_assets.health.condition import Finding, findings, scan
from hedge_assets.health.evidence import JournalFacts
from hedge_assets.health.judge import Verdict
from hedge_assets.health.scene import PulseFacts, Scene
from hedge_assets.settings import Health
from tests.hedge_assets.builders import SECOND, T0

NOW = T0
CONDITIONS = {each.name: each for each in scan()}


def ago(seconds: float) -> int:
    return NOW - round(seconds * SECOND)


def beat(service: str = "executor", *, age_s: float = 0.5, mtime_us: int | None = None, **given: Any) -> PulseFacts:
    """The pulse of a service that is well: written `age_s` ago, its work turned just before."""
    at_us = ago(age_s)
    told = {"pid": 42, "at_us": at_us, "started_us": ago(3600), "turns": 100, "turned_us": at_us, **given}
    return PulseFacts(Pulse(service=service, **told), at_us if mtime_us is None else mtime_us)


def well(**given: Any) -> Scene:
    """Everything runs."""
    pulses = {service: beat(service) for service in ("executor", "dagster", "watch")}
    journals = {f"raw/{stream}": JournalFacts(1, 10, ago(1), 7, ago(1)) for stream in ("ticks", "orders", "positions")}
    told = {"now_us": NOW, "limits": Health(), "verdicts": (), "pulses": pulses, "journals": journals, "executor_is_held": True, **given}
    return Scene(**told)


def with_pulse(service: str, facts: PulseFacts, **given: Any) -> Scene:
    return well(pulses={**well().pulses, service: facts}, **given)


def verdict(name: str = "nav", condition: Any = "missing") -> Verdict:
    return Verdict(name=name, path=f"state/{name}.json", group="account", condition=condition, reason="no file")


def found(name: str, scene: Scene) -> tuple[Finding, ...]:
    """What one condition says, having seen that none of the others trips over the scene."""
    assert not [each for each in findings(tuple(CONDITIONS.values()), scene) if "cannot be judged" in each.reason]
    return findings((CONDITIONS[name],), scene)


def said(name: str, scene: Scene) -> list[tuple[str, str]]:
    """Of what and how bad; each with a reason that has its figures and a cure."""
    told = found(name, scene)
    assert all(each.reason and each.cure for each in told)
    return [(each.subject, each.severity) for each in told]
