"""The object sink over real HTTP against a local S3, and into a folder, through the same door."""

import socket

import msgspec
import pytest

from executor.errors import SettingsError
from hedge_assets.mirror.copies import Copy, Where, copy_of, digest_of
from hedge_assets.mirror.sink import SinkError
from hedge_assets.mirror.sinks.objects import SINK, Head
from tests.hedge_assets.builders import T0
from tests.hedge_assets.mirror.desks import Page, mirror, written
from tests.object_servers import BUCKET, s3


@pytest.fixture(scope="module")
def server():
    with s3() as made:
        yield made


@pytest.fixture(params=["s3", "file"])
def uri(request, tmp_path, monkeypatch):
    if request.param == "file":
        return f"file://{tmp_path}/copies"
    for name, value in request.getfixturevalue("server").environ.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{tmp_path.name}"


def copy(content=b'{"a": 1}', name="nav", account="paper") -> Copy:
    return Copy(where=Where(account, "states", name), content=content, digest=digest_of(content), written_us=T0, pushed_us=T0)


def test_a_file_comes_back_byte_for_byte_however_large(uri, tmp_path):
    sink = SINK.opened(mirror(uri=uri))
    pushed = copy_of("nav", written(tmp_path, "nav", 1.25, points=60_000), Page)
    assert len(pushed.content) > 1_048_576
    sink.push([pushed, copy(b"{}", "health")], {})
    back = sink.read(pushed.where)
    assert (back.content, back.digest, back.parts) == (pushed.content, pushed.digest, 1)
    assert sink.read(copy(name="health").where).content == b"{}"
    assert sink.read(Where("paper", "states", "never")) is None


@pytest.mark.parametrize("name", ["a/b", ".", "..", "__nav__", "€" * 900, " ", "nav.json", "%", "a%2Fb"])
def test_any_name_of_a_state_and_of_an_account_has_its_place(uri, name):
    sink = SINK.opened(mirror(uri=uri))
    for pushed in (copy(name=name), copy(account=name)):
        sink.push([pushed], {})
        assert sink.read(pushed.where).content == pushed.content


def test_the_head_beside_a_file_says_whose_it_is(tmp_path):
    content = written(tmp_path, "nav", 7.5)
    pushed = msgspec.structs.replace(copy_of("nav", content, Page), pushed_us=T0 + 5)
    SINK.opened(mirror(uri=f"file://{tmp_path}/copies")).push([pushed], {})
    folder = tmp_path / "copies" / "accounts" / "paper" / "states"
    assert (folder / "nav.json").read_bytes() == content
    head = msgspec.json.decode((folder / "nav.head.json").read_bytes(), type=Head)
    assert (head.account, head.name, head.digest, head.part, head.parts) == ("paper", "nav", pushed.digest, 1, 1)
    assert (head.pushed_ts, head.facts["equity"]) == ("2026-01-05T00:00:00.000005Z", 7.5)


def test_a_push_that_was_cut_off_between_file_and_head_is_seen_as_not_whole(tmp_path):
    sink = SINK.opened(mirror(uri=f"file://{tmp_path}/copies"))
    sink.push([copy(b"[1]")], {})
    folder = tmp_path / "copies" / "accounts" / "paper" / "states"
    (folder / "nav.json").write_bytes(b"[2]")
    assert not sink.read(copy().where).is_whole
    (folder / "nav.head.json").write_bytes(b"x")
    with pytest.raises(SinkError) as failed:
        sink.read(copy().where)
    assert failed.value.fault == "invalid"


def test_an_outage_and_a_black_hole_are_unreachable_and_a_missing_bucket_is_a_refusal(monkeypatch):
    with s3() as server:
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        sink = SINK.opened(mirror(uri=f"s3://{BUCKET}/a"))
        sink.push([copy()], {})
        assert fault_of(mirror(uri="s3://no-such-bucket/a")) == "refused"
        server.stop()
        with pytest.raises(SinkError) as failed:
            sink.push([copy()], {})
        assert failed.value.fault == "unreachable"
        assert "\n" not in str(failed.value)
        server.start()
        sink.push([copy()], {})
        with socket.create_server(("127.0.0.1", 0)) as hole:
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{hole.getsockname()[1]}")
            assert fault_of(mirror(uri=f"s3://{BUCKET}/a", deadline_s=0.3)) == "unreachable"


def fault_of(settings):
    with pytest.raises(SinkError) as failed:
        SINK.opened(settings).push([copy()], {})
    return failed.value.fault


def test_a_folder_that_cannot_be_written_is_a_failure_in_words(tmp_path):
    (tmp_path / "copies").write_text("in the way")
    with pytest.raises(SinkError) as failed:
        SINK.opened(mirror(uri=f"file://{tmp_path}/copies/inside")).push([copy()], {})
    assert "copies" in str(failed.value)


@pytest.mark.parametrize("uri", ["", "bucket/prefix", "nope"])
def test_an_address_that_is_none_is_refused_with_an_example(uri):
    with pytest.raises(SettingsError, match="s3://BUCKET"):
        SINK.target(mirror(uri=uri)) and SINK.opened(mirror(uri=uri))
