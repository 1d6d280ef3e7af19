"""Shapes that cross a file or a process. Frozen, and only ever extended at the end, with defaults."""
