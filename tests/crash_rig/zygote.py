"""A process that has imported everything and forks an executor whenever a line asks for one: `python -m tests.crash_rig.zygote`.

A line is a `Birth`; it answers with the child's process id, and whenever a child is over with its id and how it ended.
"""

import asyncio
import contextlib
import ctypes
import encodings.idna  # noqa: F401
import gc
import os
import selectors
import signal
import sys
import traceback

import msgspec

import executor.dialects.binanceusdm  # what a live start imports late is here before the fork
import executor.live.run
import executor.pipeline.v5
import executor.pipeline.v6  # noqa: F401
from executor import boot
from executor.dialects import _binance_line
from executor.errors import HedgeError, LockError
from executor.journal.ring import ring_of
from executor.live.run import LiveRun
from tests.crash_rig.bugs import planted
from tests.crash_rig.desk import Birth, hastened, order_of, permit, signed
from tests.crash_rig.hosts import asked
from tests.crash_rig.points import armed
from tests.crash_rig.power import witnessed

DEFECT = 70
PR_SET_PDEATHSIG = 1


def warmed() -> None:
    """What every child would find out alike is known before the fork: packages and their versions, what ccxt knows of the venue."""
    versions, exchange = boot.versions(), asked()
    boot.versions, _binance_line.built = (lambda: versions), (lambda _: exchange)  # type: ignore[assignment]
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        ring, _ = ring_of(loop)
        if ring is not None:
            ring.close()
    gc.collect()
    gc.freeze()  # what is here already is never looked through again, and stays one memory


def child(birth: Birth) -> int:
    """Trade until killed or told to stop; gives the exit code."""
    os.umask(0o077)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a rig that is killed leaves no executor behind
    hastened()
    signed()
    witnessed(birth.place)
    if birth.bug:
        planted(birth.bug)
    if birth.point:
        armed(birth.point, birth.when, birth.nth)
    asyncio.run(LiveRun(order_of(birth.place, birth.pipeline), permit(), lambda _: None).run())
    return 0


def begun(birth: Birth) -> int:
    """A child that is this process once more; its id."""
    pid = os.fork()
    if pid:
        return pid
    code = DEFECT
    try:
        code = child(birth)
    except LockError as refusal:
        code = refusal.exit_code
    except HedgeError as refusal:
        code = refusal.exit_code
        print(f"child {os.getpid()} ends with {code}: {refusal}", file=sys.stderr)
    except BaseException:  # noqa: BLE001  a child ends here, whatever ended it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    warmed()
    decoder = msgspec.json.Decoder(Birth)
    with selectors.DefaultSelector() as waiting:
        waiting.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.data is not None:
                    waiting.unregister(key.fd)
                    os.close(key.fd)
                    _, status = os.waitpid(key.data, 0)
                    print(key.data, os.waitstatus_to_exitcode(status), flush=True)
                elif line := sys.stdin.buffer.readline():  # one at a time: the next comes when this was answered
                    pid = begun(decoder.decode(line))
                    waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
                    print(pid, flush=True)
                else:
                    return


if __name__ == "__main__":
    main()
