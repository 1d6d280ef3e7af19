"""Suggestion files for tests: in order where nothing else is said, put where the executor looks."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from executor.records.tuning import Kind
from executor.suggestions import FILES, FOLDER
from executor.vetting import FORMS

MADE_US = 1_748_822_400_000_000  # 2025-06-02 00:00 UTC, where the synthetic market begins


def instant(us: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).isoformat()


def routing(symbol: str = "BTCUSDT", *, n: int = 50, rule: str = "move_back", **asked: Any) -> dict[str, Any]:
    proposed = {"maker_first": True, "offset_bps": 3.0, "patience_s": 10.0, "reprices": 2, "taker_bias_frac": 0.0, **asked}
    return {"symbol": symbol, "n": n, "proposed": proposed, "rule": rule, "expected_saving_bps": 0.4, "evidence": {"n": n}}


def kept(symbol: str = "BTCUSDT", *, n: int = 50, rule: str = "inside_bands") -> dict[str, Any]:
    return {"symbol": symbol, "n": n, "proposed": None, "rule": rule}


def share(symbol: str = "BTCUSDT", weight_frac: float = 0.2, *, n: int = 50, **said: Any) -> dict[str, Any]:
    return {"symbol": symbol, "n": n, "weight_frac": weight_frac, "symbol_cap_frac": 0.2, "trade_cap_frac": 0.08, **said}


def file_of(kind: Kind, *rows: dict[str, Any], version: str = "v1", made_us: int = MADE_US, life_s: float = 3_600, **said: Any) -> bytes:
    name, number = FORMS[kind]
    head = {
        "schema": {"name": name, "version": number},
        "account": "paper",
        "status": "ok",
        "n": len(rows),
        "version": version,
        "made_ts": instant(made_us),
        "expires_ts": instant(made_us + int(life_s * 1e6)),
        ("suggestions" if kind == "router" else "weights"): rows,
    }
    return json.dumps({**head, **said}).encode()


def put(root: Path, kind: Kind, content: bytes) -> Path:
    """Replace a file whole, as the other side does."""
    path = root / FOLDER / FILES[kind]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)
    return path
