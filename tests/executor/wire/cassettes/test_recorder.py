"""What passes a door is kept in its order, dated, without secrets; nobody ever waits for that, and what is missing is counted and told."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from executor.errors import LockError, SettingsError
from executor.records.orders import Halt
from executor.wire.cassettes import files, keeper, recorder
from executor.wire.cassettes.hiding import GRAM
from executor.wire.cassettes.lines import Answered, Asked, Exchange
from executor.wire.cassettes.recorder import Recorder
from executor.wire.client import Client
from executor.wire.redaction import forms
from executor.wire.reply import Reply, Request
from executor.wire.streams.shapes import Rebuild
from tests.executor.wire.cassettes.taped import kept, recording, shape_of, text_of
from tests.executor.wire.scripted import Asked as Heard
from tests.executor.wire.scripted import Says, says, scripted

KEY, SECRET, PASSWORD = "Kq7vT2mZx9LbW4eRkq/t+7u", 's3Nf8RjYp0HdQaU6&k=%"l1', "pw-Gz5EwXc1'q"
ROOT = Path(__file__).parents[4]
LISTEN_KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
URL = "https://fapi.binance.com/fapi/v1/order"
SIGNED = f"?symbol=BTCUSDT&timestamp=1&signature={'0a1b2c3d' * 8}"


def waited(holds: Callable[[], object]) -> None:
    until_s = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until_s, "did not come about"
        time.sleep(0.01)


def grams(text: str) -> set[str]:
    found = {text[at : at + GRAM].lower() for at in range(len(text) - GRAM + 1)}
    return {gram for gram in found if not gram.isdecimal()}


def everything_back(heard: Heard) -> Says:
    """The worst that a venue may do: it repeats whatever it was told."""
    body = {
        "msg": f"refused {heard.path}?{heard.query} {heard.body.decode()} {heard.headers}",
        "listenKey": LISTEN_KEY,
        "again": LISTEN_KEY,
    }
    return says(body, 400, Retry_After="7", X_Other=heard.headers["x-mbx-apikey"], X_MBX_ECHO=heard.headers["x-mbx-apikey"])


async def asked_of_everything_back(folder: Path, secrets: tuple[str, ...]) -> None:
    async with scripted(folder, everything_back) as server:
        with recording(folder / "cassettes", secrets=secrets) as made:
            client = Client(server.venue, made)
            headers = {"X-MBX-APIKEY": KEY, "X-PASS": PASSWORD, "X-S": SECRET}
            for method, body in (("GET", None), ("POST", b"symbol=BTCUSDT&signature=" + b"0a1b2c3d" * 8), ("POST", b'{"secret": "x"}')):
                await client.ask(Request(method=method, url=URL + SIGNED, headers=headers, body=body))
            made.heard("private", 1, f'{{"e":"x","k":"{KEY}","l":"{LISTEN_KEY}"}}')
            made.wrote(Halt(1, rule="x", detail=f"seen {SECRET}"))
            made.told("over", f"SettingsError: {KEY} was refused")
            await client.close()


def test_nothing_of_a_secret_is_on_it_though_the_venue_repeats_everything(tmp_path: Path) -> None:
    for name, secrets in (("bare", ()), ("hidden", (KEY, SECRET, PASSWORD))):
        (tmp_path / name).mkdir()
        asyncio.run(asked_of_everything_back(tmp_path / name, secrets))
    secret = {gram for form in forms((KEY, SECRET, PASSWORD)) for gram in grams(form)} | grams(LISTEN_KEY)
    bare, hidden = (text_of(tmp_path / name) for name in ("bare", "hidden"))
    assert grams(KEY) < grams(bare), "what is looked for would be found"
    assert secret & grams(hidden) == set()
    assert "0a1b2c3d" not in hidden
    assert "x-other" not in hidden.lower()
    assert '"retry-after":"7"' in hidden.lower()


def test_requests_are_kept_with_when_they_left_and_what_came(tmp_path: Path) -> None:
    async def scene() -> None:
        async with scripted(tmp_path, lambda heard: says({"path": heard.path}) if "time" in heard.path else Says(b"", "close")) as server:
            with recording(tmp_path / "cassettes") as made:
                client = Client(server.venue, made)
                await client.ask(Request(method="GET", url="https://fapi.binance.com/fapi/v1/time"))
                await client.ask(Request(method="POST", url=URL, body=b"a=b"), gate=asyncio.sleep)  # type: ignore[arg-type]
                await client.ask(Request(method="POST", url=URL, body=b"a=b"), gate=lambda: asyncio.sleep(0))
                await client.close()

    asyncio.run(scene())
    lines = kept(tmp_path / "cassettes", "ask", "left", "answer")
    assert [(line.kind, line.name) for line in lines] == [
        ("ask", "1"),
        ("answer", "1"),
        ("ask", "2"),
        ("answer", "2"),
        ("ask", "3"),
        ("left", "3"),
        ("answer", "3"),
    ]
    first, answered = shape_of(lines[0], Asked), shape_of(lines[1], Answered)
    assert (first.method, first.url, first.is_gated) == ("GET", "https://fapi.binance.com/fapi/v1/time", False)
    assert (answered.status, json.loads(answered.body), answered.failure) == (200, {"path": "/fapi/v1/time"}, None)
    assert 0 < answered.elapsed_us <= lines[1].ts_us - lines[0].ts_us + 1_000
    assert [shape_of(line, Answered).failure for line in lines if line.kind == "answer"] == [None, "refused", "reset"]
    assert all(line.mono_ns > 0 and abs(line.wall_us - line.ts_us) < 10_000_000 for line in lines)
    assert [line.mono_ns for line in lines] == sorted(line.mono_ns for line in lines)


def test_a_body_that_is_no_text_is_kept_too(tmp_path: Path) -> None:
    with recording(tmp_path) as made:
        number = made.asked(Request(method="GET", url=URL), is_gated=False)
        made.answered(number, Reply(status=502, body=b"\xff\xfe\x00", elapsed_us=5))
    assert shape_of(kept(tmp_path, "answer")[0], Answered).packed == b"\xff\xfe\x00"


def test_messages_that_were_there_together_are_marked(tmp_path: Path) -> None:
    async def scene() -> None:
        with recording(tmp_path) as made:
            for name, ts_us in (("public", 1), ("public", 2), ("market", 3), ("public", 4)):
                made.heard(name, ts_us, f"{ts_us}")
            await asyncio.sleep(0)
            made.heard("public", 5, "5")

    asyncio.run(scene())
    lines = kept(tmp_path, "frame", "frame+")
    assert [(line.kind, line.ts_us) for line in lines] == [("frame", 1), ("frame+", 2), ("frame", 3), ("frame", 4), ("frame", 5)]


def test_every_file_begins_with_what_is_needed_to_begin_there(tmp_path: Path) -> None:
    with recording(tmp_path, known=b'{"n":1}') as made:
        made.universe(())
        made.connected("private")
        made.connected("public")
        made.flowed(Rebuild(name="public", reason="start", from_us=1, until_us=1, attempts=1, is_first=True))
        made.ended("public", "x")
        number = made.asked(Request(method="GET", url=f"{URL}?timestamp=1"), is_gated=False)
        made.answered(number, Reply(status=200, body=b"{}"))
        made.looped(5, lambda: b'{"n":2}', is_quiet=True)
        made._keeper.wants = "quiet"
        made.looped(6, lambda: b'{"n":3}', is_quiet=False)
        made.looped(7, lambda: b'{"n":4}', is_quiet=True)
        made.looped(8, lambda: b'{"n":5}', is_quiet=True)
    first, second = files.files_at(tmp_path)
    assert [line.kind for line in kept(first)][:3] == ["head", "known", "universe"]
    opening = kept(second)[:5]
    assert [(line.kind, line.name) for line in opening] == [
        ("head", "-"),
        ("universe", "-"),
        ("again", "-"),
        ("flowing", "private"),
        ("known", "-"),
    ]
    assert shape_of(opening[2], Exchange).answered.status == 200
    assert opening[4].text == '{"n":4}'
    assert [line.ts_us for line in kept(tmp_path, "loop")] == [5, 6, 7, 8]


def test_a_full_file_is_followed_by_another_and_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOK_S", 0.001)
    with recording(tmp_path, mode="paper", most_bytes=64_000) as made:
        for number in range(60):
            made.told("stop", f"{number} {os.urandom(1_000).hex()}")
            waited(lambda: made._keeper.taken_bytes == made._sent_bytes)
    sizes = [path.stat().st_size for path in files.files_at(tmp_path)]
    assert len(sizes) > 5
    assert sum(sizes) <= 64_000
    told = [int(line.text.partition(" ")[0]) for line in kept(tmp_path, "stop")]
    assert told == list(range(told[0], 60))
    assert 0 < told[0] < 50


def test_a_file_waits_for_a_quiet_moment_but_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOK_S", 0.001)
    with recording(tmp_path, known=b"{}", most_bytes=64_000) as made:
        wanted = list[str]()
        for _ in range(40):
            made.told("stop", os.urandom(1_000).hex())
            waited(lambda: made._keeper.taken_bytes == made._sent_bytes)
            wanted.append(made._keeper.wants)
    assert wanted[0] == ""
    assert {"quiet", "now"} <= set(wanted)
    assert len(files.files_at(tmp_path)) >= 2


def test_what_does_not_fit_is_dropped_counted_marked_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MOST_WAITING", 20_000)
    look = keeper.Keeper._look
    monkeypatch.setattr(keeper.Keeper, "_look", lambda _: None)
    with recording(tmp_path) as made:
        for number in range(10):
            made.told("stop", f"{number}" * 5_000)
        assert made.dropped == 7
        assert made.news() == "7 lines were not recorded: more came than could be written"
        assert made.news() == ""
        monkeypatch.setattr(keeper.Keeper, "_look", look)
        waited(lambda: made._keeper.taken_bytes == made._sent_bytes)
        made.told("stop", "again")
        assert (made.lost, made.fault) == (7, "")
    assert [(line.kind, line.text[:5]) for line in kept(tmp_path, "stop", "dropped")][-2:] == [("dropped", "7"), ("stop", "again")]


def test_a_disk_that_is_full_is_told_and_written_to_again_when_it_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOK_S", 0.001)
    monkeypatch.setattr(keeper, "AGAIN_S", 0.05)
    with recording(tmp_path, known=b"{}") as made:
        made.told("stop", "before")
        waited(lambda: made._keeper.taken_bytes == made._sent_bytes)
        monkeypatch.setattr(files, "RESERVE_BYTES", 1 << 60)
        made.told("stop", "lost")
        waited(lambda: made.fault)
        assert "free on the disk" in made.news()
        assert made.news() == ""
        monkeypatch.setattr(files, "RESERVE_BYTES", 0)
        waited(lambda: lost_until_wanted(made))
        made.looped(7, lambda: b'{"n":2}', is_quiet=False)
        waited(lambda: not made.fault)
        assert made.news().startswith("recording again; ")
        made.told("stop", "after")
    assert [line.text for line in kept(tmp_path, "stop")][0::1][0] == "before"
    assert kept(tmp_path, "stop")[-1].text == "after"
    assert sum(int(line.text) for line in kept(tmp_path, "dropped")) == made.lost > 0


def lost_until_wanted(made: Recorder) -> bool:
    """Whether the keeper wants to begin anew; lines that come meanwhile are lost."""
    made.told("stop", "lost")
    time.sleep(0.01)
    return made._keeper.wants == "now"


FILLING = """
import resource, sys, time
from pathlib import Path
from tests.executor.wire.cassettes.taped import recording

resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
with recording(Path(sys.argv[1]), mode="paper") as made:
    for number in range(200):
        made.told("stop", f"{number} {time.perf_counter_ns() ** 40}")
        time.sleep(0.001)
    until_s = time.monotonic() + 120
    while not made.fault and time.monotonic() < until_s:
        made.told("stop", "more")
        time.sleep(0.01)
    print(made.fault)
"""


def test_a_file_that_takes_no_more_ends_nothing_but_the_recording_and_plays_as_far_as_it_goes(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", FILLING, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    assert run.stdout.strip() == "File too large"
    told = [int(line.text.partition(" ")[0]) for line in kept(tmp_path, "stop")]
    assert told == list(range(len(told)))
    assert len(told) > 10


def test_a_folder_that_cannot_be_written_is_refused_before_anything_begins(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SettingsError, match=r"venue\.record_folder") as refusal, recording(tmp_path / "taken"):
        pass
    assert refusal.value.exit_code == 78
    with recording(tmp_path / "held"), pytest.raises(LockError) as held, recording(tmp_path / "held"):
        pass
    assert held.value.exit_code == 75


def test_a_loop_that_was_held_up_is_kept(tmp_path: Path) -> None:
    async def scene() -> None:
        with recording(tmp_path) as made:
            made.attend()
            await asyncio.sleep(0.03)
            time.sleep(0.1)  # noqa: ASYNC251 - that is what is tried
            await asyncio.sleep(0.03)

    asyncio.run(scene())
    longest = max(line.ts_us - int(line.text) for line in kept(tmp_path, "late"))
    assert longest >= 80_000


def test_two_lives_of_one_second_have_two_folders(tmp_path: Path) -> None:
    for _ in range(2):
        with recording(tmp_path):
            pass
    assert len({path.parent for path in tmp_path.rglob("*.zst")}) == 2
