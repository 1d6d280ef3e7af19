from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.explaining.tree import COLORED, WIDTH, Node, clock, page, plain
from tests.hedge_assets.builders import T0

words = st.text("abc é,;", max_size=400)
nodes = st.recursive(
    st.builds(Node, st.text("ab", max_size=8), words, st.sampled_from([None, "orders#12"]), st.sampled_from([None, T0, T0 + 1])),
    lambda inner: st.builds(Node, st.just("part"), words, children=st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)


@given(nodes)
def test_no_line_is_wider_than_the_page_and_no_word_is_lost(node):
    text = page(node)
    assert max(map(len, text.split("\n"))) <= WIDTH
    assert plain(node)["text"].split() == [] or plain(node)["text"].split()[0][:40] in text


def test_branches_show_what_belongs_to_what_and_long_texts_go_on_below_themselves():
    tree = Node(
        "", "all", children=(Node("one", "x " * 90, "orders#1", T0, children=(Node("in", "side"),)), Node("two", "end", is_asked=True))
    )
    first, more, inner, last = page(tree).split("\n")[1:]
    assert first.startswith("├─ one orders#1           01-05 00:00:00.000  x x")
    assert more.startswith("│  │") and more.index("x") == first.index("x")  # noqa: PT018 - one line, two marks
    assert inner == "│  └─ in  side"
    assert last == "└─ two  end ◀ asked for"


def test_colors_change_nothing_but_colors():
    tree = Node("", "all", children=(Node("one", "text", "orders#1", T0), Node("two", "end", is_asked=True)))
    colored = page(tree, COLORED)
    for mark in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[33m"):
        colored = colored.replace(mark, "")
    assert colored == page(tree)


def test_times_have_as_many_digits_as_they_need():
    assert (clock(T0 + 500_000).strip(), clock(T0 + 1).strip(), clock(None)) == ("01-05 00:00:00.500", "01-05 00:00:00.000001", "")


def test_machines_get_what_is_there_and_nothing_else():
    assert plain(Node("a", "b")) == {"what": "a", "text": "b"}
    assert plain(Node("a", "b", "orders#1", 5, {"x": 1}, (Node("c", "d"),), is_asked=True)) == {
        "what": "a", "text": "b", "at": "orders#1", "ts_us": 5, "data": {"x": 1}, "asked": True, "children": [{"what": "c", "text": "d"}],
    }  # fmt: skip
