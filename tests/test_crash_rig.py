"""An executor at a real venue is killed two thousand times, a fifth of them at named points, a quarter of them with the power, while four
sendings in ten lose their answer and a second executor is begun beside it at times: nothing is sent twice, no fill is lost, doubled or
invented, no verdict is wrong, and every start is a good one."""

import re
import subprocess
import sys
from pathlib import Path

from tests.crash_rig.points import ONCE, POINTS

ROOT = Path(__file__).parents[1]
RIGS, KILLS, PLACED = 4, 400, 100
SAID = r"(\d+) (?:kills|placed|refused|cuts of|bytes|orders|fills|unknown|dead)"


def rig(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.crash_rig", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_two_thousand_kills_double_lose_and_invent_nothing():
    rigs = [rig("--kills", str(KILLS), "--points", str(PLACED), "--seed", str(seed)) for seed in range(1, RIGS + 1)]
    said = [each.communicate()[0] for each in rigs]
    assert [each.returncode for each in rigs] == [0] * RIGS, "\n".join(said)
    figures = [[int(number) for number in re.findall(SAID, re.findall(r"^seed .*$", text, re.MULTILINE)[0])] for text in said]
    kills, placed, refused, cuts, spoilt_bytes, orders, fills, unknown, _ = (sum(column) for column in zip(*figures, strict=True))
    assert kills == RIGS * (KILLS + PLACED) == 2_000
    assert placed > RIGS * PLACED / 2  # points that come late are not reached by every life
    assert refused > 5
    assert min(cuts, spoilt_bytes) > 100
    assert min(orders, fills) > 50  # there was something to lose
    assert unknown > 3


def test_there_are_named_points_on_the_whole_way_of_an_order():
    assert len({*POINTS}) >= 25
    assert {point.split(":")[0].split(".")[1] for point in POINTS} >= {"live", "courier", "dialects", "journal", "protocol", "desk"}
    assert {*ONCE} < {*POINTS}
