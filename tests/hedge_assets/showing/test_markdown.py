"""Whatever a word is, in Markdown it stays a word."""

from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.showing.markdown import word


@given(st.text())
def test_no_mark_is_left_and_no_letter_lost(text):
    made = word(text)
    assert not any(mark in made for mark in "<>|`[]\n")
    assert unescape(made.replace("\\*", "*").replace("\\_", "_")) == " ".join(text.split())


def test_marks_are_told_as_letters():
    assert word("<b> *a* _b_ | `c` [d](e) \\") == "&lt;b&gt; \\*a\\* \\_b\\_ &#124; &#96;c&#96; &#91;d&#93;(e) &#92;"
