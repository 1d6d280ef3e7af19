"""What is to be thought of a file: one of `ok, empty, stale, missing, invalid`, with why and what to do.

Pure: a manifest row, the facts of the file, the present and the account in; a verdict out. Three clocks are
judged: the newest raw fact in it, when it was written, and (only told, never trusted) the file system's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hedge_assets.health.ages import age_text
from hedge_assets.health.evidence import FileFacts, JournalFacts
from hedge_assets.health.manifest import Row
from hedge_assets.health.parsing import Parsed, Unsound, microseconds, parse
from hedge_assets.spec import Deadlines

FileState = Literal["ok", "empty", "stale", "missing", "invalid"]
HEALTHY: tuple[FileState, ...] = ("ok", "empty")
FUTURE_S = 60.0
REASON_LETTERS = 400
RANGE = re.compile(r"[0-9]{1,18}\.\.(?P<last>[0-9]{1,18})")

KIND_FAULTS = {
    "directory": "a directory lies under the name",
    "link": "a symbolic link lies under the name; links are not followed",
    "special": "a special file lies under the name",
    "unreadable": "it cannot be read",
}


@dataclass(frozen=True)
class Present:
    """The moment of judging: the wall's time, the replayed feed's end (null when live), the account (null if unknown).

    `newest_seqs` is how far each journal reaches, where that is known.
    """

    now_us: int
    feed_end_us: int | None = None
    account: str | None = None
    newest_seqs: Mapping[str, int] = field(default_factory=dict)

    @property
    def facts_us(self) -> int:
        """The time by which raw facts are old or not."""
        return self.now_us if self.feed_end_us is None else self.feed_end_us


@dataclass(frozen=True)
class Verdict:
    """One file, judged. Ages in seconds, null when unknown; `cure` is what to do, null when healthy.

    `late` is true past the warning age and before the deadline. `since_us` is since when it is so, if known: what passed a deadline says
    itself when that was;
    `event_in_time` is about the age of its newest fact alone.
    """

    name: str
    path: str
    group: str
    condition: FileState
    reason: str | None
    cure: str | None = None
    late: bool = False
    n: int | None = None
    event_us: int | None = None
    written_us: int | None = None
    event_age_s: float | None = None
    written_age_s: float | None = None
    file_age_s: float | None = None
    size_bytes: int | None = None
    since_us: int | None = None
    is_replayed: bool = False
    event_in_time: Literal["ok", "late", "stale"] = "ok"

    @property
    def is_healthy(self) -> bool:
        """Whether nobody need act."""
        return self.condition in HEALTHY


def judge(row: Row, facts: FileFacts, present: Present) -> Verdict:
    """The verdict on one state file."""
    if facts.kind == "absent":
        return _verdict(row, "missing", f"no file {row.path}", _rebuild(row))
    if facts.kind == "too_large":
        return _sized(row, facts, present, f"it has {facts.size_bytes} bytes, at most {row.max_bytes} are allowed")
    if facts.kind != "file" or facts.content is None or row.shape is None:
        return _verdict(row, "invalid", f"{KIND_FAULTS[facts.kind]} ({facts.detail})", f"move {row.path} away, then {_rebuild(row)}")
    try:
        parsed = parse(facts.content, row.shape)
    except Unsound as unsound:
        return _sized(row, facts, present, str(unsound))
    fault = _foreign(row, parsed, present)
    if fault is not None:
        return _sized(row, facts, present, fault)
    return _aged(row, parsed, facts, present)


def _foreign(row: Row, parsed: Parsed, present: Present) -> str | None:
    """What makes a well-formed file not the one that is wanted."""
    said = parsed.envelope
    if said.schema_.name != row.name:
        return f"schema is {said.schema_.name[:60]!r}, must be {row.name!r}"
    if said.schema_.version != row.schema_version:
        return f"schema version was {said.schema_.version}, must be {row.schema_version}"
    if present.account is not None and said.account not in (None, present.account):
        return f"account was {str(said.account)[:60]!r}, the executor trades {present.account!r}"
    if said.n < 0:
        return f"n was {said.n}, must be at least 0"
    if said.status == "empty" and not row.may_be_empty:
        return f"it is empty ({said.reason or 'no reason given'}), and must not be"
    if said.status == "empty" and not said.reason:
        return "it is empty and says no reason"
    return _beyond(parsed, present) or _future(parsed, present)


def _beyond(parsed: Parsed, present: Present) -> str | None:
    """In words, that it was made from records which its journal does not have (any more)."""
    for each in parsed.envelope.inputs:
        said, newest_seq = RANGE.fullmatch(each.version), present.newest_seqs.get(each.name)
        if said is not None and newest_seq is not None and int(said["last"]) > newest_seq:
            return f"it was made from record {said['last']} of {each.name[:60]}, which ends with {newest_seq}"
    return None


def _future(parsed: Parsed, present: Present) -> str | None:
    said = parsed.envelope
    ahead_s = (microseconds(said.written_ts) - present.now_us) / 1e6
    if ahead_s > FUTURE_S:
        return f"written_ts is {ahead_s:.0f} s in the future, at most {FUTURE_S:.0f} s are borne; set the clock right"
    if said.event_ts is None:
        return None
    end_us = microseconds(said.as_of_ts) if said.clock == "feed" and said.as_of_ts else present.now_us
    ahead_s = (microseconds(said.event_ts) - end_us) / 1e6
    if ahead_s > FUTURE_S:
        return f"event_ts is {ahead_s:.0f} s in the future, at most {FUTURE_S:.0f} s are borne; set the clock right"
    return None


def _aged(row: Row, parsed: Parsed, facts: FileFacts, present: Present) -> Verdict:
    """The verdict on a sound file: only its ages are left to be judged."""
    said = parsed.envelope
    written_us = microseconds(said.written_ts)
    written_age_s = seconds_between(written_us, present.now_us)
    event_us = parsed.document.event_us
    replayed = said.clock == "feed" and said.as_of_ts is not None
    end_us = microseconds(said.as_of_ts) if replayed and said.as_of_ts else present.now_us
    event_age_s = None if event_us is None else seconds_between(event_us, end_us)
    stale = over("written", written_age_s, row.written_deadlines, "fail") or over("newest fact", event_age_s, row.event_deadlines, "fail")
    late = over("written", written_age_s, row.written_deadlines, "warn") or over("newest fact", event_age_s, row.event_deadlines, "warn")
    said_so = "; ".join(part for part in (stale or late, said.reason) if part) or None
    condition: FileState = "stale" if stale else said.status
    cure = _cure_for_stale(row, written_age_s) if stale else None
    return _verdict(
        row,
        condition,
        said_so,
        cure,
        late=bool(late) and not stale,
        n=said.n,
        event_us=event_us,
        written_us=written_us,
        event_age_s=event_age_s,
        written_age_s=written_age_s,
        file_age_s=_file_age_s(facts.mtime_us, present),
        size_bytes=facts.size_bytes,
        is_replayed=replayed,
        event_in_time=in_time(event_age_s, row.event_deadlines),
        since_us=first_of(
            passed_us(written_age_s, row.written_deadlines, present.now_us),
            None if replayed else passed_us(event_age_s, row.event_deadlines, present.now_us),
        ),
    )


def judge_journal(row: Row, facts: JournalFacts, present: Present) -> Verdict:
    """The verdict on one raw journal, by the age of its newest record."""
    start = "start the executor: python -m executor run"
    if facts.segments == 0 and facts.fault is None:
        return _verdict(row, "missing", f"no journal under {row.path}", start)
    age_s = None if facts.newest_us is None else seconds_between(facts.newest_us, present.facts_us)
    if age_s is not None and present.feed_end_us is not None:
        age_s = max(age_s, 0.0)  # history has no future: a replay's journals are written in turn
    told: dict[str, Any] = {"event_us": facts.newest_us, "event_age_s": age_s, "size_bytes": facts.size_bytes, "n": facts.newest_seq}
    told["is_replayed"] = present.feed_end_us is not None
    told["file_age_s"] = _file_age_s(facts.mtime_us, present)
    if facts.fault is not None:
        return _verdict(row, "invalid", facts.fault, f"hedge journal verify {row.name.rpartition('/')[2]}", **told)
    if age_s is not None and -age_s > FUTURE_S:
        return _verdict(
            row,
            "invalid",
            f"newest record is {-age_s:.0f} s in the future, at most {FUTURE_S:.0f} s are borne",
            "set the machine's clock right",
            **told,
        )
    if facts.newest_us is None:
        return _verdict(row, "empty" if row.may_be_empty else "stale", "no record yet", None if row.may_be_empty else start, **told)
    stale = over("newest record", age_s, row.event_deadlines, "fail")
    late = over("newest record", age_s, row.event_deadlines, "warn")
    told["since_us"] = None if told["is_replayed"] else passed_us(age_s, row.event_deadlines, present.now_us)
    return _verdict(row, "stale" if stale else "ok", stale or late, start if stale else None, late=bool(late) and not stale, **told)


def over(what: str, age_s: float | None, deadlines: Deadlines | None, which: Literal["warn", "fail"]) -> str | None:
    """In words, that an age passed its line; null while it has not, or there is no line."""
    if age_s is None or deadlines is None:
        return None
    limit_s = deadlines.fail_s if which == "fail" else deadlines.warn_s
    if age_s <= limit_s:
        return None
    return f"{what} {age_text(age_s)} ago, {'deadline' if which == 'fail' else 'expected within'} {limit_s:.0f} s"


def passed_us(age_s: float | None, deadlines: Deadlines | None, now_us: int) -> int | None:
    """When an age passed its deadline; null while it has not, or there is none. Nobody need have looked then."""
    if age_s is None or deadlines is None or age_s <= deadlines.fail_s:
        return None
    return now_us - round((age_s - deadlines.fail_s) * 1e6)


def first_of(*moments_us: int | None) -> int | None:
    """The earliest of those that are known."""
    return min((moment_us for moment_us in moments_us if moment_us is not None), default=None)


def in_time(age_s: float | None, deadlines: Deadlines | None) -> Literal["ok", "late", "stale"]:
    """Where an age stands; an unknown age, or one without deadlines, is in time."""
    if age_s is None or deadlines is None or age_s <= deadlines.warn_s:
        return "ok"
    return "stale" if age_s > deadlines.fail_s else "late"


def seconds_between(then_us: int, now_us: int) -> float:
    """From then to now, in seconds; negative when then is ahead."""
    return (now_us - then_us) / 1e6


def _cure_for_stale(row: Row, written_age_s: float) -> str:
    limit = row.written_deadlines
    if limit is not None and written_age_s > limit.fail_s:
        return f"is Dagster running? else {_rebuild(row)}"
    return "is the executor running? hedge status shows its heartbeat"


def _rebuild(row: Row) -> str:
    return f"dagster asset materialize --select {row.name}"


def _file_age_s(mtime_us: int | None, present: Present) -> float | None:
    return None if mtime_us is None else seconds_between(mtime_us, present.now_us)


def _sized(row: Row, facts: FileFacts, present: Present, reason: str) -> Verdict:
    age_s = _file_age_s(facts.mtime_us, present)
    return _verdict(row, "invalid", reason, _rebuild(row), size_bytes=facts.size_bytes, file_age_s=age_s)


def _verdict(row: Row, condition: FileState, reason: str | None, cure: str | None, **told: Any) -> Verdict:
    said = None if reason is None else one_line(reason)
    return Verdict(name=row.name, path=row.path, group=row.group, condition=condition, reason=said, cure=cure, **told)


def one_line(text: str) -> str:
    """A file's words as one line that no terminal obeys."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:REASON_LETTERS])
