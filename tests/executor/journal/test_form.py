"""The note of a journal's form is there before its first record, only ever grows, and is never guessed."""

from pathlib import Path

import pytest

from executor.errors import JournalError, SettingsError
from executor.journal.form import FORM, FORMS, NAME, form_of, note_form, refuse_newer
from executor.journal.writer import Journals
from executor.settings import Journal


def test_forms_are_numbered_without_a_gap() -> None:
    assert list(FORMS) == list(range(1, FORM + 1))


def test_a_root_without_the_note_has_the_first_form(tmp_path: Path) -> None:
    assert form_of(tmp_path) == refuse_newer(tmp_path) == 1


def test_journals_note_their_form_when_they_are_opened(tmp_path: Path) -> None:
    Journals(tmp_path, Journal(fsync="off"), "0001").close()
    assert form_of(tmp_path / "raw") == FORM


def test_a_note_is_brought_up_and_never_down(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"form":2}')
    note_form(tmp_path, sync=True)
    assert form_of(tmp_path) == FORM
    (tmp_path / NAME).write_text(f'{{"form":{FORM + 5}}}')
    note_form(tmp_path, sync=False)
    assert form_of(tmp_path) == FORM + 5
    with pytest.raises(SettingsError, match="or restore a backup from before"):
        refuse_newer(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b'{"form":"x"}', b"\xff", b"x" * 5000])
def test_a_note_that_cannot_be_read_is_refused_with_the_cure(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(SettingsError, match="into it if this version wrote"):
        form_of(tmp_path)


def test_one_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="start again"):
        note_form(tmp_path / "nowhere", sync=True)
