"""An operator's standing order is a file; doubt about it is a halt."""

import os
from pathlib import Path

import pytest

from executor.control import Control, ask, standing, wish_path
from executor.errors import SettingsError


def test_nothing_asked_is_no_order(tmp_path: Path) -> None:
    assert standing(tmp_path) is None


def test_what_was_asked_stands(tmp_path: Path) -> None:
    control = Control(wanted="flatten", reason="3 a.m.", asked_us=5)
    ask(tmp_path, control)
    assert standing(tmp_path) == control


def test_an_order_that_cannot_be_read_is_a_halt(tmp_path: Path) -> None:
    ask(tmp_path, Control(wanted="trade", reason="", asked_us=5))
    wish_path(tmp_path).write_text("{")
    found = standing(tmp_path)
    assert found is not None
    assert found.wanted == "halt"


def test_an_order_of_root_belongs_to_whom_it_is_for(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    wish_path(tmp_path).parent.mkdir()
    os.chown(wish_path(tmp_path).parent, 4242, 4343)
    ask(tmp_path, Control(wanted="flatten", reason="", asked_us=5))
    assert (wish_path(tmp_path).stat().st_uid, wish_path(tmp_path).stat().st_gid) == (4242, 4343)


def test_an_order_that_nobody_could_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wish_path(tmp_path).parent.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(SettingsError, match="ask as that user or as root"):
        ask(tmp_path, Control(wanted="flatten", reason="", asked_us=5))
    assert list(wish_path(tmp_path).parent.iterdir()) == []
