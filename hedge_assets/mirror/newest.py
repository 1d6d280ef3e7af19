"""The newest sound content of each file that is mirrored, read again only when the file is another."""

import os
from collections.abc import Sequence

from executor.errors import SettingsError
from hedge_assets.health.manifest import Row
from hedge_assets.mirror.copies import Copy, Uncopiable, copy_of
from hedge_assets.settings import Place
from hedge_assets.store import look

Signature = tuple[int, int, int]


def mirrored_rows(rows: Sequence[Row], names: Sequence[str]) -> tuple[Row, ...]:
    """The rows of the states that the settings name, all of them when they name none; one that is none is refused."""
    states = {row.name: row for row in rows if row.kind == "state"}
    for name in names:
        if name not in states:
            raise SettingsError(f"mirror.states names {name!r}, there are {', '.join(states)}; name some of these, or none for all")
    return tuple(states[name] for name in names or states)


class Newest:
    """The files of one data root. `copies` are what there is to push, by state; `unread` says why a file gives none now.

    A file that is gone or unsound leaves its last sound content here, as it leaves the last copy where it was pushed to: what is
    wrong with it is told by `health`, which is mirrored as well.
    """

    def __init__(self, place: Place, rows: Sequence[Row]) -> None:
        self._place, self._rows = place, rows
        self._signatures: dict[str, Signature] = {}
        self.copies: dict[str, Copy] = {}
        self.changed_us: dict[str, int] = {}
        self.unread: dict[str, str] = {}

    def look(self) -> None:
        """Look at every file, and read those that were replaced."""
        for row in self._rows:
            signature = self._signature(row)
            if signature is None or self._signatures.get(row.name) != signature:
                self._read(row)
            if signature is not None:
                self._signatures[row.name] = signature

    def _signature(self, row: Row) -> Signature | None:
        try:
            status = os.lstat(self._place.root / row.path)
        except OSError:
            self._signatures.pop(row.name, None)
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _read(self, row: Row) -> None:
        facts = look(self._place.root / row.path, row.max_bytes or 0)
        if facts.content is None:
            self.unread[row.name] = f"{row.path}: {facts.kind}"
            return
        try:
            assert row.shape is not None
            self.copies[row.name] = copy_of(row.name, facts.content, row.shape, account=self._place.account)
        except Uncopiable as error:
            self.unread[row.name] = f"{row.path}: {error}"
            return
        self.changed_us[row.name] = facts.mtime_us or 0
        self.unread.pop(row.name, None)
