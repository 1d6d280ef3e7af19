"""A backup is taken beside its name, read back, and only then gets it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from executor.accounts import root_of
from executor.errors import SettingsError
from executor.journal import form
from executor.journal.pruned import NAME as PRUNED
from executor.plain_file import read_plain
from executor.received import source_of
from hedge_assets.backups.archive import Writer, checked, synced
from hedge_assets.backups.contents import Omitted, day_parts, held_together, homes, opened_or_noted
from hedge_assets.backups.forms import checkpoint_format, schemas_of
from hedge_assets.backups.journals import Copy, Cut, cut_now, reach
from hedge_assets.backups.naming import give_name, made_beside, refuse_name
from hedge_assets.backups.secrets import signed_out
from hedge_assets.backups.shapes import (
    FORMAT,
    MANIFEST,
    SETTINGS,
    BackupError,
    Base,
    Manifest,
    Part,
    Range,
    boot_path,
    named,
    unread,
)
from hedge_assets.settings import Place
from hedge_assets.version import code_version

SMALL_BYTES = 64 * 1024
Homes = Sequence[tuple[str, Place]]


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
    omitted: Omitted = field(default_factory=Omitted)
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

    Raises `BackupError` where there is nothing to keep or it cannot be written, `BackupRefused` where the name is taken or something that
    no backup goes without cannot be read.
    """
    omitted = Omitted()
    found = homes(place, omitted)
    if not any(has_journals(home) for _, home in found):
        raise BackupError(f"no journals at {place.raw}; name another data root with --data")
    refuse_name(target, place.root)
    try:
        with made_beside(target) as (file, beside):
            taking = Taking(Writer(file), earlier, omitted=omitted)
            manifest = gathered(taking, found, settings=settings, now_us=now_us)
            taking.out.close()
            file.flush()
            os.fsync(file.fileno())
            if checked(beside) != manifest:
                raise BackupError(f"{beside} does not say what was written; check the disk of {target.parent}, then try again")
            give_name(beside, target)
        synced(target.absolute().parent)
    except OSError as error:
        raise BackupError(f"{target} cannot be written ({error.strerror or error}); free space or name another place") from error
    return manifest


def has_journals(home: Place) -> bool:
    """Whether an executor ever wrote into a data root."""
    try:
        return home.raw.is_dir()
    except OSError as error:
        raise unread(home.raw, error) from error


def gathered(taking: Taking, found: Homes, *, settings: str, now_us: int) -> Manifest:
    """Put everything into the archive, one account after the other, the manifest last."""
    forms = []
    for account, home in found:
        taking.prefix = prefix_of(account)
        add_home(taking, home, account)
        forms.append(form_in(taking, home))
    taking.prefix = ""
    taking.put(SETTINGS, settings.encode())
    manifest = named(
        Manifest(
            format=FORMAT,
            id="",
            made_us=now_us,
            code_version=code_version(),
            journal_form=max(forms),
            checkpoint_format=max(checkpoint_format(home.raw) for _, home in found),
            states=states_of(found),
            ranges=taking.ranges,
            parts=tuple(taking.parts),
            bases=() if taking.earlier is None else taking.earlier.bases,
            faults=tuple(taking.faults),
            left_out=tuple(taking.omitted.left_out),
            missed=tuple(taking.omitted.missed),
        )
    )
    taking.out.add_bytes(MANIFEST, msgspec.json.encode(manifest))
    return manifest


def prefix_of(account: str) -> str:
    """What the paths of an account's files begin with below the desk's root."""
    return f"{root_of(Path(), account)}/" if account else ""


def form_in(taking: Taking, home: Place) -> int:
    """The form of a root's journals; a note that cannot be read is damage, and then they count as of today's."""
    try:
        return form.form_of(home.raw)
    except SettingsError:
        taking.faults.append(f"{taking.prefix}raw/{form.NAME} cannot be read")
        return form.FORM


def states_of(found: Homes) -> dict[str, int]:
    """The schema version of every state file by its path."""
    return {
        f"{prefix_of(account)}{home.state.name}/{name}": version
        for account, home in found
        for name, version in schemas_of(home.state).items()
    }


def add_home(taking: Taking, home: Place, account: str) -> None:
    """Everything of one data root: what is small first, then the journals, then what only grows older."""
    omitted = Omitted()
    boot = b""
    with held_together(home, omitted) as small, cut_now(home.raw) as cuts:
        for held in small:
            taking.add(held.path, held.file, held.size)
        for cut in cuts if home.raw.is_dir() else ():
            boot = add_journal(taking, cut) or boot
    add_pruned(taking, home.raw, omitted)
    add_source(taking, home.root)
    add_days(taking, home, omitted)
    taking.omitted.add(omitted, taking.prefix)
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


def add_pruned(taking: Taking, raw: Path, omitted: Omitted) -> None:
    """How far the executor pruned, as it is after the journals were read: never less than what is missing in them."""
    try:
        content = read_plain(raw / PRUNED, SMALL_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        omitted.note(f"raw/{PRUNED}", raw / PRUNED, error)
        return
    taking.put(f"raw/{PRUNED}", content)


def add_source(taking: Taking, root: Path) -> None:
    """Where a root's journals are received from, without who signs in there: without this note an executor would trade on them."""
    note = source_of(root)
    try:
        content = read_plain(note, SMALL_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unread(note, error) from error
    taking.put(str(source_of(Path())), signed_out(content.decode("latin-1")).encode("latin-1"))


def add_days(taking: Taking, home: Place, omitted: Omitted) -> None:
    """Days of tables, which reach further back than journals do."""
    for path in day_parts(home, omitted):
        told = str(path.relative_to(home.root))
        file = opened_or_noted(told, path, omitted)
        if file is None:
            continue
        with file:
            size = os.fstat(file.fileno()).st_size
            try:
                part = taking.held_by(told, size, file_digest(file, "sha256").hexdigest())
            except OSError as error:
                omitted.note(told, path, error)
                continue
            file.seek(0)
            if part is None:
                taking.add(told, file, size)
            else:
                taking.parts.append(part)
