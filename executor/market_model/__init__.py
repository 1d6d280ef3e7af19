"""The mathematics of the made market: pure functions from settings, seed and time to prices."""
