"""Two columns over a past period, from raw facts or from a recording, and the report of it that somebody can decide by."""
