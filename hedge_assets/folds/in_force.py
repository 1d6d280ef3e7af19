"""What the executor is steered by now, as its newest boot record says: settings, lines, routing; and up to when facts are known."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from executor.flags import Flags
from executor.records.trading import Policy, RouterPolicy
from executor.settings import Settings
from hedge_assets.folds.applied import Applied
from hedge_assets.folds.services import Services

PLAIN = "settings"
"""The version of what no suggestion steers."""


class Dated(Protocol):
    """A fold that knows the time of the newest record it took (microseconds UTC, null before any)."""

    newest_us: int | None


def newest_of(*folds: Dated) -> int | None:
    """The newest raw fact among folds; null when none has taken any."""
    return max((fold.newest_us for fold in folds if fold.newest_us is not None), default=None)


def settings_in_force(services: Services) -> Settings | None:
    """The running executor's settings; null before its first boot, or when they cannot be read.

    Another version's executor may name more: what is not known here is passed over.
    """
    if not services.boots:
        return None
    try:
        return msgspec.convert(known_part(services.boots[-1].settings, Settings), type=Settings)
    except msgspec.ValidationError:
        return None


def known_part(plain: Mapping[str, Any], shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Of plain values, those that a shape has a field for, in its tables as well."""
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    return {
        name: known_part(value, kinds[name]) if is_table(kinds[name]) and isinstance(value, Mapping) else value
        for name, value in plain.items()
        if name in kinds
    }


def is_table(kind: Any) -> bool:
    """Whether a field is itself a table of named fields."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def routing_in_force(settings: Settings) -> RouterPolicy:
    """Plain routing, the same for every symbol that no suggestion steers."""
    router = settings.router
    return RouterPolicy(
        maker_first=router.maker_first, offset_bps=router.offset_bps, patience_s=router.patience_s, reprices=router.reprices
    )


def policy_in_force(applied: Applied, symbol: str, settings: Settings) -> Policy:
    """What steers a symbol now: routing by a suggestion, or by the settings as they are now; weight and caps by one, or none."""
    policy = applied.in_force.get(symbol, Policy())
    return policy if policy.version != PLAIN else msgspec.structs.replace(policy, router=routing_in_force(settings))


def followed(applied: Applied, flag: str) -> bool | None:
    """Whether the newest executor follows suggestions of a kind; null before a boot, or where it names no such flag."""
    text = applied.apply_flags.get(flag)
    return None if text is None else text == "1"


def switched_off(flags: Flags, name: str) -> str | None:
    """Why a state says nothing when its flag is off; null when it is on."""
    return None if flags.on(name) else f"{name} is 0"
