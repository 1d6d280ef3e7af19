"""`hedge backup` and `hedge restore` as an operator uses them, killed at any moment, and beside an executor that trades."""

import os
import signal
import subprocess
import sys
import time
from functools import reduce
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from executor.flags import read_flags
from executor.journal.reader import verify
from executor.records.streams import STREAMS
from hedge_assets.backups.archive import checked
from hedge_assets.catalog import scan
from hedge_assets.cli import hedge
from hedge_assets.refreshing.proving import compare
from hedge_assets.settings import Place
from tests.executor.running import pulse_once, running
from tests.hedge_assets.backups.desks import as_somebody, for_all, kept_files, modes, open_to_all, traded

ROOT = Path(__file__).parents[3]
HEDGE = (sys.executable, "-c", "from hedge_assets.cli import main; main()")
"""The command, of this very checkout."""
KILLS = 5


def run(*words: object, **environ: str) -> Result:
    return CliRunner().invoke(hedge, [str(each) for each in words], env=environ)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return traded(tmp_path_factory.mktemp("desk") / "desk")


def test_an_operator_backs_up_verifies_and_restores(desk: Path, tmp_path: Path) -> None:
    made = run("backup", tmp_path / "one", "--data", desk)
    assert made.exit_code == 0, made.output
    assert "raw/orders 1.." in made.output
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
    assert run("backup", "--verify", tmp_path / "one").output == made.output
    again = run("restore", tmp_path / "one", "--data", tmp_path / "there")
    assert again.exit_code == 0, again.output
    assert f"next: hedge rebuild --verify --data {tmp_path / 'there'}" in again.output
    assert kept_files(tmp_path / "there") == kept_files(desk)
    proof = run("rebuild", "--verify", "--data", tmp_path / "there")
    assert proof.exit_code == 0, proof.output


def test_what_is_restored_is_its_owners_alone(desk: Path, tmp_path: Path) -> None:
    subprocess.run([*HEDGE, "backup", tmp_path / "one", "--data", desk], cwd=ROOT, check=True, capture_output=True, timeout=240)
    subprocess.run(
        [*HEDGE, "restore", tmp_path / "one", "--data", tmp_path / "there"], cwd=ROOT, check=True, capture_output=True, timeout=240
    )
    assert modes(tmp_path / "there") <= {"d700", "f600"}


def test_the_next_one_names_what_the_first_has(desk: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "one", "--data", desk)
    second = run("backup", tmp_path / "two", "--since", tmp_path / "one", "--data", desk)
    assert second.exit_code == 0
    assert "which is needed to restore" in second.output
    assert run("restore", tmp_path / "two", "--data", tmp_path / "there").exit_code == 0
    assert kept_files(tmp_path / "there") == kept_files(desk)


def test_what_makes_no_sense_together_is_wrong_usage(desk: Path, tmp_path: Path) -> None:
    assert run("backup", "--verify", tmp_path / "one", "--data", desk).exit_code == 2
    assert run("restore", "--data", tmp_path / "there").exit_code == 2


def test_a_refusal_is_one_line_with_its_code(desk: Path, tmp_path: Path) -> None:
    words = [*HEDGE, "restore", tmp_path / "nothing", "--data", tmp_path / "there"]
    refused = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert refused.returncode == 78
    assert refused.stderr == f"hedge: {tmp_path / 'nothing'} cannot be read (No such file or directory); name a backup file\n"


def test_damage_is_told_with_exit_1(desk: Path, tmp_path: Path) -> None:
    root = Path(copytree(desk, tmp_path / "copy"))
    next((root / "raw" / "ticks").glob("*.zst")).write_bytes(b"no frame")
    made = run("backup", tmp_path / "one", "--data", root)
    assert made.exit_code == 1
    assert "damaged as it was found" in made.output
    assert run("restore", tmp_path / "one", "--data", tmp_path / "there").exit_code == 1


def test_what_could_not_be_backed_up_is_told_with_exit_1_by_backup_verify_and_restore(desk: Path) -> None:
    with open_to_all() as place:
        root = Path(copytree(desk, place / "desk"))
        (root / "state" / "link.json").symlink_to(root)
        for_all(root, but="state/nav.json")
        (root / "tables" / ".refresh.lock").unlink()
        (place / "kept").mkdir()
        (place / "kept").chmod(0o777)
        with as_somebody():
            made = run("backup", place / "kept" / "one", "--data", root)
        verified, again = (
            run("backup", "--verify", place / "kept" / "one"),
            run("restore", place / "kept" / "one", "--data", place / "there"),
        )
    assert (made.exit_code, verified.exit_code, again.exit_code) == (1, 1, 1), made.output
    assert "left out: state/link.json: Too many levels of symbolic links\n" in made.stdout
    assert "hedge: missing in the backup: state/nav.json: Permission denied\n" in made.stderr
    assert "left out when it was taken: state/link.json" in again.stdout
    assert "hedge: missing, it could not be backed up: state/nav.json: Permission denied\n" in again.stderr


def test_a_received_root_is_restored_as_one_and_nobody_is_told_to_start_it(desk: Path, tmp_path: Path) -> None:
    for name in ("alpha", "beta"):
        copytree(desk, tmp_path / "several" / "accounts" / name)
    (tmp_path / "several" / "accounts" / "beta" / "receive").mkdir()
    (tmp_path / "several" / "accounts" / "beta" / "receive" / "source").write_text("s3://b/p")
    run("backup", tmp_path / "both", "--data", tmp_path / "several")
    both = run("restore", tmp_path / "both", "--data", tmp_path / "there").stdout
    assert "then start it" in both
    assert f"{tmp_path / 'there' / 'accounts' / 'beta'} is received from another machine" in both
    run("backup", tmp_path / "one", "--data", tmp_path / "several", HEDGE_ACCOUNT="beta")
    one = run("restore", tmp_path / "one", "--data", tmp_path / "other").stdout
    assert "start it" not in one
    assert f"{tmp_path / 'other'} is received from another machine" in one


def test_the_nights_recipe_goes_on_after_damage(desk: Path, tmp_path: Path) -> None:
    root = Path(copytree(desk, tmp_path / "copy"))
    next((root / "raw" / "ticks").glob("*.zst")).write_bytes(b"no frame")
    bin_, kept, today = tmp_path / "bin", tmp_path / "kept", tmp_path / "today"
    bin_.mkdir()
    (bin_ / "hedge").write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom hedge_assets.cli import main\nmain()\n"
    )
    (bin_ / "date").write_text(f'#!/bin/sh\ntest "$1" = +%F && cat {today}\n')
    for each in bin_.iterdir():
        each.chmod(0o755)
    page = (ROOT / "docs" / "backup.md").read_text("utf-8")
    lines = [line.split(maxsplit=6)[6] for line in page.splitlines() if line.startswith("17 2 * * ")]
    places = {"/backups": kept, "/var/lib/hedge": root, "/opt/hedge/.venv/bin/hedge": bin_ / "hedge", r"\%": "%"}
    sunday, night = [reduce(lambda line, each: line.replace(each[0], str(each[1])), places.items(), line) for line in lines]
    environ = {"PATH": f"{bin_}:{os.environ['PATH']}"}
    for day, line in (("saturday", night), ("sunday", sunday), ("monday", night)):
        today.write_text(day)
        done = subprocess.run(["/bin/sh", "-c", line], env=environ, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
        assert done.stdout == ""
        assert [each.partition(": ")[2].partition(":")[0] for each in done.stderr.splitlines()] == ["damaged as it was found"]
    assert (kept / "week").readlink() == Path("sunday.hedge")
    saturday, whole, monday = [checked(kept / f"{day}.hedge") for day in ("saturday", "sunday", "monday")]
    assert saturday.bases == whole.bases == ()
    assert [base.name for base in monday.needed()] == ["sunday.hedge"]


def killed_once(seen: Path, later_s: float, *words: object) -> None:
    """Run a command and kill it so long after it began to write, or at its end where it was quicker."""
    with subprocess.Popen([str(each) for each in words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not seen.exists():
            time.sleep(0.001)
        time.sleep(later_s)
        process.kill()


def test_kill_9_at_any_moment_of_either_leaves_nothing_under_the_name_or_all_of_it(desk: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"one-{number}" for number in range(KILLS)]
    for number, file in enumerate(files):
        killed_once(file.with_name(f".{file.name}.half-backup"), 0.01 * number, *HEDGE, "backup", file, "--data", desk)
        assert not file.exists() or run("backup", "--verify", file).exit_code == 0
    again = next((file for file in files if not file.exists()), tmp_path / "last")  # it may be that every one was quicker
    assert run("backup", again, "--data", desk).exit_code == 0
    assert list(tmp_path.glob(".*")) == []  # what the killed ones left beside it is gone
    root = tmp_path / "there"
    for number in range(KILLS):
        killed_once(tmp_path / ".there.restoring" / "desk" / "raw", 0.01 * number, *HEDGE, "restore", again, "--data", root)
        if root.exists():
            break
    assert root.exists() or run("restore", again, "--data", root).exit_code == 0
    assert kept_files(root) == kept_files(desk)
    assert not (tmp_path / ".there.restoring").exists()


def test_a_trading_desk_is_backed_up_and_goes_on_elsewhere_with_nothing_lost_or_twice(tmp_path: Path) -> None:
    """An executor in real time and a refresh beside it; what is restored proves itself, and is traded on from where it was."""
    root = tmp_path / "desk"
    with running(root, "--feed", "synthetic") as process:
        pulse_once(root, lambda pulse: pulse.turns >= 3)
        refreshed = [
            str(Path(sys.executable).parent / "dagster"),
            "asset",
            "materialize",
            "--select",
            "nav,positions",
            "-m",
            "hedge_assets.definitions",
        ]
        subprocess.run(refreshed, env={**os.environ, "HEDGE_DATA": str(root)}, check=True, capture_output=True, timeout=240)
        made = run("backup", tmp_path / "one", "--data", root)
        assert made.exit_code == 0, made.output
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.wait(120)
    there = tmp_path / "there"
    assert run("restore", tmp_path / "one", "--data", there).exit_code == 0
    found = {
        each.name: each.is_same for each in compare(Place(root=there), scan(), flags=read_flags({})) if each.name in ("nav", "positions")
    }
    assert found == {"nav": True, "positions": True}
    before = {stream: verify(there / "raw", stream).last_seq or 0 for stream in STREAMS}
    with running(there, "--feed", "synthetic") as process:
        pulse_once(there, lambda pulse: pulse.pid == process.pid and pulse.turns >= 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0, process.stderr
    reports = [verify(there / "raw", stream) for stream in STREAMS]
    assert [report.holes for report in reports] == [0, 0, 0]
    assert all((report.last_seq or 0) > before[report.stream] for report in reports)


def test_one_account_of_a_desk_is_backed_up_and_restored_by_its_name(desk: Path, tmp_path: Path) -> None:
    for name in ("alpha", "beta"):
        copytree(desk, tmp_path / "several" / "accounts" / name)
    made = run("backup", tmp_path / "one", "--data", tmp_path / "several", HEDGE_ACCOUNT="alpha")
    assert made.exit_code == 0, made.output
    assert "raw/orders 1.." in made.output
    (tmp_path / "new" / "accounts").mkdir(parents=True)
    assert run("restore", tmp_path / "one", "--data", tmp_path / "new", HEDGE_ACCOUNT="gamma").exit_code == 0
    assert kept_files(tmp_path / "new" / "accounts" / "gamma") == kept_files(desk)
