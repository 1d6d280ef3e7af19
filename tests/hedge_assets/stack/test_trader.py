from hedge_assets.stack.supervision import Process
from hedge_assets.stack.trader import FALLS, Trader


def process(**said: object) -> Process:
    return Process(**{"name": "executor", "state": "RUNNING", "pid": 7, "exit_code": 0, "since_s": 1, **said})


def test_the_first_life_is_no_restart_and_every_later_one_is():
    trader = Trader("executor")
    assert not trader.has_begun_anew(process())
    assert not trader.has_begun_anew(process())
    assert trader.has_begun_anew(process(pid=8, since_s=2))
    assert trader.restarts == 1


def test_who_falls_again_and_again_in_a_short_time_is_lost():
    trader = Trader("executor")
    for number in range(FALLS + 1):
        assert not trader.is_lost(process())
        trader.has_begun_anew(process(pid=number + 1, since_s=number + 1))
    assert trader.is_lost(process())


def test_who_refused_is_told_from_who_is_done():
    trader = Trader("executor")
    assert trader.has_refused(process(state="EXITED", exit_code=78, pid=0))
    assert not trader.has_refused(process(state="EXITED", exit_code=0, pid=0))
