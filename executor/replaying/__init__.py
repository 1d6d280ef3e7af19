"""Runs the executor's real live code against a recording instead of a venue, and holds what comes of it against what came of it then."""
