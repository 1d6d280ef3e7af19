"""Venues, one file each. A file exports `EXCHANGE`; settings name it."""
