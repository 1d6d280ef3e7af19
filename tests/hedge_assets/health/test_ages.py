import re
from pathlib import Path

import pytest

from hedge_assets.health.ages import UNITS, age_text

SCRIPT = Path(__file__).parents[3] / "ops" / "dashboard" / "static" / "page.js"


@pytest.mark.parametrize(
    ("age_s", "text"),
    [(None, "-"), (0.4, "0 s"), (-0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (200_000, "2 d"), (-200_000, "-2 d")],
)
def test_an_age_is_said_as_a_person_would(age_s, text):
    assert age_text(age_s) == text


def test_the_script_of_the_operator_page_says_it_by_the_same_units():
    told = re.findall(r"\[(\d+), \"(\w+)\"\]", SCRIPT.read_text())
    assert [(int(size_s), unit) for size_s, unit in told] == list(UNITS)
