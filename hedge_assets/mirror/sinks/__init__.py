"""Where copies go: one sink is one file that exports `SINK`, chosen by name in `[mirror]`."""
