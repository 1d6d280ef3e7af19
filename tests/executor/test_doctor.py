"""The doctor names each condition, whether it holds, and the cure."""

from pathlib import Path

from executor.checkpoint import NAME
from executor.clock import WallClock
from executor.doctor import Finding, examine
from tests.executor.advised import file_of, put, routing


def found(root: Path, environ: dict[str, str] | None = None, config: Path | None = None) -> dict[str, Finding]:
    return {finding.condition: finding for finding in examine(root, config, environ or {})}


def test_a_fresh_machine_is_well(tmp_path: Path) -> None:
    assert all(finding.ok for finding in found(tmp_path / "logs").values())


def test_what_would_stop_a_start_is_said_in_its_own_words(tmp_path: Path) -> None:
    config = tmp_path / "a.toml"
    config.write_text("sed = 3")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / NAME).write_text("rubbish")
    findings = found(tmp_path, {"ENV": "prod"}, config)
    assert {name for name, finding in findings.items() if not finding.ok} == {"flags", "settings", "checkpoint"}
    assert "ALLOW_PROD_WRITE" in findings["flags"].detail
    assert "sed" in findings["settings"].detail
    assert "damaged" in findings["checkpoint"].detail


def test_what_would_become_of_suggestions_is_told_and_stops_nothing(tmp_path: Path) -> None:
    on = {"ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1"}
    assert "ROUTER_AUTOTUNE_V6_APPLY_ENABLED is 0" in found(tmp_path)["suggestions"].detail
    now_us = WallClock().now_us()
    put(tmp_path, "router", file_of("router", routing(), routing("ENAUSDT", n=2), made_us=now_us))
    told = found(tmp_path, on)["suggestions"]
    assert told.ok
    assert "BTCUSDT would follow v1: offset_bps 0.5: asked 3, apply.offset_step_bps 0.5 allows no more" in told.detail
    assert "ENAUSDT would be refused: it rests on 2 worked intents" in told.detail
    put(tmp_path, "router", b"{")
    assert "the file would be refused: it is not JSON" in found(tmp_path, on)["suggestions"].detail
