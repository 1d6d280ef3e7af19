"""Facts, kept: each fold takes journal records one at a time and remembers only what states need."""
