"""A process that has imported everything and forks an executor whenever a line asks for one: `python -m tests.crash_rig.zygote`.

A line is a `Birth`; it answers with the child's process id, and once it was waited for, with how it ended.
"""

import asyncio
import os
import sys
import traceback

import ccxt.async_support.binanceusdm  # noqa: F401 - what a live start imports late is here before the fork
import msgspec

import executor.dialects.binanceusdm
import executor.live.run
import executor.pipeline.v5
import executor.pipeline.v6  # noqa: F401
from executor.live.run import LiveRun
from tests.crash_rig.bugs import planted
from tests.crash_rig.desk import Place, hastened, order_of, permit
from tests.crash_rig.points import armed


class Birth(msgspec.Struct, frozen=True, kw_only=True):
    """What a child is to be: where, by which pipeline, killed where (empty: from outside), with which bug planted (empty: none)."""

    place: Place
    pipeline: str
    point: str = ""
    when: str = "before"
    nth: int = 1
    bug: str = ""


def child(birth: Birth) -> int:
    """Trade until killed or told to stop; gives the exit code."""
    os.umask(0o077)
    hastened()
    if birth.bug:
        planted(birth.bug)
    if birth.point:
        armed(birth.point, birth.when, birth.nth)
    asyncio.run(LiveRun(order_of(birth.place, birth.pipeline), permit(), lambda _: None).run())
    return 0


def main() -> None:
    decoder = msgspec.json.Decoder(Birth)
    for line in sys.stdin.buffer:
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                code = child(decoder.decode(line))
            except BaseException:  # noqa: BLE001  a child ends here, whatever ended it
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
