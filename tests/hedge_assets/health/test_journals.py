"""A journal is looked at while others move it: what is told of it was so at some moment of the look."""

from collections.abc import Callable
from pathlib import Path

import pytest

from executor.journal import audit
from executor.journal.audit import tail_of
from executor.journal.segments import listed, pack
from executor.records.streams import STREAMS
from hedge_assets.health import journals
from hedge_assets.health.journals import opens_with_a_replay, peek
from tests.hedge_assets.builders import T0, account, boot, heartbeat, quote
from tests.hedge_assets.journals import write


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    write(tmp_path, [boot(T0), quote(T0), account(T0), heartbeat(T0, loop=9)])
    return tmp_path / "raw"


def between(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen once, after the listing and before the reading."""
    due = [happens]

    def reads(*words):  # type: ignore[no-untyped-def]
        while due:
            due.pop()()
        return tail_of(*words)

    monkeypatch.setattr(journals, "tail_of", reads)


@pytest.mark.parametrize("stream", STREAMS)
def test_one_that_goes_away_under_the_eyes_is_missing_and_not_without_records(raw, stream, monkeypatch):
    between(monkeypatch, lambda: (raw / stream).rename(raw / "aside"))
    facts, newest = peek(raw, stream)
    assert (facts.segments, facts.fault, newest) == (0, None, ())


@pytest.mark.parametrize("stream", STREAMS)
def test_one_whose_segment_gets_another_name_under_the_eyes_is_whole(raw, stream, monkeypatch):
    [segment] = (raw / stream).glob("*.jsonl")
    between(monkeypatch, lambda: segment.rename(segment.with_name(segment.name.replace("1-", "2-", 1))))
    facts, newest = peek(raw, stream)
    assert (facts.segments, facts.first_seq, facts.fault) == (1, 2, None)
    assert newest


def test_a_replay_whose_first_segment_is_packed_under_the_eyes_is_a_replay(tmp_path, monkeypatch):
    write(tmp_path, [boot(T0, time="feed")])
    [segment] = (tmp_path / "raw" / "orders").glob("*.jsonl")
    due = [segment]

    def reads(*words):  # type: ignore[no-untyped-def]
        found = listed(*words)
        while due:
            pack(due.pop(), sync=False)
        return found

    monkeypatch.setattr(audit, "listed", reads)
    assert opens_with_a_replay(tmp_path / "raw")
    assert not list((tmp_path / "raw" / "orders").glob("*.jsonl"))
