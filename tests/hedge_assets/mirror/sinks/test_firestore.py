"""The Firestore sink through Google's own client over real gRPC.

The contract runs against the official emulator as well, where HEDGE_FIRESTORE_EMULATOR names one.
"""

import os
import random
import socket
import subprocess
import sys
import threading

import grpc
import msgspec
import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1.base_query import FieldFilter

from hedge_assets.mirror.copies import Copy, Where, copy_of, digest_of, facts_of
from hedge_assets.mirror.sink import SinkError
from hedge_assets.mirror.sinks.firestore import PART_BYTES, SINK, Firestore
from tests.fake_firestore.server import FakeFirestore
from tests.hedge_assets.builders import T0
from tests.hedge_assets.mirror.desks import Page, mirror, written

OFFICIAL = os.environ.get("HEDGE_FIRESTORE_EMULATOR")


@pytest.fixture(params=["fake", pytest.param("official", marks=pytest.mark.skipif(not OFFICIAL, reason="no official emulator named"))])
def sink(request, monkeypatch):
    if request.param == "official":
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", OFFICIAL)
    else:
        request.getfixturevalue("fake")
    made = SINK.opened(mirror())
    yield made
    made.close()


def copy(content=b'{"a": 1}', name="nav", account="paper", **given) -> Copy:
    told = {"written_us": T0, "pushed_us": T0, **given}
    return Copy(where=Where(account, "states", name), content=content, digest=digest_of(content), **told)


def noise(size):
    """Text that compresses to about half."""
    return random.Random(1).randbytes(size // 2).hex().encode()


def test_a_file_comes_back_byte_for_byte(sink, tmp_path):
    content = written(tmp_path, "nav", 1.25, reason="Zürich — \u2028 and a\ttab")
    pushed = copy_of("nav", content, Page)
    sink.push([pushed], {})
    back = sink.read(pushed.where)
    assert (back.content, back.digest, back.parts) == (content, pushed.digest, 1)
    assert sink.read(Where("paper", "states", "never")) is None


@pytest.mark.parametrize("size", [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 4 * PART_BYTES])
def test_a_file_of_any_size_is_split_where_it_must_be_and_joined_again(sink, size):
    pushed = copy(noise(size) + b"x" * (size % 2))
    sink.push([pushed], {})
    back = sink.read(pushed.where)
    assert back.content == pushed.content
    assert back.parts == sink.parts(pushed) == sink.writes(pushed, 0)


def test_the_largest_part_has_room_for_the_most_and_longest_facts(sink):
    facts = facts_of({f"{'€' * 300}{number}": "𝄞" * 5000 for number in range(200)})
    assert len(facts) == 50
    pushed = copy(noise(PART_BYTES), "n" * 1500, "a" * 1500, facts=facts)
    sink.push([pushed], {})
    assert sink.read(pushed.where).content == pushed.content


def test_parts_that_are_needed_no_longer_go_with_the_same_push(sink):
    large, small = copy(noise(3 * PART_BYTES)), copy(b"{}")
    sink.push([large], {})
    assert sink.parts(large) > 1
    sink.push([small], {small.where: sink.parts(large)})
    assert sink.read(small.where).content == b"{}"
    left = client().collection("accounts").document("paper").collection("states").document("nav").collection("parts").document("0002")
    assert not left.get(retry=None, timeout=30).exists


def client():
    return Client(project="desk")


@pytest.mark.parametrize("name", ["a/b", ".", "..", "__nav__", "€" * 900, " ", "nav.json", "%"])
def test_any_name_of_a_state_and_of_an_account_has_its_place(sink, name):
    for pushed in (copy(name=name), copy(account=name)):
        sink.push([pushed], {})
        assert sink.read(pushed.where).content == pushed.content


def test_what_is_pushed_says_whose_it_is_and_can_be_asked_for(sink, tmp_path):
    content = written(tmp_path, "nav", 7.5, status="empty", reason="no trade yet")
    pushed = msgspec.structs.replace(copy_of("nav", content, Page), pushed_us=T0 + 5)
    sink.push([pushed, copy(name="other")], {})
    states = client().collection("accounts").document("paper").collection("states")
    (found,) = states.where(filter=FieldFilter("facts.status", "==", "empty")).get(retry=None, timeout=30)
    told = found.to_dict()
    assert found.id == "nav"
    assert {name: told[name] for name in ("account", "name", "digest", "part", "parts")} == {
        "account": "paper",
        "name": "nav",
        "digest": pushed.digest,
        "part": 1,
        "parts": 1,
    }
    assert told["facts"]["equity"] == 7.5
    assert told["facts"]["reason"] == "no trade yet"
    assert told["content"].encode() == content
    assert told["pushed_ts"].timestamp() == pytest.approx((T0 + 5) / 1e6, abs=1e-6)


def test_a_document_that_somebody_else_wrote_there_is_no_copy(sink):
    place = client().collection("accounts").document("paper").collection("states").document("nav")
    for told in (
        {"content": "x"},
        {"parts": "many", "digest": 5},
        {"digest": "d", "part": 1, "parts": 3, "encoding": "zstd", "size_bytes": 9},
    ):
        place.set(told, retry=None, timeout=30)
        with pytest.raises(SinkError) as refused:
            sink.read(Where("paper", "states", "nav"))
        assert refused.value.fault == "invalid"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (grpc.StatusCode.UNAVAILABLE, "unreachable"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "unreachable"),
        (grpc.StatusCode.INTERNAL, "unreachable"),
        (grpc.StatusCode.ABORTED, "unreachable"),
        (grpc.StatusCode.UNKNOWN, "unreachable"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "quota"),
        (grpc.StatusCode.PERMISSION_DENIED, "refused"),
        (grpc.StatusCode.UNAUTHENTICATED, "refused"),
        (grpc.StatusCode.NOT_FOUND, "refused"),
        (grpc.StatusCode.INVALID_ARGUMENT, "invalid"),
    ],
)
def test_every_answer_has_its_kind_after_one_attempt(fake, code, fault):
    sink = SINK.opened(mirror())
    fake.fault = code
    for call, name in ((lambda: sink.push([copy()], {}), "Commit"), (lambda: sink.read(copy().where), "BatchGetDocuments")):
        fake.calls.clear()
        with pytest.raises(SinkError) as failed:
            call()
        assert failed.value.fault == fault
        assert "\n" not in str(failed.value)
        assert fake.calls == [name]
    fake.fault = None
    sink.push([copy()], {})
    sink.close()


def test_a_server_that_is_away_is_told_at_once_and_found_again_as_soon_as_it_is_back(fake):
    sink = SINK.opened(mirror())
    sink.push([copy()], {})
    fake.stop()
    for _ in range(8):
        with pytest.raises(SinkError) as failed:
            sink.push([copy()], {})
        assert failed.value.fault == "unreachable"
    fake.start()
    sink.push([copy(b"[]")], {})
    assert sink.read(copy().where).content == b"[]"
    sink.close()


def test_a_black_hole_costs_no_more_than_the_deadline(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as hole:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{hole.getsockname()[1]}")
        sink = SINK.opened(mirror(deadline_s=0.3))
        raised: list[SinkError] = []

        def push():
            try:
                sink.push([copy()], {})
            except SinkError as error:
                raised.append(error)

        thread = threading.Thread(target=push, daemon=True)
        thread.start()
        thread.join(120)
        assert [each.fault for each in raised] == ["unreachable"]
        sink.close()


def test_no_credentials_are_a_refusal_in_words(monkeypatch, tmp_path):
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(SinkError) as failed:
        SINK.opened(mirror()).push([copy()], {})
    assert failed.value.fault == "refused"
    assert "look at the credentials" in str(failed.value)


def test_credentials_that_name_no_project_are_a_refusal_in_words(monkeypatch, tmp_path):
    for name in ("FIRESTORE_EMULATOR_HOST", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "user.json").write_text('{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "user.json"))
    with pytest.raises(SinkError) as failed:
        SINK.opened(mirror(project="")).push([copy()], {})
    assert failed.value.fault == "refused"
    assert "mirror.project" in str(failed.value)


@pytest.mark.parametrize(
    "content", [b"[]", b"null", b'"x"', b"1", b"\xff", b"[" * 5000, b'{"type": "impersonated_service_account", "source_credentials": []}']
)
def test_credentials_that_are_json_but_none_of_googles_are_a_refusal_in_one_line(monkeypatch, tmp_path, content):
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    (tmp_path / "key.json").write_bytes(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    with pytest.raises(SinkError) as failed:
        SINK.opened(mirror()).push([copy()], {})
    assert failed.value.fault == "refused"
    assert "look at the credentials" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_copy_too_large_for_one_request_is_an_invalid_document_and_nothing_of_it_is_there(fake):
    sink = SINK.opened(mirror())
    pushed = copy(noise(40 * 1024 * 1024))
    with pytest.raises(SinkError) as failed:
        sink.push([pushed], {})
    assert failed.value.fault == "invalid"
    assert sink.read(pushed.where) is None
    sink.close()


AT_REST = """
import importlib, sys
for name in ("executor.__main__", "executor.app", "hedge_assets.cli.watch", "ops.dashboard.app", "hedge_assets.definitions"):
    importlib.import_module(name)
from hedge_assets.mirror.sink import scan
scan()
print(sorted(name for name in sys.modules if name.startswith(("google.cloud.firestore", "obstore"))))
"""


def test_nobody_loads_the_libraries_of_sinks_before_something_is_pushed(tmp_path):
    told = {**os.environ, "HEDGE_DATA": str(tmp_path), "FIRESTORE_ENABLED": "1"}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", AT_REST], capture_output=True, text=True, check=True, env=told)
    assert done.stdout.strip() == "[]"


def test_both_the_fake_and_the_service_refuse_what_the_sink_keeps_from_it(fake):
    """The reason for pushing bytes: a curve as it is would be refused."""
    with pytest.raises(InvalidArgument):
        client().collection("a").document("b").set({"curve": [[1, 2]]}, retry=None, timeout=30)
    assert isinstance(SINK.opened(mirror()), Firestore)
    assert isinstance(fake, FakeFirestore)
