"""Whatever happens to an archive's bytes, it is refused in one line, or it is whole."""

import io
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from hedge_assets.backups.archive import Writer, checked
from hedge_assets.backups.shapes import FORMAT, MANIFEST, BackupError, BackupRefused, Manifest, Part, named


def manifest_of(*parts: Part, **more: object) -> Manifest:
    plain = {"format": FORMAT, "id": "", "made_us": 1, "code_version": "1", "journal_form": 1, "checkpoint_format": 1}
    return named(msgspec.convert({**plain, "states": {}, "ranges": {}, "parts": parts, **more}, type=Manifest))


def written(path: Path, files: dict[str, bytes], manifest: Manifest | bytes | None = None, behind: str = "") -> Path:
    with path.open("wb") as out:
        writer = Writer(out)
        parts = tuple(writer.add_bytes(name, content) for name, content in files.items())
        told = manifest_of(*parts) if manifest is None else manifest
        if told != b"":
            writer.add_bytes(MANIFEST, told if isinstance(told, bytes) else msgspec.json.encode(told))
        if behind:
            writer.add_bytes(behind, b"x")
        writer.close()
    return path


FILES = {"raw/a": bytes(range(256)) * 40, "state/b": b"", "tables/c": b"c" * 9000}


def outcome(path: Path) -> Manifest | str:
    """What becomes of reading a file through."""
    try:
        return checked(path)
    except BackupRefused as refused:
        text = str(refused)
        return "refused in one line" if text.startswith(f"{path} ") and "\n" not in text else text


@trying(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_every_flipped_bit_is_noticed(tmp_path: Path, share: float, bit: int) -> None:
    path = written(tmp_path / "one", FILES)
    whole = checked(path)
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 1 << bit
    path.write_bytes(content)
    assert outcome(path) in (whole, "refused in one line")  # whole: a bit that nothing is read from, the frame's own or after its end


@trying(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.97))
def test_one_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = written(tmp_path / "one", FILES)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(BackupRefused):
        checked(path)


def test_what_is_missing_more_or_other_than_the_manifest_says_is_named(tmp_path: Path) -> None:
    part = Part(path="raw/a", bytes=1, sha256="0" * 64)
    with pytest.raises(BackupRefused, match="raw/a is missing"):
        checked(written(tmp_path / "1", {}, manifest_of(part)))
    with pytest.raises(BackupRefused, match="raw/a is not in its manifest"):
        checked(written(tmp_path / "2", {"raw/a": b"x"}, manifest_of()))
    with pytest.raises(BackupRefused, match="raw/a has 1 bytes with hash"):
        checked(written(tmp_path / "3", {"raw/a": b"x"}, manifest_of(part)))
    with pytest.raises(BackupRefused, match="after its manifest"):
        checked(written(tmp_path / "4", {}, behind="raw/b"))
    with pytest.raises(BackupRefused, match="has no backup/manifest"):
        checked(written(tmp_path / "5", {"raw/a": b"x"}, b""))


def test_a_manifest_that_was_changed_or_is_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    changed = msgspec.structs.replace(manifest_of(), made_us=2)
    with pytest.raises(BackupRefused, match="was changed"):
        checked(written(tmp_path / "1", {}, changed))
    newer = named(msgspec.structs.replace(manifest_of(), format=FORMAT + 1))
    with pytest.raises(BackupRefused, match=f"format {FORMAT + 1}, this version reads up to {FORMAT}"):
        checked(written(tmp_path / "2", {}, newer))
    with pytest.raises(BackupRefused, match="cannot be read"):
        checked(written(tmp_path / "3", {}, b"{"))


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "a//b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BackupRefused, match="no file of a backup"):
        checked(written(tmp_path / "1", {name: b"x"}))


def test_ids_stay_what_they_were_before_manifests_told_what_is_missing() -> None:
    told = manifest_of(Part(path="raw/a", bytes=1, sha256="0" * 64, first_seq=1), left_out=("x: y",))
    assert told.id == "6d0ae45d9b6d4aea4409fb9448c07812"
    assert named(msgspec.structs.replace(told, missed=("state: z",))).id != told.id


def test_a_source_that_becomes_shorter_or_cannot_be_read_is_named_as_such(tmp_path: Path) -> None:
    with (tmp_path / "one").open("wb") as out, Path("/proc/self/mem").open("rb") as memory:
        with pytest.raises(BackupError, match=r"raw/a became shorter"):
            Writer(out).add("raw/a", io.BytesIO(b"abc"), 4)
        with pytest.raises(BackupRefused, match=r"raw/b cannot be read \(Input/output error\)"):
            Writer(out).add("raw/b", memory, 4)


def test_what_is_no_archive_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match=r"/proc/self/mem cannot be read \(Input/output error\); name a backup file"):
        checked(Path("/proc/self/mem"))
    with pytest.raises(BackupRefused, match="name a backup file"):
        checked(tmp_path / "nothing")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(BackupRefused, match="no whole backup"):
        checked(tmp_path / "text")
