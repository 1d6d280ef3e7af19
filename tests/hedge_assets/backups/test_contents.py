"""Small files are opened together, between two refreshes; what each held then is what is read."""

import threading
from pathlib import Path

import pytest

from hedge_assets.backups.contents import Omitted, day_parts, held_together, opened_plain, whole_lines
from hedge_assets.refreshing.refresh import only_one
from hedge_assets.settings import Place
from hedge_assets.tables.catalog import part


def made(root: Path, *names: str) -> Place:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return Place(root=root)


def test_what_takes_a_files_name_meanwhile_is_not_what_is_read(tmp_path: Path) -> None:
    place = made(tmp_path, "state/nav.json")
    with held_together(place, Omitted()) as [held]:
        (tmp_path / "other").write_text("new")
        (tmp_path / "other").replace(tmp_path / "state" / "nav.json")
        assert held.file.read(held.size) == b"state/nav.json"


def test_a_refresh_is_waited_for_and_then_waits_only_for_the_opening(tmp_path: Path) -> None:
    place = made(tmp_path, "state/nav.json", "tables/.refresh.lock")
    began, done = threading.Event(), threading.Event()

    def refreshing() -> None:
        with only_one(place.tables):
            began.set()
            done.wait(60)
            (tmp_path / "state" / "nav.json").write_text("refreshed")

    thread = threading.Thread(target=refreshing)
    thread.start()
    assert began.wait(60)
    threading.Timer(0.2, done.set).start()
    with held_together(place, Omitted()) as [held]:
        with only_one(place.tables):  # the backup holds it no longer
            pass
        assert held.file.read(held.size) == b"refreshed"
    thread.join()


def test_the_checkpoint_is_opened_and_what_is_only_about_a_process_is_not(tmp_path: Path) -> None:
    passing = ("raw/pulse.json", "raw/owner.pid", "raw/pruned.json", "raw/.checkpoint.json.new", "watch/pulse.json", "state/x.1.in_the_way")
    place = made(tmp_path, "raw/checkpoint.json", "control/wish.json", "raw/ticks/x", "run/x", *passing)
    with held_together(place, Omitted()) as found:
        assert [held.path for held in found] == ["control/wish.json", "raw/checkpoint.json"]


@pytest.mark.parametrize(("content", "size"), [(b"", 0), (b"a\n", 2), (b"a\nhalf", 2), (b"half", 0)])
def test_a_file_of_lines_is_cut_behind_its_last_whole_one(tmp_path: Path, content: bytes, size: int) -> None:
    (tmp_path / "x").write_bytes(content)
    with opened_plain(tmp_path / "x") as file:
        assert whole_lines(file, len(content)) == size


def test_days_of_tables_are_found_and_nothing_beside_them(tmp_path: Path) -> None:
    place = made(tmp_path, "tables/carry/day=2026-01-05/x", "tables/fills/.half.new")
    path = part(place.tables, "fills", "2026-01-05")
    path.parent.mkdir(parents=True)
    path.write_text("x")
    assert list(day_parts(place, Omitted())) == [path]
