"""Services that run together were started with different flags, or are of different versions."""

from collections.abc import Iterator, Mapping

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

PRODUCT = "hedge"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for each flag on which living services differ, and one if they are of different versions."""
    flags: dict[str, dict[str, str]] = {}
    versions: dict[str, str] = {}
    for service, pulse in scene.beating.items():
        for flag, value in pulse.flags.items():
            flags.setdefault(flag, {})[service] = value
        if PRODUCT in pulse.versions:
            versions[service] = pulse.versions[PRODUCT]
    for flag, values in sorted(flags.items()):
        if len(set(values.values())) > 1:
            yield Sign(flag, "error", told(values), f"set {flag} once for all services, then restart them: hedge up")
    if len(set(versions.values())) > 1:
        yield Sign("version", "error", told(versions), "restart every service, so that all run what is installed: hedge up")


def told(values: Mapping[str, str]) -> str:
    """Who says what."""
    return ", ".join(f"{service} has {value[:60]!r}" for service, value in sorted(values.items()))


CONDITION = Condition(judge=signs)
