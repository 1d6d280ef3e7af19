"""Words of somewhere else, fit to be shown: none that turns the line around, breaks it or commands anything, and not too many."""

MOST_LETTERS = 200
"""Of one text in a drawing, which may hold thousands of them."""


def few(words: str) -> str:
    """At most so many letters, an ellipsis for the rest, and a blank for each that nobody sees."""
    kept = words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…"
    return "".join(each if each.isprintable() else " " for each in kept)
