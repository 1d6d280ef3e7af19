"""The doctor names each condition, whether it holds, and the cure."""

from pathlib import Path

from executor.checkpoint import NAME
from executor.doctor import Finding, examine


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
