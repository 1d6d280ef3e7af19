"""A document on paper may use its own style, and nothing else."""

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.showing.paper import TEMPLATES, paper_style, policy, strict_policy


@given(st.text(max_size=200))
def test_a_strict_policy_names_the_very_style_that_is_meant(style):
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert strict_policy(style) == policy(f"'sha256-{digest}'")
    assert "unsafe" not in strict_policy(style)


def test_nothing_may_be_fetched_run_or_sent():
    said = dict(each.strip().split(" ", 1) for each in policy().split(";"))
    assert said == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_a_documents_own_style_comes_after_that_of_all(tmp_path):
    (tmp_path / "own.css").write_text("b { color: red }", "utf-8")
    style = paper_style(tmp_path / "own.css")
    assert style.startswith((TEMPLATES / "paper.css").read_text("utf-8"))
    assert style.endswith("b { color: red }")
