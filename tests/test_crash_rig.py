"""An executor at a real venue is killed two thousand times, a fifth of them at named points, while four sendings in ten lose their answer:
nothing is sent twice, no fill is lost, doubled or invented, no verdict is wrong; and bugs that are planted are found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash_rig.bugs import BUGS
from tests.crash_rig.points import POINTS

ROOT = Path(__file__).parents[1]
RIGS, KILLS, PLACED = 4, 400, 100


def rig(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.crash_rig", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_two_thousand_kills_double_lose_and_invent_nothing():
    rigs = [rig("--kills", str(KILLS), "--points", str(PLACED), "--seed", str(seed)) for seed in range(1, RIGS + 1)]
    said = [each.communicate()[0] for each in rigs]
    assert [each.returncode for each in rigs] == [0] * RIGS, "\n".join(said)
    figures = [[int(number) for number in re.findall(r"(\d+) (?:kills|orders|fills|unknown|dead)", text)] for text in said]
    kills, orders, fills, unknown, _ = (sum(column) for column in zip(*figures, strict=True))
    assert kills == RIGS * (KILLS + PLACED) == 2_000
    assert min(orders, fills) > 50  # there was something to lose
    assert unknown > 3


LIVES = ("--kills", "25", "--points", "0", "--pace", "2")
WRITTEN = ("--kills", "0", "--points", "25", "--pace", "2", "--at", "executor.journal.pen:Pen.write")
SENT = ("--kills", "0", "--points", "15", "--pace", "2", "--at", "executor.dialects.binanceusdm:BinanceUsdm.send")
TRIES = {"naive_retry": LIVES, "no_fence": LIVES, "no_dedupe": LIVES, "no_doubt": SENT, "no_gate": WRITTEN}


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_planted_bug_is_found(bug):
    said = ""
    for seed in ("3", "4", "5"):  # chance decides what a kill meets, the more so where the machine is slow
        with rig(*TRIES[bug], "--seed", seed, "--bug", bug) as process:
            said += process.communicate()[0]
        if process.returncode == 1:
            break
    assert "NOT kept" in said


def test_there_are_named_points_on_the_whole_way_of_an_order():
    assert len({*POINTS}) >= 25
    assert {point.split(":")[0].split(".")[1] for point in POINTS} >= {"live", "courier", "dialects", "journal", "protocol", "desk"}
