"""What steers each symbol now, and what must change: suggestions, their expiry and their end become records here. Pure.

Whatever changes is a record first, and what is in force follows from records alone: gone through again after a crash,
the journal gives the same policies, whatever the files say by then.
"""

from collections.abc import Iterator, Mapping

import msgspec

from executor.policy import PLAIN, allotted, clamped, outgrown, routed, unweighted
from executor.records.orders import PolicyChanged, SuggestionRefused
from executor.records.trading import Policy, RouterPolicy
from executor.records.tuning import Kind, RouterAdvice, WeightAdvice
from executor.vetting import KINDS, Advised, Row, Terms, Unfit, asks, microseconds, sifted

TOLD_KEPT = 512
NOT_HELD = "not_recommended"
"""The rule of a row without a proposal that does not want what is in force to go on."""

Change = PolicyChanged | SuggestionRefused


class Gone(msgspec.Struct, frozen=True):
    """No file is to be followed: there is none, or its flag is off."""

    reason: str


Known = Advised | Unfit | Gone


class Steered(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol that a suggestion steers: its policy, and when each suggestion in it ends (microseconds UTC, null for none)."""

    policy: Policy
    router_until_us: int | None = None
    weight_until_us: int | None = None

    def until_us(self, kind: Kind) -> int | None:
        """When the suggestion of a kind ends; null where none is in force."""
        return self.router_until_us if kind == "router" else self.weight_until_us


class Steering(msgspec.Struct, kw_only=True):
    """Symbols that suggestions steer, and the newest refusals told."""

    symbols: dict[str, Steered] = {}
    told: list[tuple[str, str, str, str]] = []

    def take(self, record: Change) -> None:
        """Follow a record: from here on this is in force, or told."""
        if isinstance(record, SuggestionRefused):
            self.told = [*self.told, told_of(record)][-TOLD_KEPT:]
            return
        was = self.symbols.get(record.symbol)
        ends = {kind: was.until_us(kind) if was is not None else None for kind in KINDS}
        ends[record.suggestion] = record.expires_us
        if any(end is not None for end in ends.values()):
            self.symbols[record.symbol] = Steered(policy=record.after, router_until_us=ends["router"], weight_until_us=ends["allocator"])
        else:
            self.symbols.pop(record.symbol, None)

    def policy(self, symbol: str, plain: RouterPolicy) -> Policy:
        """What steers a symbol: routing by settings is always that of the settings as they are now."""
        steered = self.symbols.get(symbol)
        if steered is None:
            return Policy(router=plain)
        policy = steered.policy
        return policy if policy.version != PLAIN or policy.router == plain else routed(policy, plain, PLAIN)


def told_of(record: SuggestionRefused) -> tuple[str, str, str, str]:
    """What a refusal is known by: it is told once."""
    return record.suggestion, record.version, record.symbol, record.reason


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """One moment's look at suggestions: what is in force, what they are held against, and when."""

    steering: Steering
    terms: Terms
    now_us: int

    def followed(self, kind: Kind, known: Known) -> Iterator[Change]:
        """What must be written down because a file changed to this; what is written is taken before the next is asked for."""
        if isinstance(known, Gone):
            for symbol in self.steered_by(kind):
                yield self.plain_again(kind, symbol, known.reason)
        elif isinstance(known, Unfit):
            yield from self.refused(kind, known.version, {"": known.reason})
        else:
            sound, refusals = sifted(known, self.terms)
            yield from self.refused(kind, known.version, dict(refusals))
            for symbol, row in sound.items():
                if asks(row) and version_of(self.policy(symbol), kind) != known.version:
                    yield self.changed(kind, row, known)

    def ended(self, known: Mapping[Kind, Known]) -> Iterator[Change]:
        """What must be written down because a suggestion's time is over: it holds on where it is suggested still, else ends."""
        for kind in KINDS:
            over = [symbol for symbol in self.steered_by(kind) if (self.steering.symbols[symbol].until_us(kind) or 0) <= self.now_us]
            file = known.get(kind)
            sound = sifted(file, self.terms)[0] if over and isinstance(file, Advised) else {}
            for symbol in over:
                row = sound.get(symbol)
                if row is not None and isinstance(file, Advised) and self.holds_on(kind, row, file):
                    yield self.held_on(kind, row, file)
                else:
                    version = version_of(self.policy(symbol), kind)
                    yield self.plain_again(kind, symbol, f"{version} expired and is not suggested any more")

    def outgrown(self) -> Iterator[Change]:
        """What must be written down because settings changed since it was taken: plain settings come back."""
        apply, terms = self.terms.apply, self.terms
        for kind in KINDS:
            for symbol in self.steered_by(kind):
                why = None
                if terms.symbols is not None and symbol not in terms.symbols:
                    why = "it is not in the universe any more"
                elif apply.symbols and symbol not in apply.symbols:
                    why = "it is not in apply.symbols any more"
                elif kind == "router":
                    why = outgrown(self.policy(symbol).router, terms.plain, apply)
                if why is not None:
                    yield self.plain_again(kind, symbol, why)

    def steered_by(self, kind: Kind) -> list[str]:
        """Symbols in which a suggestion of this kind is in force."""
        return [symbol for symbol, steered in self.steering.symbols.items() if steered.until_us(kind) is not None]

    def policy(self, symbol: str) -> Policy:
        """What steers a symbol now."""
        return self.steering.policy(symbol, self.terms.plain)

    def refused(self, kind: Kind, version: str, reasons: Mapping[str, str]) -> Iterator[SuggestionRefused]:
        """A refusal by symbol (empty: the whole file), each told once."""
        for symbol, reason in reasons.items():
            record = SuggestionRefused(self.now_us, suggestion=kind, version=version, symbol=symbol, reason=reason)
            if told_of(record) not in self.steering.told:
                yield record

    def changed(self, kind: Kind, row: Row, file: Advised) -> PolicyChanged:
        """A row, as far as the limits let it go from what is in force."""
        before = self.policy(row.symbol)
        after, words = moved(row, before, self.terms, file.version)
        return self._record(kind, row, after, version=file.version, reason="; ".join(words) or "as suggested", until=file)

    def holds_on(self, kind: Kind, row: Row, file: Advised) -> bool:
        """Whether what is in force may go on: its very version is still suggested, or nothing is to be changed."""
        if microseconds(file.expires_ts) <= self.now_us:
            return False
        is_kept = isinstance(row, RouterAdvice) and row.proposed is None and row.rule != NOT_HELD
        return is_kept or version_of(self.policy(row.symbol), kind) == file.version

    def held_on(self, kind: Kind, row: Row, file: Advised) -> PolicyChanged:
        """The same policy, for longer."""
        policy = self.policy(row.symbol)
        reason = f"it holds on: {file.version} suggests it still, or nothing else"
        return self._record(kind, row, policy, version=version_of(policy, kind), reason=reason, until=file)

    def plain_again(self, kind: Kind, symbol: str, reason: str) -> PolicyChanged:
        """Plain settings come back in a symbol."""
        before = self.policy(symbol)
        after = routed(before, self.terms.plain, PLAIN) if kind == "router" else unweighted(before)
        return PolicyChanged(self.now_us, suggestion=kind, symbol=symbol, before=before, after=after, version=PLAIN, reason=reason)

    def _record(self, kind: Kind, row: Row, after: Policy, *, version: str, reason: str, until: Advised) -> PolicyChanged:
        saving = (row.expected_saving_bps, row.saving_low_bps, row.saving_high_bps) if isinstance(row, RouterAdvice) else (None,) * 3
        return PolicyChanged(
            self.now_us,
            suggestion=kind,
            symbol=row.symbol,
            before=self.policy(row.symbol),
            after=after,
            version=version,
            reason=reason,
            rule=row.rule if isinstance(row, RouterAdvice) else "",
            n=row.n,
            expected_bps=saving[0],
            expected_low_bps=saving[1],
            expected_high_bps=saving[2],
            expires_us=microseconds(until.expires_ts),
        )


def version_of(policy: Policy, kind: Kind) -> str:
    """Whose suggestion of a kind a policy holds; `settings` for none."""
    return policy.version if kind == "router" else policy.weight_version


def moved(row: Row, before: Policy, terms: Terms, version: str) -> tuple[Policy, tuple[str, ...]]:
    """What a row that asks for something makes of what is in force, and what was cut."""
    if isinstance(row, WeightAdvice):
        return allotted(row, before, terms.lines, terms.apply, version=version)
    if row.proposed is None:
        return before, ()
    router, words = clamped(row.proposed, before.router, terms.apply)
    return routed(before, router, version), words
