from hedge_assets.defs.rota import Rota


class Ticking:
    """A clock that is a second further at every look."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 1.0
        return self.now_s


def test_everybody_has_a_turn_where_there_is_time():
    rota = Rota(["a", "b", "c"])
    assert list(rota.turn(within_s=60)) == ["a", "b", "c"]
    assert list(rota.turn(within_s=60)) == ["a", "b", "c"]


def test_who_was_not_seen_for_want_of_time_is_first_the_next_time():
    rota = Rota(["a", "b", "c"], monotonic_s=Ticking())
    assert [list(rota.turn(within_s=2)) for _ in range(3)] == [["a", "b"], ["c", "a"], ["b", "c"]]


def test_one_is_seen_however_little_time_there_is():
    rota = Rota(["a", "b"], monotonic_s=Ticking())
    assert [list(rota.turn(within_s=0)) for _ in range(3)] == [["a"], ["b"], ["a"]]
