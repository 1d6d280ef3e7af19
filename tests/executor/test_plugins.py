"""A name in the settings finds its file, or is refused with the names that exist."""

import pytest

import executor.exchanges
from executor.errors import SettingsError
from executor.plugins import load, names_in


def test_every_file_of_a_plug_folder_but_base_is_a_name() -> None:
    assert "paper" in names_in(executor.exchanges)
    assert "base" not in names_in(executor.exchanges)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"exchanges was 'papre', known are .*paper"):
        load(executor.exchanges, "papre", "EXCHANGE")


def test_a_file_without_its_export_is_refused() -> None:
    with pytest.raises(SettingsError, match="exports no NO_SUCH_EXPORT"):
        load(executor.exchanges, "paper", "NO_SUCH_EXPORT")
