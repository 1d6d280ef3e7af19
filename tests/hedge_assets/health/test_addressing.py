import pytest

from hedge_assets.health.addressing import addressed, cure_of
from hedge_assets.health.judge import Verdict


@pytest.mark.parametrize(
    ("cure", "meant"),
    [
        ("dagster asset materialize --select nav", """dagster asset materialize --select 'key:"alpha/nav"'"""),
        ("hedge journal verify ticks, then restore", "hedge journal verify ticks --account alpha, then restore"),
        (
            "is the executor running? hedge status shows its heartbeat",
            "is the executor running? hedge status --account alpha shows its heartbeat",
        ),
        ("make room, then executor resume", "make room, then executor resume --account alpha"),
        (
            "read the end of run/page.log, then stop and start with hedge up",
            "read the end of run/page.log, then stop and start with hedge up",
        ),
    ],
)
def test_every_command_of_a_cure_names_the_account_it_is_for(cure, meant):
    assert cure_of(cure, "alpha") == meant


def test_a_desk_with_one_account_says_what_it_always_said():
    verdict = Verdict(name="nav", path="state/nav.json", group="account", condition="missing", reason="gone", cure="hedge status")
    assert addressed(verdict, "") is verdict
    assert addressed(verdict, "beta").cure == "hedge status --account beta"


def test_nothing_looks_at_the_desk_as_a_whole_alone():
    assert cure_of("hedge status", "desk") == "hedge status"
    assert cure_of("dagster asset materialize --select nav", "desk") == """dagster asset materialize --select 'key:"desk/nav"'"""
