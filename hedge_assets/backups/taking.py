"""A backup is taken beside its name, read back, and only then gets it."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from executor.errors import LockError
from executor.journal.pruned import NAME as PRUNED
from executor.plain_file import GUARDED, read_plain
from executor.records.streams import Stream
from hedge_assets.backups.archive import Writer, checked, synced
from hedge_assets.backups.contents import day_parts, held_together, opened_plain
from hedge_assets.backups.forms import checkpoint_format, journal_form, schemas_of
from hedge_assets.backups.journals import Copy, Cut, copies, cut_now
from hedge_assets.backups.shapes import BOOT, FORMAT, MANIFEST, SETTINGS, BackupError, BackupRefused, Base, Manifest, Part, Range, named
from hedge_assets.settings import Place
from hedge_assets.version import code_version

SMALL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Earlier:
    """A backup that the next one may build on: what it says, and what its file is called."""

    manifest: Manifest
    name: str

    @property
    def bases(self) -> tuple[Base, ...]:
        """It, and what it builds on itself, newest first."""
        return (Base(self.manifest.id, self.name), *self.manifest.bases)


@dataclass
class Taking:
    """One backup in the making."""

    out: Writer
    earlier: Earlier | None
    parts: list[Part] = field(default_factory=list)
    ranges: dict[Stream, Range] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    boot: bytes = b""
    known: Mapping[str, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look the earlier backup's files up by name once."""
        if self.earlier is not None:
            self.known = {part.path: part for part in self.earlier.manifest.parts}

    def held_by(self, path: str, size: int, sha256: str) -> Part | None:
        """The file in an earlier backup, if it is the very same there."""
        part = self.known.get(path)
        if self.earlier is None or part is None or (part.bytes, part.sha256) != (size, sha256):
            return None
        return msgspec.structs.replace(part, held=part.held or self.earlier.manifest.id)


def take(place: Place, target: Path, *, settings: str, earlier: Earlier | None, now_us: int) -> Manifest:
    """Everything of a desk that cannot be made again, in one file under `target`; verified before it gets that name.

    Raises `BackupError` where there is nothing to keep or it cannot be written, `BackupRefused` where the name is taken.
    """
    if not place.raw.is_dir():
        raise BackupError(f"no journals at {place.raw}; name another data root with --data")
    if os.path.lexists(target):
        raise BackupRefused(f"{target} is there already, a backup is never overwritten; name another file")
    if target.absolute().is_relative_to(place.root):
        raise BackupRefused(f"{target} lies in {place.root} and would be lost with it; name a file elsewhere, best on another disk")
    try:
        with made_beside(target) as (file, beside):
            out = Writer(file)
            manifest = gathered(Taking(out, earlier), place, settings=settings, now_us=now_us)
            out.close()
            file.flush()
            os.fsync(file.fileno())
            if checked(beside) != manifest:
                raise BackupError(f"{beside} does not say what was written; check the disk of {target.parent}, then try again")
            beside.replace(target)
        synced(target.absolute().parent)
    except OSError as error:
        raise BackupError(f"{target} cannot be written ({error.strerror or error}); free space or name another place") from error
    return manifest


@contextmanager
def made_beside(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside the name that it is to get, held against whoever makes the same; gone unless it got its name."""
    beside = target.with_name(f".{target.name}.new")
    handle = os.open(beside, os.O_RDWR | os.O_CREAT | GUARDED, 0o600)
    with os.fdopen(handle, "wb") as file:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockError(f"{target} is being made by another backup; wait for it") from None
        file.truncate(0)
        try:
            yield file, beside
        finally:
            beside.unlink(missing_ok=True)


def gathered(taking: Taking, place: Place, *, settings: str, now_us: int) -> Manifest:
    """Put everything into the archive, the manifest last."""
    with held_together(place, taking.left_out) as small, cut_now(place.raw) as cuts:
        for held in small:
            taking.parts.append(taking.out.add(held.path, held.file, held.size))
        for cut in cuts:
            add_journal(taking, cut)
    add_pruned(taking, place.raw)
    add_days(taking, place)
    taking.parts += [taking.out.add_bytes(SETTINGS, settings.encode()), taking.out.add_bytes(BOOT, taking.boot)]
    manifest = named(
        Manifest(
            format=FORMAT,
            id="",
            made_us=now_us,
            code_version=code_version(),
            journal_form=journal_form(place.raw),
            checkpoint_format=checkpoint_format(place.raw),
            states=schemas_of(place.state),
            ranges=taking.ranges,
            parts=tuple(taking.parts),
            bases=bases_of(taking),
            faults=tuple(taking.faults),
            left_out=tuple(taking.left_out),
        )
    )
    taking.out.add_bytes(MANIFEST, msgspec.json.encode(manifest))
    return manifest


def bases_of(taking: Taking) -> tuple[Base, ...]:
    """The earlier backups whose archives hold something of this one."""
    used = {part.held for part in taking.parts}
    return () if taking.earlier is None else tuple(base for base in taking.earlier.bases if base.id in used)


def add_journal(taking: Taking, cut: Cut) -> None:
    """One journal, newest segment first; what an earlier backup has is only named."""
    last_seq = first_seq = 0
    for copy in copies(cut):
        if copy.fault is not None:
            taking.faults.append(copy.fault)
        elif first_seq and copy.last_seq + 1 != first_seq:
            taking.faults.append(f"raw/{cut.stream} record {copy.last_seq + 1} is missing: {copy.segment.path.name} ends before it")
        taking.boot = taking.boot or copy.boot or b""
        if copy.content:
            taking.parts.append(segment_part(taking, copy))
            last_seq = last_seq or copy.last_seq
            first_seq = copy.segment.first_seq
    taking.ranges[cut.stream] = Range(first_seq, last_seq)


def segment_part(taking: Taking, copy: Copy) -> Part:
    """A segment in the archive, or in an earlier one where it is the same there."""
    part = taking.held_by(copy.path, len(copy.content), sha256(copy.content).hexdigest())
    if part is None:
        part = taking.out.add_bytes(copy.path, copy.content)
    return msgspec.structs.replace(part, first_seq=copy.segment.first_seq, last_seq=copy.last_seq)


def add_pruned(taking: Taking, raw: Path) -> None:
    """How far the executor pruned, as it is after the journals were read: never less than what is missing in them."""
    try:
        content = read_plain(raw / PRUNED, SMALL_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        taking.left_out.append(f"raw/{PRUNED}: {error.strerror}")
        return
    taking.parts.append(taking.out.add_bytes(f"raw/{PRUNED}", content))


def add_days(taking: Taking, place: Place) -> None:
    """Days of tables, which reach further back than journals do."""
    for path in day_parts(place):
        told = str(path.relative_to(place.root))
        try:
            file = opened_plain(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            taking.left_out.append(f"{told}: {error.strerror}")
            continue
        with file:
            size = os.fstat(file.fileno()).st_size
            part = taking.held_by(told, size, file_digest(file, "sha256").hexdigest())
            file.seek(0)
            taking.parts.append(part if part is not None else taking.out.add(told, file, size))
