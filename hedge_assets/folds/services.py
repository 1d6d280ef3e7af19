"""The executor as a service: its boots, flags, halts and faults."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from executor.records.account import Heartbeat
from executor.records.base import Record
from executor.records.market import Instrument
from executor.records.orders import Boot, Fault, Halt, Resume, RulesChanged
from hedge_assets.folds.base import keep_newest, take

BOOTS_KEPT = 50
FAULTS_KEPT = 100
HALTS_KEPT = 200


class Services(msgspec.Struct, kw_only=True):
    """The newest 50 boots, 100 faults, 200 halts and resumes, and whether it is halted.

    Halts are the orders journal's; where a heartbeat says otherwise (a halt from before the oldest
    record kept), the heartbeat is right. `instruments` are the venue's rules in force: the newest boot's, and what changed since.
    """

    takes: ClassVar[Mapping[type[Record], str]] = {
        Boot: "boot",
        RulesChanged: "rules",
        Fault: "fault",
        Halt: "halt",
        Resume: "resume",
        Heartbeat: "beat",
    }

    boots: list[Boot] = []
    boots_total: int = 0
    instruments: dict[str, Instrument] = {}
    faults: list[Fault] = []
    faults_total: int = 0
    halts: list[Halt | Resume] = []
    halted: Halt | None = None
    last_beat_us: int | None = None
    newest_us: int | None = None
    halts_total: int = 0

    @property
    def newest_boot(self) -> Boot | None:
        """The boot record of the process that wrote last; null before any."""
        return self.boots[-1] if self.boots else None

    def take(self, record: Record) -> None:
        """Take one record of the orders or positions journal."""
        take(self, record)

    def boot(self, record: Boot) -> None:
        """A process started."""
        self.boots.append(record)
        self.boots_total += 1
        self.instruments = {instrument.symbol: instrument for instrument in record.instruments}
        keep_newest(self.boots, BOOTS_KEPT)
        self.newest_us = max(record.ts_us, self.newest_us or 0)

    def rules(self, record: RulesChanged) -> None:
        """The venue changed its rules."""
        self.instruments |= {instrument.symbol: instrument for instrument in record.instruments}
        self.newest_us = record.ts_us

    def fault(self, record: Fault) -> None:
        """A failure that the loop survived."""
        self.faults.append(record)
        self.faults_total += 1
        keep_newest(self.faults, FAULTS_KEPT)
        self.newest_us = record.ts_us

    def halt(self, record: Halt) -> None:
        """New risk stopped."""
        self.halted = record
        self.halts_total += 1
        self._switch(record)

    def resume(self, record: Resume) -> None:
        """New risk may be taken again."""
        self.halted = None
        self._switch(record)

    def beat(self, record: Heartbeat) -> None:
        """A loop was completed; its word on being halted is final, unless the switch was made after it in the same instant."""
        self.last_beat_us = self.newest_us = record.ts_us
        if self.halts and self.halts[-1].ts_us == record.ts_us:
            return
        if record.halted is None:
            self.halted = None
        elif self.halted is None:
            rule, _, detail = record.halted.partition(": ")
            self.halted = Halt(record.ts_us, rule=rule, detail=detail)

    def _switch(self, record: Halt | Resume) -> None:
        self.halts.append(record)
        keep_newest(self.halts, HALTS_KEPT)
        self.newest_us = record.ts_us
