"""A user's incident becomes a test: what was recorded comes out again as it was, on the executor's real code."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

import executor.strategies
from executor.errors import SettingsError
from executor.journal.reader import read
from executor.records.base import Record
from executor.records.orders import Ack, Adjust, Cancel, Expire, Fill, Reject, Resolved, Submit, Unknown
from executor.replaying.replay import Replayed, replayed
from executor.settings import Settings
from executor.wire.cassettes.files import files_at
from executor.wire.cassettes.hiding import GRAM
from tests.executor.live.desk import PLUGS, ROOT, Desk, started
from tests.executor.replaying import incident
from tests.executor.wire.cassettes.taped import text_of
from tests.local_venue.venue import KEY, SECRET

FATES = (Submit, Ack, Reject, Unknown, Resolved, Cancel, Expire, Fill, Adjust)


@pytest.fixture(scope="module", autouse=True)
def plugs() -> Iterator[None]:
    executor.strategies.__path__.append(PLUGS)
    yield
    executor.strategies.__path__.remove(PLUGS)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return asyncio.run(incident.whole(tmp_path_factory.mktemp("incident")))


@pytest.fixture(scope="module")
def tape(lived: Desk) -> Path:
    return lived.root / "cassettes"


@pytest.fixture(scope="module")
def again(tape: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Replayed, list[Record]]:
    return played(tape, tmp_path_factory.mktemp("again"))


def played(path: Path, root: Path, **more: Settings | float) -> tuple[Replayed, list[Record]]:
    found = replayed(path, root, **more)
    return found, [record for _, record in read(root / "raw", "orders")]


def fates(records: list[Record]) -> dict[str, list[Record]]:
    """What became of each order in its order, without when and how fast."""
    found: dict[str, list[Record]] = {}
    for record in records:
        if isinstance(record, FATES):
            plain = msgspec.structs.replace(record, ts_us=0)
            if isinstance(plain, Ack):
                plain = msgspec.structs.replace(plain, latency_us=None)
            found.setdefault(getattr(record, "client_id", ""), []).append(plain)
    return found


def test_an_incident_comes_out_again_with_the_same_verdicts_fills_and_positions(lived: Desk, again: tuple[Replayed, list[Record]]) -> None:
    found, records = again
    assert (found.differs, found.missing, found.unsent, found.moved, found.failure) == ([], [], [], {}, "")
    assert {one.fate for one in found.played.orders.values()} == {"filled", "dead", "canceled", "somebody else's"}
    assert sum(one.was_unknown for one in found.played.orders.values()) == 2
    assert {symbol: qty for symbol, qty in found.played.positions.items() if qty} == lived.venue.oracle.positions()
    assert {one.trade_id for one in records if isinstance(one, Fill)} == {str(one.trade_id) for one in lived.venue.oracle.fills}
    assert fates(records) == fates(lived.records())


def test_it_comes_out_the_same_each_time_to_the_microsecond(tape: Path, tmp_path: Path, again: tuple[Replayed, list[Record]]) -> None:
    _, records = played(tape, tmp_path / "twice")
    assert records == again[1]


def test_no_secret_of_the_account_is_on_it(lived: Desk, tape: Path) -> None:
    text = text_of(tape)
    secrets = {*grams(KEY), *grams(SECRET), *grams(lived.venue.listen_keys.current)}
    assert len(secrets) > 100
    assert secrets & grams(text) == set()
    assert text.count("signature=[***]") > 50
    assert re.search(r"listenKey\W+\[\*{3}\]", text)


def test_an_order_decided_at_another_moment_is_the_recorded_one_under_another_name(lived: Desk, tape: Path, tmp_path: Path) -> None:
    slower = changed(lived.settings, loop={"period_s": 0.11})
    found, records = played(tape, tmp_path / "slower", settings=slower)
    assert found.differs == []
    assert len(found.moved) >= 2
    assert {one.trade_id for one in records if isinstance(one, Fill)} == {str(one.trade_id) for one in lived.venue.oracle.fills}


def test_other_settings_show_what_would_have_been_otherwise(lived: Desk, tape: Path, tmp_path: Path) -> None:
    bolder = changed(lived.settings, limits={"trade_frac": 0.1})
    found, _ = played(tape, tmp_path / "bolder", settings=bolder)
    assert any("was buy 0.008 BTCUSDT" in line and "now buy 0.016 BTCUSDT" in line for line in found.differs)
    assert any("quantity=0.016" in question for question in found.missing)
    assert any("quantity=0.008" in question for question in found.unsent)


def test_a_torn_cassette_plays_to_where_it_is_torn(tape: Path, tmp_path: Path) -> None:
    [whole] = files_at(tape)
    for share in (0.5, 0.8, 0.97):
        torn = tmp_path / f"{share}" / whole.name
        torn.parent.mkdir()
        torn.write_bytes(whole.read_bytes()[: round(whole.stat().st_size * share)])
        found, _ = played(torn, tmp_path / f"{share}" / "again")
        assert (found.differs, found.ended_then) == ([], None)
    assert found.recorded.trades >= 2


def test_its_own_pace_is_kept_where_it_is_wanted(tape: Path, tmp_path: Path) -> None:
    [whole] = files_at(tape)
    torn = tmp_path / whole.name
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    found, _ = played(torn, tmp_path / "again", speed=4.0)  # what comes of it is tried elsewhere: at a pace a busy machine may come late
    assert found.took_s > found.seconds / 8  # as fast as it goes it is over in a tenth of that


def test_a_cassette_of_another_account_or_a_used_root_is_refused(lived: Desk, tape: Path, tmp_path: Path) -> None:
    for change, said in (("account", "demo2"), ("exchange", "ccxt:bybit"), ("mode", "live")):
        other = msgspec.structs.replace(lived.settings, **{change: said})
        with pytest.raises(SettingsError, match=said.rpartition(":")[2]) as refusal:
            replayed(tape, tmp_path / "other", settings=other)
        assert refusal.value.exit_code == 78
    with pytest.raises(SettingsError, match="holds journals"):
        replayed(tape, lived.root)
    assert not list(tmp_path.iterdir())


def test_the_command_says_what_came_of_it_by_its_exit_code(lived: Desk, tape: Path, tmp_path: Path) -> None:
    lived.config.write_text(lived.config.read_text().replace("[limits]", "[limits]\ntrade_frac = 0.1"))
    asked = (("--data", str(tmp_path / "kept")), ("--config", str(lived.config)))
    with ThreadPoolExecutor() as pool:
        well, otherwise, refused = pool.map(
            lambda words: ran("replay", *words), ((str(tape), *asked[0]), (str(tape), *asked[1]), ("none",))
        )
    assert (well.returncode, well.stdout.splitlines()[-1]) == (0, "5 orders, 3 trades, 2 positions: all as on the cassette")
    assert (tmp_path / "kept" / "raw" / "orders").is_dir()
    assert otherwise.returncode == 1
    assert "differs: order h-" in otherwise.stdout
    assert (refused.returncode, len(refused.stdout.splitlines())) == (78, 1)


def test_the_test_in_the_documents_is_one(tape: Path, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "extend.md").read_text("utf-8")
    [code] = re.findall(r"## An incident as a test.*?```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    names["INCIDENT"] = tape
    names["test_the_order_that_was_lost_is_found"](tmp_path)


def ran(*words: str) -> subprocess.CompletedProcess[str]:
    process = started(*words)
    said, _ = process.communicate(timeout=120)
    return subprocess.CompletedProcess(words, process.returncode, said)


def changed(settings: Settings, **tables: dict[str, Any]) -> Settings:
    """These settings with some of some tables changed."""
    laid_over = {name: msgspec.structs.replace(getattr(settings, name), **change) for name, change in tables.items()}
    return msgspec.structs.replace(settings, **laid_over)


def grams(text: str) -> set[str]:
    """Every run of so many letters, but those of digits alone."""
    found = {text[at : at + GRAM].lower() for at in range(len(text) - GRAM + 1)}
    return {gram for gram in found if not gram.isdecimal()}
