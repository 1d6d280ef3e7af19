"""Where a desk listens, as its environment says it."""

import pytest

from executor.errors import SettingsError
from hedge_assets.stack.ports import ports_from, wanted_ports
from hedge_assets.stack.programs import Ports

NAMED = {"HEDGE_WEB_PORT": "1", "HEDGE_CODE_PORT": "2", "HEDGE_WATCH_PORT": "3", "HEDGE_EXECUTOR_PORT": "4", "HEDGE_PAGE_PORT": "5"}


def test_every_executor_of_a_box_has_a_port_after_the_first_ones():
    assert ports_from(NAMED, 3) == Ports(web=1, code=2, watch=3, executor=4, page=5, more_executors=(5, 6))


def test_a_port_that_a_box_does_not_name_is_asked_for_by_its_name():
    with pytest.raises(SettingsError, match=r"HEDGE_PAGE_PORT was '', it must be a port from 1 to 65535"):
        ports_from({name: text for name, text in NAMED.items() if name != "HEDGE_PAGE_PORT"})


def test_without_a_box_what_is_named_is_looked_for_first_and_the_rest_where_it_always_is():
    assert wanted_ports({"HEDGE_WATCH_PORT": "9000"}, Ports(web=3100)) == Ports(web=3100, watch=9000)


def test_the_pages_of_a_desk_without_a_box_are_where_the_command_says():
    assert wanted_ports(NAMED, Ports(web=3100)) == Ports(web=3100, code=2, watch=3, executor=4, page=5)


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "http", "８"])
def test_what_is_no_port_is_refused_by_its_name(text):
    with pytest.raises(SettingsError, match="HEDGE_WATCH_PORT was"):
        wanted_ports({"HEDGE_WATCH_PORT": text}, Ports())
