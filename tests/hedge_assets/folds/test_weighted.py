"""Weighted means, and times with their quantiles."""

from hedge_assets.folds.weighted import Lasting, Weighted, more


def test_a_weighted_mean_passes_over_what_is_not_known():
    values = Weighted()
    assert values.mean is None
    for value, weight in ((1.0, 1.0), (None, 5.0), (4.0, 2.0)):
        values.add(value, weight)
    assert (values.n, values.weight, values.mean) == (2, 3.0, 3.0)


def test_times_are_summed_and_sketched():
    lasting, other = Lasting(), Lasting()
    for ms in (10.0, None, 30.0):
        lasting.add(ms)
    other.add(20.0)
    lasting.plus(other)
    assert (lasting.total, lasting.sketch.n) == (60.0, 3)


def test_words_are_counted():
    counts: dict[str, int] = {}
    for word in ("dead", "filled", "dead"):
        more(counts, word)
    assert counts == {"dead": 2, "filled": 1}
