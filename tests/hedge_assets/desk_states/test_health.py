from hedge_assets.desk_states.health import desk_health, rows_are_counted
from hedge_assets.health.condition import Finding
from hedge_assets.health.judge import Verdict
from hedge_assets.states.health import health
from tests.hedge_assets.desk_states.sums import census


def made_verdict(condition: str) -> Verdict:
    return Verdict(name="nav", path="state/nav.json", group="account", condition=condition, reason="why", cure="do", late=False)


def finding() -> Finding:
    return Finding(condition="disk_full", subject="disk", severity="error", reason="0 bytes", cure="make room", reach=1)


WELL = health((made_verdict("ok"),), (), 1)
ILL = health((made_verdict("stale"),), (), 1)
FULL = health((made_verdict("ok"),), (finding(),), 1)


def test_who_is_not_well_comes_first_with_what_to_look_at():
    made = desk_health({"alpha": WELL, "beta": ILL, "gamma": FULL}, {}, census("alpha", "beta", "gamma"))
    assert [(row.account, row.is_well, row.worst) for row in made.rows] == [
        ("beta", False, "nav is stale: why"),
        ("gamma", False, "disk full (disk): 0 bytes"),
        ("alpha", True, None),
    ]
    assert (made.unwell, made.accounts, made.n) == (2, 3, 3)
    assert made.reason.startswith("2 of 3 accounts need attention: beta: nav is stale")
    assert rows_are_counted(made) is None


def test_an_account_that_says_nothing_is_not_well():
    made = desk_health({"alpha": WELL}, {}, census("alpha", "beta", health={"beta": "missing"}))
    assert (made.unwell, made.rows[0].account, made.rows[0].is_well, made.rows[0].worst) == (
        1,
        "beta",
        None,
        "health is not known: missing",
    )
