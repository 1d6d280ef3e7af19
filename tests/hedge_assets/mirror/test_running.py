import threading

import msgspec

from executor.flags import read_flags
from executor.pulse import read_pulse
from hedge_assets.health.scene import Mirrored
from hedge_assets.mirror.running import STANDING, Runner
from hedge_assets.mirror.sinks.firestore import SINK
from tests.hedge_assets.mirror.desks import Moving, filled


def standing(desk):
    return msgspec.json.decode((desk.place.mirrored / STANDING).read_bytes(), type=Mirrored)


def test_every_turn_says_how_it_stands_and_that_it_lives(fake, tmp_path):
    desks = [Moving(tmp_path / name, {"firestore": SINK}) for name in ("one", "other")]
    for desk in desks:
        filled(desk.place.root)
    runner = Runner([desk.copyist for desk in desks], read_flags({"FIRESTORE_ENABLED": "1"}), clock=desks[0].clock, every_s=0.01)
    runner.turn()
    for desk in desks:
        assert [each.acknowledged for each in standing(desk).sinks] == [3]
        pulse = read_pulse(desk.place.mirrored)
        assert (pulse.service, pulse.turns, pulse.ended, pulse.flags["FIRESTORE_ENABLED"]) == ("mirror", 1, None, "1")


def test_it_ends_when_it_is_told_to_and_says_so(fake, tmp_path):
    filled(tmp_path)
    desk = Moving(tmp_path, {"firestore": SINK})
    stop = threading.Event()
    stop.set()
    Runner([desk.copyist], read_flags({}), clock=desk.clock, every_s=0.01).run(stop)
    assert standing(desk).ended == "asked to end"
    assert read_pulse(desk.place.mirrored).ended == "asked to end"


def test_a_life_that_was_cut_off_is_counted_by_the_next(fake, tmp_path):
    filled(tmp_path)
    desk = Moving(tmp_path, {"firestore": SINK})
    Runner([desk.copyist], read_flags({}), clock=desk.clock, every_s=0.01).turn()
    Runner([desk.copyist], read_flags({}), clock=desk.clock, every_s=0.01).turn()
    assert len(read_pulse(desk.place.mirrored).crashes_us) == 1
