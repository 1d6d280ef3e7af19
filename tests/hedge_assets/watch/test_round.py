"""One watch over several accounts: each has its own incidents, and whoever is told hears whose they are."""

import threading
from pathlib import Path

from executor.clock import WallClock
from executor.flags import read_flags
from hedge_assets.catalog import scan, scan_desk
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.manifest import manifest, state_row
from hedge_assets.settings import WHOLE, Place
from hedge_assets.watch.keeper import Keeper, Who
from hedge_assets.watch.metrics import Exposition, Expositions
from hedge_assets.watch.round import look_around, open_in, told_of

WHO = Who(1, read_flags({}).as_text(), {})


def keepers_in(root: Path) -> list[Keeper]:
    for name in ("alpha", "beta"):
        (root / "accounts" / name).mkdir(parents=True)
    places = [Place(root=root / "accounts" / name, account=name) for name in ("alpha", "beta")]
    made = [Keeper(place, manifest(scan()), conditions(), clock=WallClock(), who=WHO) for place in places]
    whole = Keeper(Place(root=root, account=WHOLE), [state_row(state) for state in scan_desk()], (), clock=WallClock(), who=WHO)
    return [*made, whole]


def looked(keepers: list[Keeper], turns: int) -> None:
    stop = threading.Event()
    keepers[-1].telling.append(lambda *_: stop.set() if keepers[-1].turns >= turns else None)
    look_around(keepers, stop)


def test_all_accounts_and_the_desk_are_looked_at_in_turn(tmp_path):
    keepers = keepers_in(tmp_path)
    looked(keepers, 2)
    assert [keeper.turns for keeper in keepers] == [2, 2, 2]
    assert all((keeper.place.watch / "pulse.json").is_file() for keeper in keepers)
    assert len({keeper.turn_s for keeper in keepers}) == 1


def test_incidents_say_whose_they_are_and_none_takes_anothers_place(tmp_path):
    keepers = keepers_in(tmp_path)
    for keeper in keepers:
        keeper.place.state.mkdir()
        next(keeper.place.root / row.path for row in keeper.rows if row.name == "nav").write_bytes(b"no json")
    looked(keepers, 2)
    found = open_in(keepers)
    assert {each.subject.partition(":")[0] for each in found} == {"alpha", "beta", "desk"}
    assert len({each.id for each in found}) == len(found)
    assert told_of([], "alpha") == []


def test_metrics_have_every_family_once_with_the_account_on_each_sample(tmp_path):
    keepers = keepers_in(tmp_path)
    told = Expositions({each.place.account: Exposition(each.place, each.rows, each.conditions, clock=WallClock()) for each in keepers})()
    assert len({family.name for family in told}) == len(told)
    healthy = next(family for family in told if family.name == "hedge_healthy")
    assert {sample.labels["account"]: sample.value for sample in healthy.samples} == {"alpha": 0.0, "beta": 0.0, "desk": 0.0}
