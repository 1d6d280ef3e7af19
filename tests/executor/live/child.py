"""The executor's command line with one more strategy: `python -m tests.executor.live.child run …`."""

from pathlib import Path

import executor.strategies
from executor.__main__ import main

if __name__ == "__main__":
    executor.strategies.__path__.append(str(Path(__file__).with_name("plugs")))
    main()
