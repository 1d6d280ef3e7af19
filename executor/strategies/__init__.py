"""Strategies, one file each. A file exports `STRATEGY`; settings name it."""
