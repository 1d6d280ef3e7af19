"""Time passes as the running loop says."""

import asyncio
import time

from executor.wire.passing import monotonic_ns, monotonic_s, monotonic_us


class Stands(asyncio.SelectorEventLoop):
    def time(self) -> float:
        return 12.5


def test_where_a_loop_runs_its_clock_is_meant() -> None:
    async def told() -> tuple[float, int, int]:
        return monotonic_s(), monotonic_us(), monotonic_ns()

    with asyncio.Runner(loop_factory=Stands) as runner:
        assert runner.run(told()) == (12.5, 12_500_000, 12_500_000_000)


def test_elsewhere_the_machines_is() -> None:
    before = time.monotonic()
    assert before <= monotonic_s() <= time.monotonic()
