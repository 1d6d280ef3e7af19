"""Numbers from samples, each with its source, its interval and its reason where it is unknown."""
