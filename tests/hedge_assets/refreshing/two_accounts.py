"""A desk of two accounts that the real executor traded a little on, with the states that its own are made from."""

import os
import subprocess
import sys
from pathlib import Path

from executor.clock import WallClock
from executor.flags import read_flags
from hedge_assets.catalog import scan
from hedge_assets.place import places_of
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place

ROOT = Path(__file__).parents[3]
FLAGS, STATES = read_flags({}), scan()
NEEDED = ("nav", "positions", "risk_snapshot", "health")
SETTINGS = """
[synthetic]
symbols = ["BTCUSDT", "ETHUSDT"]
[accounts.alpha]
seed = 1
[accounts.beta]
seed = 2
paper.balance_usd = 5000.0
"""


def two_accounts(folder: Path) -> tuple[Place, tuple[Place, ...]]:
    """The desk as a whole, and its accounts; settings are in `desk.toml`."""
    config = folder / "desk.toml"
    config.write_text(SETTINGS)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HEDGE_")}
    for name in ("alpha", "beta"):
        command = [sys.executable, "-m", "executor", "run", "--config", config, "--data", folder, "--account", name]
        subprocess.run([*map(str, command), "--loops", "200", "--speed", "max"], cwd=ROOT, env=clean, check=True, stdout=subprocess.DEVNULL)
    places = places_of({"HEDGE_DATA": str(folder), "HEDGE_CONFIG": str(config)})
    for place in places:
        refresh(place, STATES, NEEDED, clock=WallClock(), flags=FLAGS)
    return Place(root=folder, account="desk"), places
