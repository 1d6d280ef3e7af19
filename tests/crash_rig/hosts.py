"""What ccxt says of the venue's hosts: `python -m tests.crash_rig.hosts`. A process of its own, since ccxt is most of the memory that
every fork of the zygote would have to carry."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from executor.clock import WallClock
from executor.settings import Venue
from executor.wire.access import Access
from executor.wire.library import built
from tests.crash_rig.desk import permit

ROOT = Path(__file__).parents[2]


def asked() -> Any:
    """An exchange that knows its hosts and nothing else, which is all that this dialect asks it for."""
    told = subprocess.run([sys.executable, "-m", "tests.crash_rig.hosts"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return SimpleNamespace(urls={"api": json.loads(told)})


if __name__ == "__main__":
    given = permit()
    print(json.dumps(built(Access(venue=given.dialect, mode=given.mode, settings=Venue(), key=given.key, clock=WallClock())).urls["api"]))
