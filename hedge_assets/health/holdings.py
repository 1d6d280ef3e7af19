"""What is kept on disk, how much of it, and how much may be: one row per thing that has a budget."""

from dataclasses import dataclass
from typing import Literal

Owner = Literal["executor", "dagster", "watch", "mirror", "supervisor"]


@dataclass(frozen=True)
class Holding:
    """One thing that grows. `budget_bytes` and `keep_days` are its lines, null where it has none of that kind.

    `oldest_us` is the time of its oldest part by its own records where they say, else by the file system; null if unknown.
    `needed_bytes` is what of it must stay to rebuild every state inside its window; null where nothing is rebuilt from it.
    """

    name: str
    path: str
    owner: Owner
    size_bytes: int
    files: int
    budget_bytes: int | None = None
    keep_days: float | None = None
    oldest_us: int | None = None
    needed_bytes: int | None = None
    fault: str | None = None
