"""Nothing of ours is handed from step to step by Dagster: its own way is pickle, and a pickle from a stranger is a program.

States go through our store, as JSON that is checked when it is read. What would go another way is refused here.
"""

from typing import Any, NoReturn

import dagster as dg


class NoPickle(dg.IOManager):
    """Stands where Dagster would put its pickling one, and refuses."""

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Refuse to keep what a step returned."""
        if obj is not None:
            self.refuse(f"{context.step_key} returned {type(obj).__name__}")

    def load_input(self, context: dg.InputContext) -> NoReturn:
        """Refuse to read what another step returned."""
        self.refuse(f"input {context.name} asks for what another step returned")

    @staticmethod
    def refuse(said: str) -> NoReturn:
        """Say so, in one line."""
        raise dg.Failure(
            description=f"{said}, Dagster would pickle it; write it with hedge_assets.store and return nothing", allow_retries=False
        )
