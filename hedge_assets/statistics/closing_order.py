"""Trades brought into the order of their closing, equal times in the order they came in."""

import numpy as np

from hedge_assets.statistics.grouped import Floats, Groups, Ints

WORD_BITS = 63


class ClosingOrder:
    """Room for the groups, nets and closing times of at most `rows` trades, in the order they came in.

    Times are in any one unit; 18 bytes a trade, and as much again for a moment while they are sorted.
    """

    def __init__(self, rows: int) -> None:
        self.groups = np.empty(rows, np.uint16)
        self.net = np.empty(rows)
        self.closed = np.empty(rows, np.int64)
        self.n = 0
        self.is_ordered = True

    def add(self, groups: Groups, net: Floats, closed: Ints) -> None:
        """More trades."""
        if not len(closed):
            return
        end = self.n + len(closed)
        if self.is_ordered:
            is_later = self.n == 0 or bool(closed[0] >= self.closed[self.n - 1])
            self.is_ordered = is_later and bool(np.all(closed[1:] >= closed[:-1]))
        self.groups[self.n : end] = groups
        self.net[self.n : end] = net
        self.closed[self.n : end] = closed
        self.n = end

    def ordered(self) -> tuple[Groups, Floats]:
        """Groups and nets by time of closing. What is kept is used up."""
        groups, net, closed = self.groups[: self.n], self.net[: self.n], self.closed[: self.n]
        if self.is_ordered:
            return groups, net
        rows = sorting(closed)
        return groups[rows], net[rows]


def sorting(closed: Ints) -> Ints:
    """The rows in order of time, equal ones as they stood; the times are overwritten.

    Time and row are packed into one number where 63 bits hold both: sorting numbers is several times faster than sorting rows by them.
    """
    row_bits = len(closed).bit_length()
    first = int(closed.min())
    if (int(closed.max()) - first).bit_length() + row_bits > WORD_BITS:
        return np.argsort(closed, kind="stable")
    closed -= first
    closed <<= row_bits
    closed |= np.arange(len(closed))
    closed.sort()
    closed &= (1 << row_bits) - 1
    return closed
