"""What a backup says of itself, and what is refused about one."""

import errno
import hashlib
from pathlib import Path

import msgspec

from executor.errors import HedgeError

FORMAT = 1
"""Of the archive. A newer one is refused; older ones are read."""
FOLDER = "backup"
MANIFEST = f"{FOLDER}/manifest.json"
SETTINGS = f"{FOLDER}/settings.toml"
"""What is beside the desk's own files: the manifest, and the settings without secrets."""
LATER = ("missed",)
"""What came to manifests later counts for their id only where it says something: those from before keep theirs."""
FORBIDDEN = (errno.EACCES, errno.EPERM)


class BackupError(HedgeError):
    """A backup cannot be made or does not hold."""


class BackupRefused(BackupError):
    """A backup, or the place it is to go to, is not what is wanted; nothing was changed."""

    exit_code = 78


def unread(path: Path | str, error: OSError) -> BackupRefused:
    """In words, that a backup cannot be taken without something that cannot be read."""
    cure = "run it as root or as a user who may read it" if error.errno in FORBIDDEN else "put it right or move it away, then try again"
    return BackupRefused(f"{path} cannot be read ({error.strerror or error}), and without it there is no backup; {cure}")


def is_text(name: str) -> bool:
    """Whether a file's name is UTF-8: under another one nothing can lie in an archive."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file. `path` is relative to the data root. `held` is the id of the earlier backup that has the bytes, empty for this one.

    `first_seq` and `last_seq` are of a journal's segment, 0 for other files.
    """

    path: str
    bytes: int
    sha256: str
    held: str = ""
    first_seq: int = 0
    last_seq: int = 0


class Base(msgspec.Struct, frozen=True):
    """An earlier backup in the row that this one goes on, by its id and the name its file had."""

    id: str
    name: str


class Range(msgspec.Struct, frozen=True):
    """The records of one journal, by sequence number; 0..0 for none."""

    first_seq: int
    last_seq: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The last entry of an archive. `id` is a hash of everything else it says, so that nothing in it can be changed unnoticed.

    `made_us` is microseconds UTC. `states` are the schema versions of the state files, `journal_form` and `checkpoint_format` the newest
    that the executors' files were written in, `ranges` the records of each journal by its folder (`raw/ticks`, `accounts/NAME/raw/ticks`).
    `bases` are the earlier backups of its row, newest first; those that parts are `held` by are needed to restore. In words: `faults` are
    damages of the journals as they were found, `left_out` is what lay there and is nothing that a desk writes, `missed` what belongs in
    it and could not be read.
    """

    format: int
    id: str
    made_us: int
    code_version: str
    journal_form: int
    checkpoint_format: int
    states: dict[str, int]
    ranges: dict[str, Range]
    parts: tuple[Part, ...]
    bases: tuple[Base, ...] = ()
    faults: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Of all files together, unpacked from the archive."""
        return sum(part.bytes for part in self.parts)

    def own(self) -> dict[str, Part]:
        """The files whose bytes are in this very archive."""
        return {part.path: part for part in self.parts if not part.held}

    def needed(self) -> tuple[Base, ...]:
        """The earlier backups whose archives hold something of this one."""
        used = {part.held for part in self.parts}
        return tuple(base for base in self.bases if base.id in used)


class Head(msgspec.Struct, frozen=True):
    """What is read of a manifest before anything else of it is understood."""

    format: int


def boot_path(account: str) -> str:
    """Where the newest boot record of an executor (flags and versions) lies: of the desk's own for an empty name, else of an account's."""
    return f"{FOLDER}/boot-{account}.json" if account else f"{FOLDER}/boot.json"


def named(manifest: Manifest) -> Manifest:
    """The manifest with its id."""
    return msgspec.structs.replace(manifest, id=id_of(manifest))


def id_of(manifest: Manifest) -> str:
    """What a manifest's id must be."""
    plain = msgspec.to_builtins(msgspec.structs.replace(manifest, id=""))
    said = {name: value for name, value in plain.items() if value or name not in LATER}
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:32]


def manifest_from(content: bytes, file: str) -> Manifest:
    """A manifest, having seen that it is of a form known here and says what it said when it was written."""
    try:
        head = msgspec.json.decode(content, type=Head)
        if head.format > FORMAT:
            raise BackupRefused(
                f"{file} has backup format {head.format}, this version reads up to {FORMAT}; restore it with the version that made it"
            )
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BackupRefused(f"{file} has a manifest that cannot be read ({error}); take another backup") from error
    if manifest.id != id_of(manifest):
        raise BackupRefused(
            f"{file} has a manifest that was changed (it hashes to {id_of(manifest)}, it says {manifest.id}); take another backup"
        )
    return manifest
