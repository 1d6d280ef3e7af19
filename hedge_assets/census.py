"""Who there is on a desk with several accounts, and which of their documents are missing: what desk-level states are made beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Census:
    """The accounts in the settings' order, and for each state and account without a sound document, why."""

    accounts: Sequence[str]
    absent: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def missing(self, *states: str) -> tuple[str, ...]:
        """Each account that lacks one of these states, with the first reason, in words."""
        found = []
        for account in self.accounts:
            reason = next((self.absent[state][account] for state in states if account in self.absent.get(state, {})), None)
            if reason is not None:
                found.append(f"{account} ({reason})")
        return tuple(found)

    def incomplete(self, *states: str) -> str | None:
        """That a sum over all accounts cannot be made, and for want of whom; null when it can."""
        missing = self.missing(*states)
        return f"no sum over all accounts without {', '.join(missing)}" if missing else None
