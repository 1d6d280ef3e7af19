"""What a connection to one account is made from."""

from typing import Literal

import msgspec

from executor.clock import Clock
from executor.settings import Venue
from executor.wire.client import Client
from executor.wire.door import Opener
from executor.wire.secrets import Key


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One account at the venue of this ccxt name (`binanceusdm`). `clock` is the executor's own; `mode` says which hosts are meant;
    `opener` makes the connections."""

    venue: str
    mode: Literal["demo", "live"]
    settings: Venue
    key: Key
    clock: Clock
    opener: Opener = Client
