"""Something that is kept is well over its budget, or more of it is needed than its budget holds."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene
from hedge_assets.states.storage import Storage

NOTED = "journal_over_budget_bytes"
STATE = "storage"
SLACK = 1.25
"""What is pruned in turns may be over its budget by so much between two of them."""
HISTORY = "day_tables"
FULL_FRAC = 0.9
KEEP = "raise health.day_tables_bytes of the settings, or copy the oldest days of tables/ elsewhere: nothing gives them again"
RAISE = "raise journal.max_bytes in the settings, or lower journal.keep_days and the windows under [telemetry]"
RECORDED = "raise venue.record_bytes in the settings, or remove the oldest of cassettes/"
CURES = {"cassettes": RECORDED, "executor": RAISE, "supervisor": "free run/: more lies there than the programs' own logs"}


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign for the journals, as the executor says of itself, and one for each other thing above its budget."""
    executor = scene.beating.get("executor")
    over = None if executor is None else executor.note.get(NOTED)
    if isinstance(over, (int, float)) and over > 0:
        yield Sign("raw", "warn", f"the journals hold {over:.0f} bytes more than their budget, and all of it is needed", RAISE)
    kept = scene.documents.get(STATE)
    for row in kept.holdings if isinstance(kept, Storage) else ():
        if row.name == HISTORY and row.budget_bytes is not None and row.size_bytes >= FULL_FRAC * row.budget_bytes:
            reason = f"tables by day hold {row.size_bytes} bytes of {row.budget_bytes}; beyond these the oldest days are removed"
            yield Sign(row.name, "warn", reason, KEEP)
            continue
        over = max(row.size_bytes / SLACK, row.needed_bytes or 0)
        if row.budget_bytes is not None and over > row.budget_bytes:
            reason = row.reason or f"{row.path} holds {row.size_bytes} bytes, its budget is {row.budget_bytes}"
            usual = f"raise its budget under [health] of the settings, or free {row.path}"
            yield Sign(row.name, "warn", reason, CURES.get(row.name) or CURES.get(row.owner, usual))


CONDITION = Condition(judge=signs, reads=(STATE,))
