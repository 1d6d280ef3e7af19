from tests.hedge_assets.conditions.scenes import beat, said, with_pulse


def noted(over):
    return said("budget_short", with_pulse("executor", beat(note={"journal_over_budget_bytes": over})))


def test_journals_that_must_stay_beyond_their_budget_are_told():
    assert (noted(0), noted(None), noted(5)) == ([], [], [("raw", "warn")])
