"""A strategy that wishes what a test leaves in a folder: each file is one wish, taken once."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from executor.exits import wishes_of
from executor.strategies.base import View, Wish


class Asked:
    class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        folder: str

    def __init__(self, params: Params) -> None:
        self._folder = Path(params.folder)

    def wishes(self, view: View) -> Iterable[Wish]:
        for path in sorted(self._folder.glob("*.json")):
            wish = msgspec.json.decode(path.read_bytes(), type=Wish)
            if wish.symbol in view.looks:
                path.unlink()
                yield wish
        yield from wishes_of("asked", view, lambda _look, _bar_s: None)


STRATEGY = Asked
