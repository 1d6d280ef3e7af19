import threading

import pytest

from hedge_assets.object_store import ObjectError
from hedge_assets.shipping.carrying import carry
from hedge_assets.shipping.disk import DiskError


@pytest.mark.parametrize("kind", [ObjectError, DiskError])
def test_an_outage_is_said_when_it_begins_and_when_it_is_over_and_turns_go_on(kind):
    stop, said, turns = threading.Event(), [], []

    def turn():
        turns.append(1)
        if len(turns) in (2, 3):
            raise kind("unreachable", "nobody answers")
        if len(turns) == 5:
            stop.set()
        return True

    assert carry(turn, stop, every_s=0.01, say=said.append) == 5
    assert [line.partition(":")[0] for line in said] == ["fails, and is tried again every few seconds", "goes on after 2 failures"]
