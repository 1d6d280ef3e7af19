"""The rig that kills executors finds the bugs that are planted in them: the test of that test."""

import pytest

from tests.crash_rig.bugs import BUGS
from tests.test_crash_rig import rig

FRESH = ("--kills", "6", "--points", "0", "--pace", "2", "--every", "2")  # who has doubled an order once stops trading, and doubles no more
UNFENCED = ("--kills", "25", "--points", "0", "--pace", "2", "--window-ms", "3000")  # long enough for a busy machine to believe too early
FEW = ("--kills", "12", "--points", "0", "--pace", "2")
WRITTEN = ("--kills", "0", "--points", "15", "--pace", "2", "--at", "executor.journal.pen:Pen.write")
SENT = ("--kills", "0", "--points", "8", "--pace", "2", "--at", "executor.dialects.binanceusdm:BinanceUsdm.send")
CUT = ("--kills", "25", "--points", "0", "--pace", "2", "--cuts", "1")
BESIDE = ("--kills", "8", "--points", "0", "--pace", "3", "--beside", "1")
MOST_TRIES = 8
TRIES = {
    "naive_retry": (FRESH, "doubled_decisions"),
    "no_fence": (UNFENCED, "wrong_verdicts"),
    "no_dedupe": (FEW, "doubled_fills"),
    "no_doubt": (SENT, "untold_orders"),
    "no_gate": (WRITTEN, "unjournaled_orders"),
    "no_checksum": (CUT, "damage"),
    "lock_file": (BESIDE, "sent_beside"),
}


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_planted_bug_is_found(bug):
    words, promise = TRIES[bug]
    said = ""
    for seed in range(3, 3 + MOST_TRIES):  # chance decides what a kill meets, and on a busy machine it meets less
        with rig(*words, "--seed", str(seed), "--bug", bug) as process:
            said += process.communicate()[0]
        if f"NOT kept: {promise}: " in said:
            break
    assert f"NOT kept: {promise}: " in said
