"""The executor as a service: its boots, flags, halts and faults."""

import msgspec

from executor.records.orders import Boot, Fault, Halt, Resume


class Services(msgspec.Struct, kw_only=True):
    """The newest 50 boots, 100 faults, and whether it is halted."""

    boots: list[Boot] = []
    boots_total: int = 0
    faults: list[Fault] = []
    faults_total: int = 0
    halts: list[Halt | Resume] = []
    halted: Halt | None = None
    last_beat_us: int | None = None
    newest_us: int | None = None
