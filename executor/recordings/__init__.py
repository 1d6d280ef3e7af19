"""Reading recorded markets: what a file holds, in what order it happened, and what rules its symbols had."""
