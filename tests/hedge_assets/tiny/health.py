"""The project's own health state, over these two."""

from hedge_assets.states.health import STATE

__all__ = ["STATE"]
