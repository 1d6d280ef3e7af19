from tests.hedge_assets.conditions.scenes import beat, said, with_pulse


def oldest(run_s, **given):
    return said("run_stuck", with_pulse("dagster", beat("dagster", note={"oldest_run_s": run_s}, **given)))


def test_a_run_past_its_limit_is_told_and_one_that_was_not_ended_either_is_an_error():
    assert (oldest(299.0), oldest(301), oldest(601.5)) == ([], [("dagster", "warn")], [("dagster", "error")])


def test_no_run_no_word_and_nobody_who_says_are_no_fault():
    assert (oldest(None), oldest("long"), oldest(1e6, age_s=500)) == ([], [], [])
