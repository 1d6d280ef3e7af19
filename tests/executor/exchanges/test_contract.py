"""Every file among the exchanges keeps every promise of the contract."""

import importlib

import pytest

from executor import exchanges, plugins
from tests.executor.exchanges.contract import PROMISES, Desk, check_heard


@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", plugins.names_in(exchanges))
def test_a_venue_keeps_its_promises(name: str, promise):
    driver = importlib.import_module(f"tests.executor.exchanges.driver_{name}").DRIVER()
    desk = Desk(driver)
    promise(desk)
    check_heard(desk)
