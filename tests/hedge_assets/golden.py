"""Documents as they were agreed on: one JSON file per state. `HEDGE_GOLDEN=write` writes them anew; read the diff before committing it."""

import json
import os
from pathlib import Path
from typing import Any

from hedge_assets.document import Document

FOLDER = Path(__file__).parents[1] / "golden"


def assert_golden(name: str, document: Document) -> None:
    """The document reads as the agreed file does, number by number."""
    path = FOLDER / f"{name}.json"
    if os.environ.get("HEDGE_GOLDEN") == "write":
        path.write_text(document.model_dump_json(indent=1) + "\n", "utf-8")
    assert rounded(json.loads(document.model_dump_json())) == rounded(json.loads(path.read_text("utf-8")))


def rounded(value: Any) -> Any:
    """The same value with floats to 12 significant digits, so that a compiler's last digit is no difference."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list) else value
