"""A bounded memory of names that count once."""


def remember(known: dict[str, int], name: str, ts_us: int, kept: int) -> int | None:
    """Remember one name; where that is too many, the oldest half is let go, and given is since when all are known still.

    Names of one instant stay or go together: a sweep of the book is many trades of one millisecond, told one by one.
    """
    known[name] = ts_us
    if len(known) <= kept:
        return None
    since_us = sorted(known.values())[kept // 2]
    for gone in [other for other, at_us in known.items() if at_us < since_us]:
        del known[gone]
    return since_us
