"""What a pipeline is: a name and one pure function."""

from typing import Protocol

from executor.records.trading import Decision, Intent, Policy, Slice
from executor.settings import Lines


class Pipeline(Protocol):
    """`v5` and `v6` are two of these."""

    name: str

    def decide(self, intent: Intent, view: Slice, lines: Lines, policy: Policy) -> Decision:
        """Verdict, size and plan for one intent."""
        ...
