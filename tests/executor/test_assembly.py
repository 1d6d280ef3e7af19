"""Parts are picked by name; what cannot be meant is refused before anything trades."""

import pytest

from executor.assembly import engine_of, feed_of, strategy_of
from executor.errors import SettingsError
from executor.flags import read_flags
from executor.records.base import Record
from executor.records.streams import Stream
from executor.settings import Settings, Synthetic


class Nowhere:
    """Journals that keep nothing."""

    def append(self, _stream: Stream, _record: Record) -> int:
        return 0

    def flush(self) -> None: ...

    def commit(self) -> None: ...


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"threshold": float("nan")}, "threshold was nan"),
        ({"fast_bars": 0}, "fast_bars was 0"),
        ({"stop_vols": -1.0}, "stop_vols was -1.0"),
        ({"fast_bars": 8.5}, "Expected `int`"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_refused_by_name(params: dict[str, float], words: str) -> None:
    with pytest.raises(SettingsError, match=r"\[strategy.momentum\]") as caught:
        strategy_of(Settings(strategy={"momentum": params}), "momentum")
    assert words in str(caught.value)


def test_a_strategy_named_twice_or_a_table_without_its_strategy_is_refused() -> None:
    for settings in (Settings(strategies=("momentum", "momentum")), Settings(strategies=("momentum",), strategy={"mean_reversion": {}})):
        with pytest.raises(SettingsError, match="strategies"):
            engine_of(settings, read_flags({}), feed=feed_of(settings, 0), journals=Nowhere(), every_tick=True)


def test_a_made_market_before_there_were_computers_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"synthetic\.start was '1900-01-01'"):
        feed_of(Settings(synthetic=Synthetic(start="1900-01-01")), 0)
