"""What people are told to do can be done: every command that health names is one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from executor.__main__ import main_group
from hedge_assets.cli import hedge

ROOT = Path(__file__).parents[3]
PLACES = [*(ROOT / "hedge_assets" / "conditions").glob("*.py"), *(ROOT / "hedge_assets" / "health").glob("*.py")]
NAMED = re.compile(r"(?<![\w.])(hedge|python -m executor) ([a-z]+)(?: ([a-z]+))?")
PROGRAMS = {"hedge": hedge, "python -m executor": main_group}


def texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    yield from (
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    )


def named() -> set[tuple[str, str, str]]:
    return {match.groups(default="") for path in PLACES for text in texts(path) for match in NAMED.finditer(text)}


def test_there_are_commands_to_try():
    assert {("hedge", "journal", "verify"), ("python -m executor", "run", "")} <= named()


@pytest.mark.parametrize(("program", "name", "after"), sorted(named()))
def test_a_command_that_people_are_told_to_use_exists(program, name, after):
    group = PROGRAMS[program]
    command = group.get_command(click.Context(group), name)
    assert command is not None
    if isinstance(command, click.Group):
        assert command.get_command(click.Context(command), after) is not None
