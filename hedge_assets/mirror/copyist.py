"""One data root's copyist: looks what changed, pushes what is due and affordable, remembers what was acknowledged.

    look ─▶ for each sink: owed ─▶ may it be tried (breaker)? ─▶ is it affordable (quota)? ─▶ count, push, acknowledge

While a sink fails it is asked by the heartbeat alone, one small write, so that an outage uses up neither the day nor the bucket; the
first that arrives is followed by everything that is owed, in the same turn.
"""

from collections.abc import Mapping, Sequence

import msgspec

from executor.clock import Clock
from executor.errors import SettingsError
from hedge_assets.health.manifest import Row
from hedge_assets.health.scene import Mirrored, Mirroring
from hedge_assets.mirror.breaker import Breaker
from hedge_assets.mirror.copies import Copy
from hedge_assets.mirror.due import Held, batches, is_held, key_of, owed
from hedge_assets.mirror.heartbeat import heartbeat
from hedge_assets.mirror.ledger import Account, Ledger
from hedge_assets.mirror.newest import Newest, mirrored_rows
from hedge_assets.mirror.quota import Quota, beaten, share_of, taken
from hedge_assets.mirror.sink import Sink, SinkError, SinkSpec
from hedge_assets.settings import Place
from hedge_assets.store import StoreError


class Dealing:
    """One sink with its account. `since_us` is since when each document is owed to it, `held_back` whether the quota makes some wait."""

    def __init__(self, name: str, spec: SinkSpec, sink: Sink, account: Account) -> None:
        self.name, self.spec, self.sink, self.account = name, spec, sink, account
        self.since_us: dict[str, int] = {}
        self.held_back = False


class Copyist:
    """See the module. A turn never raises for what a sink or the disk does: it is told in what the turn returns."""

    def __init__(self, place: Place, rows: Sequence[Row], sinks: Mapping[str, SinkSpec], *, clock: Clock) -> None:
        settings = place.mirror
        self.place, self._clock = place, clock
        self._quota = share_of(settings.writes_per_day, settings.heartbeat_s, place.shares)
        wanted = mirrored_rows(rows, settings.states)
        refuse_less_than_a_set(place, self._quota, len(wanted))
        self._newest = Newest(place, wanted)
        self._ledger = Ledger(place.mirrored, self._quota, clock.now_us())
        self._fault: str | None = None
        self._desks = [
            Dealing(name, spec, spec.opened(settings), self._ledger.of(spec.target(settings), clock.now_us()))
            for name, spec in sinks.items()
        ]

    def turn(self) -> Mirrored:
        """One look, and what it leads to with every sink; what stands then."""
        now_us = self._clock.now_us()
        self._newest.look()
        self._fault = None
        for desk in self._desks:
            try:
                self._serve(desk, now_us)
            except StoreError as error:
                self._fault = str(error)
        return self.standing()

    def forget(self, *, everything: bool) -> None:
        """Let the next turn try every sink, whenever its time would have come; and push `everything`, whatever was acknowledged."""
        for account in (desk.account for desk in self._desks):
            account.breaker = msgspec.structs.replace(account.breaker, next_us=0)
            if everything:
                account.held = {key: msgspec.structs.replace(held, digest="") for key, held in account.held.items()}
                account.refused, account.reasons = {}, {}

    @property
    def breakers(self) -> dict[str, Breaker]:
        """How every sink was met last, by its target."""
        return {desk.spec.target(self.place.mirror): desk.account.breaker for desk in self._desks}

    def warned(self, breakers: Mapping[str, Breaker]) -> None:
        """Take over what others met at the same sinks: one that fails them is not tried before its time."""
        for desk in self._desks:
            desk.account.breaker = breakers.get(desk.spec.target(self.place.mirror), desk.account.breaker)

    def close(self) -> None:
        """Let go of every sink."""
        for desk in self._desks:
            desk.sink.close()

    def _serve(self, desk: Dealing, now_us: int) -> None:
        account = desk.account
        account.spent = self._quota.now(account.spent, now_us)
        waiting = self._waiting(desk, now_us)
        if account.breaker.may_try(now_us) and self._beat(desk, now_us) and waiting:
            self._push_all(desk, waiting, now_us)
            self._waiting(desk, now_us)

    def _waiting(self, desk: Dealing, now_us: int) -> tuple[Copy, ...]:
        """What is owed; since when is noted, from the file's own time for what was changed while nobody looked."""
        account = desk.account
        waiting = owed(list(self._newest.copies.values()), account.held, account.refused)
        keys = {key_of(each.where): min(self._newest.changed_us[each.where.name], now_us) for each in waiting}
        desk.since_us = {key: desk.since_us.get(key, changed_us) for key, changed_us in keys.items()}
        desk.held_back = desk.held_back and bool(waiting)
        return waiting

    def _beat(self, desk: Dealing, now_us: int) -> bool:
        """The heartbeat if it is due, or if a sink that failed is to be tried; whether documents may follow."""
        account = desk.account
        is_probe = not account.breaker.is_closed
        if not is_probe and not self._quota.is_beat_due(account.spent, now_us):
            return True
        beat = heartbeat(self._newest.copies, self._newest.unread, now_us=now_us, every_s=self._quota.heartbeat_s)
        if beat is None:
            return False
        writes = desk.sink.writes(beat, self._before(desk, beat))
        if is_probe and account.spent.tokens < writes:
            return False
        account.spent = taken(account.spent, writes) if is_probe else beaten(account.spent, now_us, writes)
        arrived = self._push(desk, [beat])
        if arrived and is_probe:
            account.spent = msgspec.structs.replace(account.spent, beat_us=now_us)
        self._ledger.write()
        return arrived

    def _push_all(self, desk: Dealing, waiting: Sequence[Copy], now_us: int) -> None:
        """Push what is affordable, the longest owed first, until it is all there or something fails."""
        affordable, tokens = [], desk.account.spent.tokens
        for copy in waiting:
            writes = desk.sink.writes(copy, self._before(desk, copy))
            if writes > tokens:
                break
            tokens -= writes
            affordable.append((msgspec.structs.replace(copy, pushed_us=now_us), writes))
        desk.held_back = len(affordable) < len(waiting)
        for batch in batches(affordable, most_writes=desk.spec.most_writes, most_bytes=desk.spec.most_bytes):
            self._spend(desk, batch)
            if not self._push(desk, batch):
                break
        self._ledger.write()

    def _spend(self, desk: Dealing, batch: Sequence[Copy]) -> None:
        desk.account.spent = taken(desk.account.spent, sum(desk.sink.writes(each, self._before(desk, each)) for each in batch))

    def _before(self, desk: Dealing, copy: Copy) -> int:
        held = desk.account.held.get(key_of(copy.where))
        return 0 if held is None else held.parts

    def _push(self, desk: Dealing, batch: Sequence[Copy]) -> bool:
        """Push a batch that is counted already; whether the sink may be offered more."""
        self._ledger.write()
        try:
            desk.sink.push(batch, {each.where: self._before(desk, each) for each in batch})
        except SinkError as error:
            return self._failed(desk, batch, error)
        self._acknowledge(desk, batch)
        return True

    def _failed(self, desk: Dealing, batch: Sequence[Copy], error: SinkError) -> bool:
        """One document that cannot be is found by offering each alone, and holds up no other; all else opens the breaker."""
        if error.fault == "invalid" and len(batch) > 1:
            for each in batch:
                self._spend(desk, [each])
                if not self._push(desk, [each]):
                    return False
            return True
        if error.fault == "invalid":
            key = key_of(batch[0].where)
            desk.account.refused[key], desk.account.reasons[key] = batch[0].digest, str(error)
            desk.account.breaker = Breaker()  # somebody answers
            return True
        desk.account.breaker = desk.account.breaker.failed(self._clock.now_us(), error.fault, str(error))
        return False

    def _acknowledge(self, desk: Dealing, batch: Sequence[Copy]) -> None:
        self._ledger.fault = None
        account, now_us = desk.account, self._clock.now_us()
        account.breaker, account.pushed_us = Breaker(), now_us
        for copy in batch:
            key = key_of(copy.where)
            account.held[key] = Held(digest=copy.digest, parts=desk.sink.parts(copy), written_us=copy.written_us, at_us=now_us)
            account.refused.pop(key, None)
            account.reasons.pop(key, None)

    def standing(self) -> Mirrored:
        """How it stands with every sink."""
        settings = self.place.mirror
        return Mirrored(
            at_us=self._clock.now_us(),
            late_s=settings.late_s,
            fail_s=settings.fail_s,
            fault=self._fault or self._ledger.fault,
            unread=dict(self._newest.unread),
            sinks=tuple(self._standing(desk) for desk in self._desks),
        )

    def _standing(self, desk: Dealing) -> Mirroring:
        account, copies = desk.account, self._newest.copies
        return Mirroring(
            sink=desk.name,
            target=desk.spec.target(self.place.mirror),
            documents=len(copies),
            acknowledged=sum(is_held(each, account.held) for each in copies.values()),
            owed=tuple(sorted(desk.since_us)),
            owed_since_us=min(desk.since_us.values(), default=None),
            is_held_back=desk.held_back,
            refused=dict(account.reasons),
            failures=account.breaker.failures,
            failing_since_us=account.breaker.since_us,
            next_try_us=account.breaker.next_us if account.breaker.failures else None,
            fault=account.breaker.reason,
            pushed_us=account.pushed_us,
            written_today=account.spent.written,
            writes_per_day=self._quota.writes_per_day,
        )


def refuse_less_than_a_set(place: Place, quota: Quota, documents: int) -> None:
    """Raise `SettingsError` for a quota that cannot have every document pushed once: some would be owed for ever."""
    if quota.burst < documents:
        raise SettingsError(
            f"mirror.writes_per_day was {place.mirror.writes_per_day} for {place.shares} data roots, "
            f"that is {quota.burst:.0f} writes at once for each beside its heartbeats, "
            f"there are {documents} documents; raise it, name fewer in mirror.states, or beat less often"
        )
