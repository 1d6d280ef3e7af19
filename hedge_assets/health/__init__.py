"""Is every file there, whole, ours and young enough: what is looked at, what is promised, and the verdict."""
