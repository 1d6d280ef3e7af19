"""Which dialect speaks to a venue."""

import executor.dialects
from executor import plugins
from executor.dialects.base import Dialect
from executor.wire.access import Access


def spoken(access: Access) -> Dialect:
    """The venue's own dialect, or the one that speaks to every venue that ccxt knows."""
    name = access.venue if access.venue in plugins.names_in(executor.dialects) else "unified"
    dialect: Dialect = plugins.load(executor.dialects, name, "DIALECT")(access)
    return dialect
