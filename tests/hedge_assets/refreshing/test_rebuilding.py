import json

from executor.clock import FixedClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.refreshing.rebuilding import rebuild
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.hedge_assets import tiny
from tests.hedge_assets.builders import SECOND, T0, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write

STATES = scan(tiny)
FLAGS = read_flags({})
NOW = T0 + 3 * SECOND


def ready(tmp_path):
    first = [boot(T0, time="wall"), quote(T0 + SECOND), account(T0 + 2 * SECOND), heartbeat(T0 + 2 * SECOND)]
    write(tmp_path, first)
    place = Place(root=tmp_path)
    refresh(place, STATES, [state.name for state in STATES], clock=FixedClock(NOW), flags=FLAGS)
    write(tmp_path, [quote(T0 + 4 * SECOND), quote(T0 + 5 * SECOND), account(T0 + 6 * SECOND), heartbeat(T0 + 6 * SECOND)])
    return place


def test_the_past_is_built_again_byte_for_byte_though_more_was_journaled_since(tmp_path):
    place = ready(tmp_path)
    outcomes = rebuild(place, STATES, as_of_us=NOW, out=tmp_path / "out", flags=FLAGS)
    assert [outcome.name for outcome in outcomes] == ["size", "double"]
    for name in ("size.json", "double.json"):
        assert (tmp_path / "out" / name).read_bytes() == (place.state / name).read_bytes()


def test_the_present_has_what_came_since(tmp_path):
    rebuild(ready(tmp_path), STATES, as_of_us=T0 + 7 * SECOND, out=tmp_path / "out", flags=FLAGS)
    assert json.loads((tmp_path / "out" / "size.json").read_text())["quotes"] == 3
