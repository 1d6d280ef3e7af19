"""Names that count once are let go of by time, all of one instant together."""

from executor.protocol.memory import remember
from tests.executor.protocol.venue_model import NOW_US


def test_a_late_trade_of_the_oldest_remembered_instant_is_no_old_one() -> None:
    known: dict[str, int] = {}
    times = [remember(known, str(number), NOW_US + number // 10, 100) for number in range(101)]
    assert times[-1] is not None
    assert min(known.values()) == times[-1]
    assert len(known) == 51
    assert all(at_us >= times[-1] for at_us in known.values())


def test_trades_of_the_instant_where_memory_ends_stay_together() -> None:
    known: dict[str, int] = {}
    times = [remember(known, str(number), NOW_US + (number > 40) + (number > 70), 100) for number in range(101)]
    assert times[-1] == NOW_US + 1
    assert sorted(map(int, known)) == list(range(41, 101))
