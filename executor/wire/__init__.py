"""Doors to real venues: connections, keys, limits, clocks and streams. Nothing here decides."""
