"""Words inside Markdown: nothing in them is a mark, a tag or the end of a cell."""

MARKS = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("`", "&#96;"), ("[", "&#91;"), ("]", "&#93;"))


def word(value: object) -> str:
    """A word inside Markdown."""
    text = " ".join(str(value).split())
    for mark, safe in MARKS:
        text = text.replace(mark, safe)
    return text.replace("\\", "&#92;").replace("*", "\\*").replace("_", "\\_")
