import pytest

from executor.errors import HedgeError
from hedge_assets.catalog import scan
from hedge_assets.explaining.paths import split, walked

STATES = scan()
DOCUMENT = {"windows": [{"window": "24h", "symbols": [{"key": "BTCUSDT", "n": 3}, {"key": "0", "n": 4}]}], "n": 7, "empty": []}


@pytest.mark.parametrize("head", ["expectancy", "expectancy_v6", "expectancy_v6.json"])
def test_a_state_is_named_by_its_name_or_its_file(head):
    state, words = split(f"{head}.windows[0].n", STATES)
    assert (state.name, words) == ("expectancy", ("windows", "0", "n"))
    assert split(head, STATES)[1] == ()


def test_what_begins_with_no_state_is_no_path():
    assert split("expectancyX.n", STATES) is None
    assert split("h-abc.1", STATES) is None


def test_entries_of_lists_are_named_by_what_they_are_called_or_by_place():
    for words in (("windows", "24h", "symbols", "BTCUSDT", "n"), ("windows", "0", "symbols", "0", "n")):
        assert walked(DOCUMENT, words, "expectancy")[-1].value == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("windows", "7d"), "expectancy.windows has no '7d': there are 24h, 0; name one of them"),
        (("n", "x"), "expectancy.n has no 'x': it is 7, which has no parts; end the path there"),
        (("empty", "x"), "it is [], which has no parts"),
    ],
)
def test_a_path_that_leads_nowhere_is_told_what_there_is(words, said):
    with pytest.raises(HedgeError) as caught:
        walked(DOCUMENT, words, "expectancy")
    assert said in str(caught.value)
