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
from executor.vetting import KINDS, Advised, Row, Terms, Unfit, asked_hash, asks, microseconds, sifted

TOLD_KEPT = 512
MEANT_KEPT = 256
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
    """Symbols that suggestions steer, the newest refusals told, when each symbol last made a step (`KIND SYMBOL`, microseconds
    UTC), and what the newest versions taken asked for (`KIND VERSION`, a hash)."""

    symbols: dict[str, Steered] = {}
    told: list[tuple[str, str, str, str]] = []
    stepped_us: dict[str, int] = {}
    meant: dict[str, str] = {}

    def take(self, record: Change) -> None:
        """Follow a record: from here on this is in force, or told."""
        if isinstance(record, SuggestionRefused):
            self.told = [*self.told, told_of(record)][-TOLD_KEPT:]
            return
        if record.version != PLAIN and record.after != record.before:
            self.stepped_us[keyed(record.suggestion, record.symbol)] = record.ts_us
        if record.asked_hash:
            self.meant[keyed(record.suggestion, record.version)] = record.asked_hash
            for oldest in list(self.meant)[:-MEANT_KEPT]:
                del self.meant[oldest]
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


def keyed(kind: Kind, name: str) -> str:
    """What something of a kind of suggestions is known by."""
    return f"{kind} {name}"


def told_of(record: SuggestionRefused) -> tuple[str, str, str, str]:
    """What a refusal is known by: it is told once."""
    return record.suggestion, record.version, record.symbol, record.reason


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """One moment's look at suggestions: what is in force, what they are held against, and when."""

    steering: Steering
    terms: Terms
    now_us: int

    def believed(self, kind: Kind, known: Known) -> Known:
        """What a file says, unless its version was given to something else before."""
        if isinstance(known, Advised) and self.steering.meant.get(keyed(kind, known.version), found := asked_hash(known)) != found:
            return Unfit(version=known.version, reason=f"its version {known.version!r:.60} was taken before with other content")
        return known

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
            asked = asked_hash(known)
            for symbol, row in sound.items():
                if self.wants(kind, row, known) and self.free_us(kind, symbol) <= self.now_us:
                    yield self.changed(kind, row, known, asked=asked)

    def wants(self, kind: Kind, row: Row, file: Advised) -> bool:
        """Whether a row asks for something that is not in force."""
        return asks(row) and version_of(self.policy(row.symbol), kind) != file.version

    def free_us(self, kind: Kind, symbol: str) -> int:
        """From when on a symbol may make its next step."""
        stepped_us = self.steering.stepped_us.get(keyed(kind, symbol))
        return 0 if stepped_us is None else stepped_us + self.interval_us

    def waits_until_us(self, kind: Kind, known: Known) -> int | None:
        """When the next step that a file wants and that has to wait may be made; null where none waits."""
        if not isinstance(known, Advised):
            return None
        return min(
            (self.free_us(kind, row.symbol) for row in sifted(known, self.terms)[0].values() if self.wants(kind, row, known)), default=None
        )

    @property
    def interval_us(self) -> int:
        """The least time between two steps of a symbol."""
        return int(self.terms.apply.least_interval_s * 1e6)

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

    def changed(self, kind: Kind, row: Row, file: Advised, *, asked: str) -> PolicyChanged:
        """A row, as far as the limits let it go from what is in force."""
        before = self.policy(row.symbol)
        after, words = moved(row, before, self.terms, file.version)
        return self._record(kind, row, after, version=file.version, reason="; ".join(words) or "as suggested", until=file, asked=asked)

    def holds_on(self, kind: Kind, row: Row, file: Advised) -> bool:
        """Whether what is in force may go on: its very version is still suggested, or nothing is to be changed, for long enough."""
        left_us = microseconds(file.expires_ts) - self.now_us
        if left_us <= 0 or left_us < self.interval_us:
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

    def _record(self, kind: Kind, row: Row, after: Policy, *, version: str, reason: str, until: Advised, asked: str = "") -> PolicyChanged:
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
            asked_hash=asked,
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
