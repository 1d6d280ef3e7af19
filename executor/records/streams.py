"""The three journals, and which records each may hold."""

from typing import Literal

from executor.records.account import PositionRecord
from executor.records.market import MarketEvent
from executor.records.orders import OrderRecord

Stream = Literal["ticks", "orders", "positions"]
STREAMS: tuple[Stream, ...] = ("ticks", "orders", "positions")
KINDS = {"ticks": MarketEvent, "orders": OrderRecord, "positions": PositionRecord}
