"""A backup is taken beside its name, read back, and only then gets it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from executor.accounts import TABLE as ACCOUNTS
from executor.accounts import root_of
from executor.errors import LockError
from executor.journal.form import form_of
from executor.journal.pruned import NAME as PRUNED
from executor.plain_file import GUARDED, read_plain
from hedge_assets.backups.archive import Writer, checked, synced
from hedge_assets.backups.contents import day_parts, held_together, opened_plain
from hedge_assets.backups.forms import checkpoint_format, schemas_of
from hedge_assets.backups.journals import Copy, Cut, cut_now, reach
from hedge_assets.backups.shapes import (
    FORMAT,
    MANIFEST,
    SETTINGS,
    BackupError,
    BackupRefused,
    Base,
    Manifest,
    Part,
    Range,
    boot_path,
    named,
)
from hedge_assets.settings import Place
from hedge_assets.version import code_version

SMALL_BYTES = 64 * 1024
HALF_MADE = ".half-backup"


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
    ranges: dict[str, Range] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    prefix: str = ""
    known: Mapping[str, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look the earlier backup's files up by name once."""
        if self.earlier is not None:
            self.known = {part.path: part for part in self.earlier.manifest.parts}

    def add(self, path: str, file: BinaryIO, size: int) -> None:
        """A file of the account in hand."""
        self.parts.append(self.out.add(f"{self.prefix}{path}", file, size))

    def put(self, path: str, content: bytes, *, prefix: str | None = None) -> None:
        """The same of some bytes; with a `prefix` elsewhere than among the account's own."""
        self.parts.append(self.out.add_bytes(f"{self.prefix if prefix is None else prefix}{path}", content))

    def held_by(self, path: str, size: int, sha256: str) -> Part | None:
        """The file in an earlier backup, if it is the very same there."""
        part = self.known.get(f"{self.prefix}{path}")
        if self.earlier is None or part is None or (part.bytes, part.sha256) != (size, sha256):
            return None
        return msgspec.structs.replace(part, held=part.held or self.earlier.manifest.id)


def take(place: Place, target: Path, *, settings: str, earlier: Earlier | None, now_us: int) -> Manifest:
    """Everything of a desk that cannot be made again, in one file under `target`; verified before it gets that name.

    Raises `BackupError` where there is nothing to keep or it cannot be written, `BackupRefused` where the name is taken.
    """
    if not any(home.raw.is_dir() for _, home in homes(place)):
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
    sweep(target.parent)
    beside = target.with_name(f".{target.name}{HALF_MADE}")
    handle = os.open(beside, os.O_RDWR | os.O_CREAT | GUARDED, 0o600)
    with os.fdopen(handle, "wb") as file:
        if not is_taken(handle):
            raise LockError(f"{target} is being made by another backup; wait for it")
        file.truncate(0)
        try:
            yield file, beside
        finally:
            beside.unlink(missing_ok=True)


def is_taken(handle: int) -> bool:
    """Whether a half-made archive could be taken: nobody writes to it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sweep(folder: Path) -> None:
    """Remove what backups that were killed left lying: half-made archives that nobody holds."""
    for path in folder.glob(f".*{HALF_MADE}"):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDWR | GUARDED)
            try:
                if is_taken(handle):
                    path.unlink()
            finally:
                os.close(handle)


def gathered(taking: Taking, place: Place, *, settings: str, now_us: int) -> Manifest:
    """Put everything into the archive, one account after the other, the manifest last."""
    for account, home in homes(place):
        taking.prefix = str(home.root.relative_to(place.root)) + "/" if account else ""
        add_home(taking, home, account)
    taking.prefix = ""
    taking.put(SETTINGS, settings.encode())
    manifest = named(
        Manifest(
            format=FORMAT,
            id="",
            made_us=now_us,
            code_version=code_version(),
            journal_form=max(form_of(home.raw) for _, home in homes(place)),
            checkpoint_format=max(checkpoint_format(home.raw) for _, home in homes(place)),
            states=states_of(place),
            ranges=taking.ranges,
            parts=tuple(taking.parts),
            bases=bases_of(taking),
            faults=tuple(taking.faults),
            left_out=tuple(taking.left_out),
        )
    )
    taking.out.add_bytes(MANIFEST, msgspec.json.encode(manifest))
    return manifest


def homes(place: Place) -> list[tuple[str, Place]]:
    """The desk's own folder, under an empty name, and that of each of its accounts."""
    names = sorted(path.name for path in (place.root / ACCOUNTS).glob("*") if path.is_dir() and not path.is_symlink())
    return [("", place), *((name, msgspec.structs.replace(place, root=root_of(place.root, name))) for name in names)]


def states_of(place: Place) -> dict[str, int]:
    """The schema version of every state file by its path."""
    found: dict[str, int] = {}
    for _, home in homes(place):
        found |= {str((home.state / name).relative_to(place.root)): version for name, version in schemas_of(home.state).items()}
    return found


def bases_of(taking: Taking) -> tuple[Base, ...]:
    """The earlier backups whose archives hold something of this one."""
    used = {part.held for part in taking.parts}
    return () if taking.earlier is None else tuple(base for base in taking.earlier.bases if base.id in used)


def add_home(taking: Taking, home: Place, account: str) -> None:
    """Everything of one data root: what is small first, then the journals, then what only grows older."""
    left_out: list[str] = []
    boot = b""
    with held_together(home, left_out) as small, cut_now(home.raw) as cuts:
        for held in small:
            taking.add(held.path, held.file, held.size)
        for cut in cuts if home.raw.is_dir() else ():
            boot = add_journal(taking, cut) or boot
    add_pruned(taking, home.raw, left_out)
    add_days(taking, home, left_out)
    taking.left_out += [f"{taking.prefix}{each}" for each in left_out]
    if home.raw.is_dir():
        taking.put(boot_path(account), boot, prefix="")


def add_journal(taking: Taking, cut: Cut) -> bytes:
    """One journal, newest segment first; what an earlier backup has is only named. Gives the newest boot record in it."""
    boots: list[bytes] = []

    def take(copy: Copy) -> None:
        boots.extend([copy.boot] if copy.boot else [])
        part = taking.held_by(copy.path, len(copy.content), sha256(copy.content).hexdigest())
        if part is None:
            taking.put(copy.path, copy.content)
            part = taking.parts.pop()
        taking.parts.append(msgspec.structs.replace(part, first_seq=copy.segment.first_seq, last_seq=copy.last_seq))

    found, faults = reach(cut, take)
    taking.ranges[f"{taking.prefix}raw/{cut.stream}"] = found
    taking.faults += [f"{taking.prefix}{fault}" if fault.startswith("raw/") else fault for fault in faults]
    return boots[0] if boots else b""


def add_pruned(taking: Taking, raw: Path, left_out: list[str]) -> None:
    """How far the executor pruned, as it is after the journals were read: never less than what is missing in them."""
    try:
        content = read_plain(raw / PRUNED, SMALL_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        left_out.append(f"raw/{PRUNED}: {error.strerror}")
        return
    taking.put(f"raw/{PRUNED}", content)


def add_days(taking: Taking, home: Place, left_out: list[str]) -> None:
    """Days of tables, which reach further back than journals do."""
    for path in day_parts(home):
        told = str(path.relative_to(home.root))
        try:
            file = opened_plain(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            left_out.append(f"{told}: {error.strerror}")
            continue
        with file:
            size = os.fstat(file.fileno()).st_size
            part = taking.held_by(told, size, file_digest(file, "sha256").hexdigest())
            file.seek(0)
            if part is None:
                taking.add(told, file, size)
            else:
                taking.parts.append(part)
