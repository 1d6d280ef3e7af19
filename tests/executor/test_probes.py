"""What a venue says is judged question by question, within one time limit, and nothing but readings is asked."""

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from executor.clock import WallClock
from executor.configuration import settings_from
from executor.dialects._chosen import spoken
from executor.dialects.base import Dialect
from executor.errors import SettingsError
from executor.permission import PROBES, Finding
from executor.probes import NOTE, Reader, access_of, probe
from executor.protocol.facts import KeyFact, ModeFact
from executor.wire.access import Access
from executor.wire.secrets import key_of
from tests.executor.telling import BROKEN, GOOD, POSITION, SILENT, Asking, Telling, order

KEY = key_of("Kq7vT2mZx9LbW4", "s3Nf8RjYp0HdQaU6")
CLOCK_OFF_MS = 5_000
"""A busy machine answers late: what is tried here is not how fast it is."""


def access(port: int, mode: str = "live", **venue: Any) -> Access:
    said = {"symbols": ["BTCUSDT"], "route": f"127.0.0.1:{port}", "ca_file": "ca.pem", "clock_off_ms": CLOCK_OFF_MS, **venue}
    return access_of(settings_from({"mode": mode, "exchange": "ccxt:telling", "venue": said}, {}), KEY, WallClock())


def found(server: Telling, mode: str = "live", limit_s: float = 120.0, **venue: Any) -> dict[str, Finding]:
    findings = asyncio.run(probe(access(server.port, mode, **venue), factory=Asking, limit_s=limit_s))
    assert [one.condition for one in findings] == [*PROBES, NOTE]
    return {one.condition: one for one in findings}


def failing(findings: dict[str, Finding]) -> list[str]:
    return [name for name, one in findings.items() if not one.ok]


def test_an_account_that_is_as_it_should_be_is_well_and_was_only_read() -> None:
    with Telling() as server:
        findings = found(server)
        assert failing(findings) == []
        assert set(server.asked) == {"open", "server_us", "key", "mode", "positions", "leverages", "open_orders"}
    assert "all 1 of ours" in findings["reachable"].detail
    assert "0 open orders of others" in findings[NOTE].detail


@pytest.mark.parametrize(
    ("answers", "condition", "words"),
    [
        ({"open": {}}, "reachable", "BTCUSDT"),
        ({"clock_off_us": (CLOCK_OFF_MS + 1) * 1000}, "clock", "NTP"),
        ({"clock_off_us": -60_000_000}, "clock", "clock is -"),
        ({"key": None}, "key rights", "does not tell"),
        ({"key": replace(GOOD["key"], can_withdraw=True)}, "key rights", "withdrawals"),
        ({"mode": ModeFact(is_hedged=True)}, "account mode", "one-way"),
        ({"leverages": {"BTCUSDT": (20, "cross")}, "positions": [POSITION]}, "leverage", "20x cross"),
        ({"leverages": {"BTCUSDT": (3, "isolated")}, "positions": [POSITION]}, "leverage", "3x isolated"),
    ],
)
def test_what_is_wrong_is_a_finding_with_its_cure_and_no_other_try_mends_it(answers: dict[str, Any], condition: str, words: str) -> None:
    with Telling(**answers) as server:
        findings = found(server)
    assert failing(findings)[0] == condition
    assert words in findings[condition].detail
    assert ";" in findings[condition].detail
    assert not findings[condition].is_open


def test_leverage_that_the_start_can_still_set_is_told_not_refused() -> None:
    with Telling(leverages={"BTCUSDT": (20, "isolated"), "ETHUSDT": (1, "cross")}, positions=[POSITION]) as server:
        assert failing(found(server)) == ["leverage"]
        server.answers["positions"] = []
        findings = found(server)
    assert failing(findings) == []
    assert "the start will set BTCUSDT" in findings["leverage"].detail


def test_isolated_margin_does_not_go_with_margin_of_several_assets() -> None:
    with Telling(mode=ModeFact(is_hedged=False, is_multi_asset=True), leverages={}) as server:
        assert failing(found(server)) == []
        assert failing(found(server, margin="isolated")) == ["account mode"]


def test_demo_goes_on_without_the_rights_of_its_key() -> None:
    with Telling(key=None) as server:
        assert failing(found(server, "demo")) == []


def test_what_is_there_already_is_a_note() -> None:
    with Telling(open_orders=[order("h-3f-1"), order("web_1")], positions=[POSITION]) as server:
        findings = found(server)
    assert findings[NOTE].ok
    assert "1 open orders of others (BTCUSDT), 1 of ours, BTCUSDT -0.002" in findings[NOTE].detail


def test_a_question_without_an_answer_is_open_and_the_others_are_asked_all_the_same() -> None:
    with Telling(mode=BROKEN) as server:
        findings = found(server)
    assert failing(findings) == ["account mode"]
    assert findings["account mode"].is_open


def test_a_venue_that_is_not_there_is_said_once_and_everything_else_is_open() -> None:
    with Telling() as server:
        port = server.port
    findings = asyncio.run(probe(access(port), factory=Asking))
    assert [one.is_open for one in findings] == [True] * (len(PROBES) + 1)
    assert "ask again" in findings[0].detail
    assert all("not asked" in one.detail for one in findings[1:])


@pytest.mark.parametrize("question", ["open", "key", "open_orders"])
def test_silence_ends_with_the_time_limit(question: str) -> None:
    with Telling(**{question: SILENT}) as server:
        findings = found(server, limit_s=0.5)
    silent = [one for one in findings.values() if not one.ok]
    assert all(one.is_open for one in silent)
    assert "no answer within 0.5 s" in silent[0].detail


def test_a_reader_is_closed_whatever_happens_and_a_venue_that_cannot_be_spoken_to_is_a_finding() -> None:
    made: list[Asking] = []

    def factory(one: Access) -> Asking:
        made.append(Asking(one))
        return made[-1]

    with Telling(key=SILENT) as server:
        asyncio.run(probe(access(server.port), factory=factory, limit_s=0.5))
    assert made[0].is_closed

    def none(one: Access) -> Reader:
        raise SettingsError(f"{one.venue} is not known; name another")

    findings = asyncio.run(probe(access(1), factory=none))
    assert (findings[0].detail, findings[0].is_open) == ("telling is not known; name another", False)


def test_nobody_speaks_to_a_venue_on_paper_or_without_a_key() -> None:
    with pytest.raises(SettingsError):
        access_of(settings_from({}, {}), KEY, WallClock())
    with pytest.raises(SettingsError):
        access_of(settings_from({"mode": "demo", "exchange": "ccxt:telling"}, {}), None, WallClock())


def test_the_doctor_knows_of_a_dialect_only_what_changes_nothing() -> None:
    verbs = {name for name in vars(Dialect) if not name.startswith("_")}
    known = {name for name in vars(Reader) if not name.startswith("_")}
    assert known < verbs
    assert verbs - known >= {"send", "cancel", "set_leverage", "set_margin", "arm"}


def test_a_key_fact_of_every_kind_travels() -> None:
    fact = KeyFact(can_trade=True, can_withdraw=None, can_transfer=None, is_address_bound=None)
    with Telling(key=fact) as server:
        assert "not told to forbid withdrawals" in found(server)["key rights"].detail


def test_the_dialect_is_picked_by_the_venues_name() -> None:
    one = msgspec.structs.replace(access(1), venue="binanceusdm")
    findings = asyncio.run(probe(one, factory=spoken))
    assert (findings[0].condition, findings[0].ok) == (PROBES[0], False)
    assert "ca.pem" in findings[0].detail
