"""What of a machine may be well at another try is told apart from what only an operator can mend."""

from pathlib import Path

from executor.configuration import settings_from
from executor.machine import machine


def test_a_full_disk_may_be_well_later_a_wrong_flag_will_not() -> None:
    """Nothing can ever be written below `/proc`: it has no bytes free."""
    found = {one.condition: one for one in machine(Path("/proc/logs"), lambda: settings_from({}, {}), {"ENV": "prod"})}
    assert (found["disk"].ok, found["disk"].is_open) == (False, True)
    assert (found["flags"].ok, found["flags"].is_open) == (False, False)
    assert "free space" in found["disk"].detail


def test_a_folder_that_is_not_there_will_be_made(tmp_path: Path) -> None:
    found = {one.condition: one for one in machine(tmp_path / "a" / "b", lambda: settings_from({}, {}), {})}
    assert "will be made" in found["data directory"].detail
    assert all(one.ok for one in found.values())


def test_where_a_venue_would_be_recorded_is_told_and_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    def told(**venue: object) -> tuple[bool, str]:
        table = {"feed": "live", "venue": {"symbols": ["BTCUSDT"], **venue}}
        one = {each.condition: each for each in machine(tmp_path / "logs", lambda: settings_from(table, {}), {})}["recording"]
        return one.ok, one.detail

    assert told() == (True, "off (venue.record)")
    assert told(record="on") == (True, f"to {tmp_path / 'logs' / 'cassettes'}, at most 1024 MiB")
    is_well, said = told(record="on", record_folder=str(tmp_path / "taken" / "here"))
    assert (is_well, "name another venue.record_folder" in said) == (False, True)
    assert not (tmp_path / "logs").exists()
