from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.condition import Finding
from ops.dashboard.bounds import MORE, MOST_LETTERS, MOST_ROWS, few, shortened


@given(st.text(max_size=3 * MOST_LETTERS))
def test_a_text_is_whole_or_says_that_there_is_more(text):
    shown = shortened(text)
    assert len(shown) <= MOST_LETTERS
    assert shown == text or (shown.endswith(MORE) and text.startswith(shown[:-1]))
    assert (shown == text) == (len(text) <= MOST_LETTERS)


def test_of_too_many_findings_the_errors_are_shown_and_the_rest_is_counted():
    mild = [Finding("budget_short", str(number), "warn", "nearly full", "raise it") for number in range(300)]
    bad = [Finding("crash_loop", str(number), "error", "it fell", "mend it", reach=1) for number in range(20)]
    shown = few([*mild, *bad])
    assert len(shown) == MOST_ROWS
    assert list(shown[:20]) == bad
    assert (shown[-1].condition, shown[-1].severity) == ("too_many_to_show", "warn")
    assert shown[-1].reason == "121 more hold, of 1 kinds"
    assert few([*bad, *bad[:1] * MOST_ROWS])[-1].is_error
