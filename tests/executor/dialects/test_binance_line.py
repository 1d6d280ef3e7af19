"""What the venue says of its limits, its clock and its keys is believed where it can be."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.dialects._binance_line import window_of
from executor.dialects._binance_private import private_stream
from executor.wire.budget import Window
from executor.wire.reply import Unanswered
from tests.executor.dialects.venues import opened
from tests.local_venue.faults import Fault

ROW = {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2)
)


def test_a_limit_is_read():
    assert window_of(ROW) == Window(kind="orders", span_us=10_000_000, limit=300, header="X-MBX-ORDER-COUNT-10S")


@pytest.mark.parametrize(
    "changed",
    [{"rateLimitType": ["x"]}, {"rateLimitType": {}}, {"interval": []}, {"intervalNum": "10"}, {"limit": 0}, {"intervalNum": 10**12}],
)
def test_a_limit_that_is_not_understood_is_none(changed):
    assert window_of(ROW | changed) is None


@given(st.sampled_from(sorted(ROW)), ANYTHING)
def test_no_row_whatever_is_more_than_a_limit_or_none(field, value):
    found = window_of(ROW | {field: value})
    assert found is None or (found.limit >= 1 and 0 < found.span_us <= 1_000 * 86_400_000_000)


@pytest.mark.parametrize("body", ['{"serverTime":99999999999999999999}', '{"serverTime":-5}', "[" * 20_000 + "]" * 20_000, "{}"])
def test_a_time_that_none_can_be_is_no_answer(body):
    async def scene():
        async with opened() as (venue, dialect):
            before = dialect.server_now_us()
            venue.faults.add(Fault(action="body", path="/fapi/v1/time", body=body))
            with pytest.raises(Unanswered, match="time"):
                await dialect.server_us()
            return before, dialect.server_now_us()

    before, after = asyncio.run(scene())
    assert abs(after - before) < 60_000_000


@pytest.mark.parametrize("body", ['{"listenKey":5}', "{}", "", "[" * 20_000 + "]" * 20_000])
def test_a_key_of_the_private_stream_that_is_none_is_no_answer(body):
    async def scene():
        async with opened() as (venue, dialect):
            keys = private_stream(dialect.line, None, dialect.server_now_us)._keys
            venue.faults.add(Fault(action="body", method="POST", path="/fapi/v1/listenKey", body=body))
            with pytest.raises(Unanswered):
                await keys.new_key()
            return await keys.new_key()

    assert asyncio.run(scene())
