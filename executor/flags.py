"""The environment, read once: which parts are on, and whether production may be written to."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from executor.errors import SettingsError

Environment = Literal["dev", "test", "prod"]
ENVIRONMENTS: dict[str, Environment] = {"dev": "dev", "test": "test", "prod": "prod"}

DEFAULTS = {
    "ALLOW_PROD_WRITE": False,
    "ALLOW_PROD_SYNC": False,
    "FIRESTORE_ENABLED": False,
    "INTEL_V6_ENABLED": True,
    "RISK_ENGINE_V6_ENABLED": False,
    "PIPELINE_V6_SHADOW_ENABLED": True,
    "ROUTER_AUTOTUNE_V6_ENABLED": True,
    "ROUTER_AUTOTUNE_V6_APPLY_ENABLED": False,
    "FEEDBACK_ALLOCATOR_V6_ENABLED": True,
    "FEEDBACK_ALLOCATOR_V6_APPLY_ENABLED": False,
}


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """The flags in force for the life of a process. Reading states is on by default, applying and remote writing off."""

    env: Environment
    switches: dict[str, bool]

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.switches[name]

    def as_text(self) -> dict[str, str]:
        """Every flag as the environment would spell it, for the boot record."""
        return {"ENV": self.env, **{name: "1" if value else "0" for name, value in self.switches.items()}}


def read_flags(environ: Mapping[str, str]) -> Flags:
    """Parse the flags; anything but the allowed words is refused by name."""
    word = environ.get("ENV") or "dev"
    env = ENVIRONMENTS.get(word)
    if env is None:
        raise SettingsError(f"ENV was {word!r}, allowed are {', '.join(ENVIRONMENTS)}; set one of them or leave it out")
    return Flags(env=env, switches={name: switch(name, environ, default=default) for name, default in DEFAULTS.items()})


def switch(name: str, environ: Mapping[str, str], *, default: bool) -> bool:
    """One boolean flag: `0` or `1`, or left out (or empty) for its default."""
    text = environ.get(name, "")
    if text == "":
        return default
    if text not in ("0", "1"):
        raise SettingsError(f"{name} was {text!r}, allowed are 0 and 1; set one of them or leave it out")
    return text == "1"


def refuse_unpermitted_production(flags: Flags) -> None:
    """`ENV=prod` needs `ALLOW_PROD_WRITE=1`: without it nothing may start that writes."""
    if flags.env == "prod" and not flags.on("ALLOW_PROD_WRITE"):
        raise SettingsError("ENV was prod and ALLOW_PROD_WRITE was not 1, production is read-only; set ALLOW_PROD_WRITE=1 or ENV=dev")
