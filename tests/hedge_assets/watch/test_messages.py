from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.health.incidents import Incident
from hedge_assets.watch.messages import TITLE_LETTERS, WHATS, Heading, Line, compose

AT_US = 1_767_225_600_000_000
HERE = Heading("box", "paper", "http://127.0.0.1:8700")


def incident(cause="stale", subject="nav", *, severity="error", reason="written 90 s ago", **more):
    told = {"id": f"{cause}-{subject}", "opened_us": AT_US, "seen_by": "watch", "cure": "hedge status"} | more
    return Incident(cause=cause, subject=subject, severity=severity, reason=reason, **told)


def opened(*incidents):
    return [Line("opened", each) for each in incidents]


def test_one_incident_is_its_severity_name_and_moment_then_why_what_to_do_and_whose():
    message = compose(opened(incident()), HERE)
    assert message.title == "ERROR nav stale since 2026-01-01 00:00:00 UTC"
    assert message.body == (
        "nav stale: written 90 s ago\n  to do: hedge status\n  more: docs/runbook.md#stale\n-- hedge, account paper on box, http://127.0.0.1:8700"
    )
    assert message.tone == "error"


def test_a_dead_executor_is_said_before_the_seventeen_files_that_it_made_stale():
    files = [incident(subject=f"file{number}", opened_us=AT_US - number) for number in range(16)]
    message = compose(opened(*files, incident("executor_dead", "executor", reach=1)), HERE)
    assert message.title.startswith("ERROR executor_dead (executor) since")
    assert message.title.endswith("and 16 more")
    assert message.body.startswith("executor_dead (executor): ")
    assert "and 14 more: " in message.body


def test_a_damaged_file_is_said_before_a_stale_one_and_an_error_before_a_warning():
    message = compose(opened(incident("late", "a", severity="warn"), incident("stale", "b"), incident("invalid", "c")), HERE)
    assert [line.split()[0] for line in message.body.splitlines() if not line.startswith((" ", "--"))] == ["c", "b", "a"]


def test_what_is_over_says_how_long_it_was_and_what_healed_it():
    ended = incident(closed_us=AT_US + 42_000_000, healed_by="rebuilt by Dagster")
    message = compose([Line("over", ended)], HERE)
    assert message.title == "OVER: ERROR nav stale after 42 s"
    assert "healed: rebuilt by Dagster" in message.body
    assert message.tone == "over"


def test_a_message_with_anything_open_is_as_severe_as_that():
    ended = incident(subject="b", closed_us=AT_US + 1)
    assert compose([Line("over", ended), Line("opened", incident("late", severity="warn"))], HERE).tone == "warn"


def test_without_an_account_or_a_page_none_is_made_up():
    assert compose(opened(incident()), Heading("box")).body.endswith("-- hedge, on box")


@given(st.lists(st.tuples(st.sampled_from(WHATS), st.text(), st.text(), st.text()), min_size=1, max_size=30))
def test_nothing_from_files_breaks_the_form(told):
    lines = [
        Line(what, incident(cause, subject, reason=reason, cure=reason, id=str(number), closed_us=AT_US))
        for number, (what, cause, subject, reason) in enumerate(told)
    ]
    message = compose(lines, HERE)
    assert message.title.isprintable()
    assert len(message.title) <= TITLE_LETTERS + len(", and 29 more")
    assert all(line.isprintable() for line in message.body.split("\n"))
    assert not set("<>@`*[]") & set(message.title + message.body)
    assert message.body.count("\n") <= 12
    assert len(message.body) < 8_000
