"""An operator's standing order is a file; doubt about it is a halt."""

from pathlib import Path

from executor.control import Control, ask, standing, wish_path


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
