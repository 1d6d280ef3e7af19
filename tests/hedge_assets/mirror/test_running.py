import threading

import msgspec

from executor.flags import read_flags
from executor.pulse import read_pulse
from hedge_assets.health.scene import Mirrored
from hedge_assets.mirror.running import STANDING, Runner
from hedge_assets.mirror.sinks.firestore import SINK
from tests.hedge_assets.builders import SECOND
from tests.hedge_assets.mirror.desks import Moving, filled, mirror


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


def several(tmp_path, count, **given):
    desks = [Moving(tmp_path / f"a{each}", {"firestore": SINK}, mirror(**given)) for each in range(count)]
    for desk in desks:
        filled(desk.place.root)
    return desks


def running(desks):
    return Runner([desk.copyist for desk in desks], read_flags({}), clock=desks[0].clock, every_s=0.01)


def test_a_black_hole_costs_one_deadline_a_round_however_many_accounts_there_are(fake, tmp_path):
    desks = several(tmp_path, 5, deadline_s=0.2)
    runner = running(desks)
    fake.slow_s = 600.0
    for tries in range(1, 4):
        for stood in (runner.turn(), runner.turn()):
            assert all(each.sinks[0].fault.startswith("DeadlineExceeded") for each in stood)
            assert [each.sinks[0].failures for each in stood] == [tries] * 5
        for desk in desks:
            desk.clock.move_to(desk.clock.now_us() + 10 * SECOND)
    fake.slow_s = 0.0
    for desk in desks:
        desk.be_patient()
    assert all(each.sinks[0].acknowledged == 3 for each in runner.turn())


def test_an_outage_that_another_life_met_is_known_to_all_from_the_start(fake, tmp_path):
    desks = several(tmp_path, 2)
    fake.stop()
    desks[1].turn()
    desks[1].begin()
    runner = running(desks)
    fake.start()
    assert [each.sinks[0].failures for each in runner.turn()] == [1, 1]
    assert fake.calls == []


def test_whoever_is_told_to_end_does_not_begin_with_the_next_account(fake, tmp_path):
    desks, stop = several(tmp_path, 3), threading.Event()
    runner, first = running(desks), desks[0].copyist
    turn = first.turn
    first.turn = lambda: (stop.set(), turn())[1]  # told in the middle of the first one's turn
    assert len(runner.turn(stop)) == 1
    assert [(desk.place.mirrored / STANDING).exists() for desk in desks] == [True, False, False]


def test_every_account_beats_as_soon_as_its_turn_is_done(fake, tmp_path):
    desks = several(tmp_path, 2)
    runner, later, seen = running(desks), desks[1].copyist, []
    turn = later.turn
    later.turn = lambda: (seen.append(read_pulse(desks[0].place.mirrored).turns), turn())[1]
    runner.turn()
    assert seen == [1]
