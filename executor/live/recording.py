"""What a run has recorded beside what passes its doors: when it looped, what it concluded, what it knew, what it was told to do."""

from collections.abc import Callable, Mapping

import msgspec

from executor.control import Control
from executor.courier.news import Failed
from executor.live.recollection import Recollection
from executor.records.base import Record
from executor.records.market import Instrument
from executor.records.orders import Boot, PolicyChanged, RulesChanged, SuggestionRefused
from executor.records.trading import Decision, Intent
from executor.taping import opener_of
from executor.wire.cassettes.recorder import Recorder
from executor.wire.door import Opener

LEFT_OUT = (Boot, Decision, Intent, PolicyChanged, RulesChanged, SuggestionRefused)
"""Records that say nothing of what became of orders, positions and money: a replay is held against the others."""


class Recording:
    """One run's; without a recorder nothing is kept."""

    def __init__(self, recorder: Recorder | None) -> None:
        self._recorder = recorder
        self._known: Callable[[], Recollection] | None = None
        self._is_quiet: Callable[[], bool] = bool

    def opener(self, usual: Opener) -> Opener:
        """What makes connections that are recorded, or the usual ones."""
        return opener_of(self._recorder) or usual

    def begin(self, rules: Mapping[str, Instrument], known: Callable[[], Recollection], is_quiet: Callable[[], bool]) -> None:
        """From here on `known` gives what the executor knows, and `is_quiet` whether no order is out."""
        self._known, self._is_quiet = known, is_quiet
        if self._recorder is not None:
            self._recorder.universe(tuple(rules.values()))
            self._recorder.attend()

    def wrote(self, record: Record) -> None:
        """A record was journaled."""
        if self._recorder is not None and not isinstance(record, LEFT_OUT):
            self._recorder.wrote(record)

    def looped(self, ts_us: int) -> None:
        """A loop was completed."""
        if self._recorder is not None and self._known is not None:
            known = self._known
            self._recorder.looped(ts_us, lambda: msgspec.json.encode(known()), is_quiet=self._is_quiet())

    def obeyed(self, order: Control) -> None:
        """The operator was heard."""
        if self._recorder is not None:
            self._recorder.told("operator", msgspec.json.encode(order).decode())

    def stopping(self, reason: str) -> None:
        """The end was asked for."""
        if self._recorder is not None:
            self._recorder.told("stop", reason)

    def over(self, failure: Exception | None) -> None:
        """The run is over."""
        if self._recorder is not None:
            self._recorder.told("over", "" if failure is None else f"{type(failure).__name__}: {failure}")

    def tell(self, say: Callable[[str], None], put: Callable[[Failed], None]) -> None:
        """Say and journal what the operator must know now of the recording, where there is something."""
        if self._recorder is not None and (told := self._recorder.news()):
            say(told)
            put(Failed("wire.cassettes", told))

    def close(self) -> None:
        """Put everything on disk."""
        if self._recorder is not None:
            self._recorder.close()
