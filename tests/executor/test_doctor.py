"""The doctor names each condition, whether it holds, and the cure; a start rests on what it says."""

import json
from pathlib import Path
from typing import Any

import pytest

from executor import accounts
from executor.checkpoint import NAME
from executor.clock import WallClock
from executor.configuration import read_table, settings_from
from executor.doctor import Doors, Finding, admit, examine, siblings
from executor.errors import SettingsError
from executor.permission import PROBES, Unproved
from executor.probes import NOTE
from executor.protocol.facts import ModeFact
from executor.wire.redaction import Censor
from executor.wire.secrets import account_name
from tests.executor.advised import file_of, put, routing
from tests.executor.telling import BROKEN, Asking, Telling

KEY, SECRET = "Kq7vT2mZx9LbW4", "s3Nf8RjYp0HdQaU6"
LIVE = {"ENV": "prod", "ALLOW_PROD_WRITE": "1"}
HERE = ("flags", "settings", "data directory", "disk", "recording", "checkpoint", "suggestions")
SAID = ("mode", "market", "universe", "stand-in", "key", "acknowledgement", "ENV", "ALLOW_PROD_WRITE")


def found(root: Path, environ: dict[str, str] | None = None, config: Path | None = None, **more: Any) -> dict[str, Finding]:
    return {finding.condition: finding for finding in examine(root, config, environ or {}, **more)}


def failing(findings: dict[str, Finding]) -> set[str]:
    return {name for name, finding in findings.items() if not finding.ok}


def doors() -> Doors:
    return Doors(factory=Asking)


def written(folder: Path, port: int, mode: str = "live", acknowledged: str = account_name(KEY)) -> Path:
    """A settings file whose venue is the server at this port, with its key and its certificate."""
    key, ca, config = folder / "key.json", folder / "ca.pem", folder / "live.toml"
    key.unlink(missing_ok=True)
    key.write_text(json.dumps({"key": KEY, "secret": SECRET}))
    key.chmod(0o400)
    ca.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    venue = {"key_file": str(key), "acknowledged": acknowledged, "route": f"127.0.0.1:{port}", "ca_file": str(ca), "clock_off_ms": 5000}
    top = {"mode": mode, "exchange": "ccxt:telling", "feed": "live"}
    lines = [*(f"{name} = {json.dumps(value)}" for name, value in top.items()), "[venue]", 'symbols = ["BTCUSDT"]']
    config.write_text("\n".join([*lines, *(f"{name} = {json.dumps(value)}" for name, value in venue.items())]))
    return config


def test_a_fresh_machine_is_well(tmp_path: Path) -> None:
    findings = found(tmp_path / "logs")
    assert failing(findings) == set()
    assert tuple(findings) == HERE + SAID


def test_what_would_stop_a_start_is_said_in_its_own_words(tmp_path: Path) -> None:
    config = tmp_path / "a.toml"
    config.write_text("sed = 3")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / NAME).write_text("rubbish")
    findings = found(tmp_path, {"ENV": "prod"}, config)
    assert {name for name, finding in findings.items() if not finding.ok} == {"flags", "settings", "checkpoint"}
    assert "ALLOW_PROD_WRITE" in findings["flags"].detail
    assert "sed" in findings["settings"].detail
    assert "damaged" in findings["checkpoint"].detail


def test_what_would_become_of_suggestions_is_told_and_stops_nothing(tmp_path: Path) -> None:
    on = {"ROUTER_AUTOTUNE_V6_APPLY_ENABLED": "1"}
    assert "ROUTER_AUTOTUNE_V6_APPLY_ENABLED is 0" in found(tmp_path)["suggestions"].detail
    now_us = WallClock().now_us()
    put(tmp_path, "router", file_of("router", routing(), routing("ENAUSDT", n=2), made_us=now_us))
    told = found(tmp_path, on)["suggestions"]
    assert told.ok
    assert "BTCUSDT would follow v1: offset_bps 0.5: asked 3, apply.offset_step_bps 0.5 allows no more" in told.detail
    assert "ENAUSDT would be refused: it rests on 2 worked intents" in told.detail
    put(tmp_path, "router", b"{")
    assert "the file would be refused: it is not JSON" in found(tmp_path, on)["suggestions"].detail


def test_a_rehearsal_of_live_trading_is_well_when_the_venue_says_so(tmp_path: Path) -> None:
    with Telling() as server:
        findings = found(tmp_path, {"ENV": "test"}, written(tmp_path, server.port), doors=doors())
    assert failing(findings) == set()
    assert tuple(findings) == (*HERE, *SAID, *PROBES, NOTE)


def test_the_doctor_reads_at_the_venue_before_the_last_yeses_and_prints_the_name_to_set(tmp_path: Path) -> None:
    with Telling() as server:
        findings = found(tmp_path, {"ENV": "dev"}, written(tmp_path, server.port, acknowledged=""), doors=doors())
        assert len(server.asked) > len(PROBES)
    assert failing(findings) == {"acknowledgement", "ENV"}
    assert f'acknowledged = "{account_name(KEY)}"' in findings["acknowledgement"].detail


@pytest.mark.parametrize(
    ("beta", "is_refused"),
    [
        ("", True),
        ('[accounts.beta.venue]\nkey_file = "{folder}/copy.json"\n', True),
        ('[accounts.beta.venue]\nkey_file = "{folder}/other.json"\n', False),
        ('[accounts.beta.venue]\nkey_file = "{folder}/nowhere.json"\n', False),
        ('[accounts.beta]\nmode = "paper"\nexchange = "paper"\n', False),
    ],
    ids=["the same file", "a copy", "another", "unreadable", "paper"],
)
def test_two_accounts_with_one_key_are_refused_since_their_money_would_be_counted_twice(tmp_path, beta, is_refused) -> None:
    config = written(tmp_path, 1)
    for name, key in (("copy", KEY), ("other", KEY[::-1])):
        (tmp_path / f"{name}.json").write_text(json.dumps({"key": key, "secret": SECRET}))
        (tmp_path / f"{name}.json").chmod(0o400)
    tables = "\n[accounts.alpha]\n" + (beta.replace("{folder}", str(tmp_path)) or "[accounts.beta]\n")
    config.write_text(config.read_text() + tables)
    key = found(tmp_path, {"ENV": "test"}, config, account="alpha", doors=doors(), offline=True)["key"]
    assert key.ok != is_refused
    assert ("so is that of [accounts.beta]" in key.detail) == is_refused
    table = read_table(config)
    settings = settings_from(accounts.table_of(table, "alpha"), {})
    if is_refused:
        with pytest.raises(SettingsError, match="give each a key of its own"):
            admit(tmp_path, settings, {"ENV": "test"}, others=siblings(table, "alpha"))


def test_offline_or_with_anything_before_it_amiss_no_venue_is_asked(tmp_path: Path) -> None:
    with Telling() as server:
        config = written(tmp_path, server.port)
        assert failing(found(tmp_path, {"ENV": "test"}, config, doors=doors(), offline=True)) == set()
        (tmp_path / "key.json").chmod(0o644)
        findings = found(tmp_path, {"ENV": "test"}, config, doors=doors())
        assert failing(findings) == {"key", "acknowledgement", "venue"}
        assert "0644" in findings["key"].detail
        assert failing(found(tmp_path, LIVE, written(tmp_path, server.port), doors=doors())) == {"stand-in", "ENV", "venue"}
        assert server.asked == []


def test_a_start_is_permitted_when_all_of_it_holds_and_the_censor_knows_the_key_from_then_on(tmp_path: Path) -> None:
    with Telling() as server:
        used = Doors(factory=Asking, censor=Censor())
        settings = settings_from(read_table(written(tmp_path, server.port)), {})
        leave = admit(tmp_path, settings, {"ENV": "test"}, doors=used)
    assert (leave.mode, leave.reach, leave.dialect) == ("live", "stand-in", "telling")
    assert leave.key is not None
    assert SECRET not in used.censor.text(f"a {SECRET} {KEY} b")
    assert SECRET not in repr(leave)


def test_paper_is_admitted_without_a_key_and_asks_nobody(tmp_path: Path) -> None:
    leave = admit(tmp_path, settings_from({}, {}), {})
    assert (leave.reach, leave.key) == ("nowhere", None)


@pytest.mark.parametrize("environ", [{}, {"ENV": "dev", "ALLOW_PROD_WRITE": "1"}, {"ENV": "prod"}, LIVE])
def test_a_start_that_is_refused_opened_no_connection(tmp_path: Path, environ: dict[str, str]) -> None:
    with Telling() as server:
        settings = settings_from(read_table(written(tmp_path, server.port)), {})
        with pytest.raises(SettingsError, match="live trading is not permitted") as caught:
            admit(tmp_path, settings, environ, doors=doors())
        assert server.asked == []
    assert "ENV" in str(caught.value)


def test_a_start_is_refused_for_what_the_venue_says_and_put_off_where_it_says_nothing(tmp_path: Path) -> None:
    with Telling(mode=ModeFact(is_hedged=True)) as server:
        settings = settings_from(read_table(written(tmp_path, server.port)), {})
        with pytest.raises(SettingsError, match=r"account mode: .* one-way"):
            admit(tmp_path, settings, {"ENV": "test"}, doors=doors())
        server.answers["mode"] = BROKEN
        with pytest.raises(Unproved, match=r"account mode: .* ask again"):
            admit(tmp_path, settings, {"ENV": "test"}, doors=doors())


def test_a_bundle_of_the_worlds_authorities_is_no_stand_ins_certificate(tmp_path: Path) -> None:
    config = written(tmp_path, 1)
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n" * 140)
    findings = found(tmp_path, {"ENV": "test"}, config, doors=doors())
    assert failing(findings) == {"stand-in", "venue"}
    assert "140 certificates" in findings["stand-in"].detail
    (tmp_path / "ca.pem").unlink()
    assert "0 certificates" in found(tmp_path, {"ENV": "test"}, config, doors=doors())["stand-in"].detail


def test_nothing_that_the_doctor_says_shows_the_key(tmp_path: Path) -> None:
    with Telling() as server:
        told = " ".join(one.detail for one in examine(tmp_path, written(tmp_path, server.port), {"ENV": "test"}, doors=doors()))
    assert KEY not in told
    assert SECRET not in told
