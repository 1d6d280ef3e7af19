"""A backup becomes a data root: everything is proved first, put together beside the root's name, proved again, and renamed in one step."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from executor.journal.form import CHECKPOINT_FORMAT, FORM
from hedge_assets.backups.archive import checked, copied, read_through, synced
from hedge_assets.backups.journals import cut_now, reach
from hedge_assets.backups.prepared import READY, hand_over, prepared, put_back, swapped
from hedge_assets.backups.shapes import MANIFEST, BackupError, BackupRefused, Base, Manifest, Part
from hedge_assets.catalog import scan
from hedge_assets.folder_lock import held_alone


class Chain:
    """A backup with the earlier ones that it builds on, each proved to hold. `files` are their archives by id."""

    def __init__(self, newest: Manifest, files: Mapping[str, Path]) -> None:
        self.newest, self.files = newest, files

    def wanted(self, backup: str) -> dict[str, Part]:
        """The files that are to come out of one archive, by path."""
        return {part.path: part for part in self.newest.parts if (part.held or self.newest.id) == backup}


def chain_of(paths: Sequence[Path]) -> Chain:
    """The archives put in order, whatever order they were named in; those that are not named are looked for beside the newest."""
    manifests = {path: checked(path) for path in paths}
    inner = {base.id for manifest in manifests.values() for base in manifest.bases}
    outer = [path for path, manifest in manifests.items() if manifest.id not in inner]
    if len(outer) != 1:
        names = ", ".join(path.name for path in outer) or "none"
        raise BackupRefused(f"of the {len(paths)} backups named {names} builds on no other; name one backup and what it builds on")
    newest = manifests[outer[0]]
    files = {manifest.id: path for path, manifest in manifests.items()}  # also of older ones that the newest needs nothing of
    for base in newest.needed():
        if base.id not in files:
            files[base.id] = beside(outer[0], base)
    return Chain(newest, files)


def beside(path: Path, base: Base) -> Path:
    """The archive of an earlier backup, by its name in the folder of a later one."""
    found = path.parent / Path(base.name).name
    if not found.is_file():
        raise BackupRefused(
            f"{path} builds on backup {base.id} ({base.name}), which is not in {path.parent}; put it there, or name it as well"
        )
    manifest = checked(found)
    if manifest.id != base.id:
        raise BackupRefused(f"{found} is backup {manifest.id}, {path} builds on {base.id}; name the file that has that one")
    return found


def refuse_newer(manifest: Manifest, file: str) -> None:
    """Raise `BackupRefused` for a backup of a version that wrote what this one does not know."""
    states = {state.spec.file: state.spec.schema_version for state in scan()}
    told = [("journals", manifest.journal_form, FORM), ("checkpoint", manifest.checkpoint_format, CHECKPOINT_FORMAT)]
    told += [(path, version, states[Path(path).name]) for path, version in sorted(manifest.states.items()) if Path(path).name in states]
    newer = next((each for each in told if each[1] > each[2]), None)
    if newer is not None:
        name, was, known = newer
        raise BackupRefused(
            f"{file} has {name} of form {was}, known here are {known}; restore it with the version that made it ({manifest.code_version})"
        )


def restore(paths: Sequence[Path], root: Path) -> Manifest:
    """Make a data root of a backup, or leave everything as it was.

    Raises `BackupRefused` for a place where a file lies, for archives that do not hold, do not belong together or are of a newer version.
    """
    refuse_odd(root)
    holding = root.parent / f".{root.name}.restoring"
    if not os.path.lexists(holding):
        prepared(root)
    with held_alone(holding, f"{holding} is being filled by another restore; wait for it"), cleared(holding), in_one_line(root):
        put_back(root, holding)
        places = prepared(root)
        chain = chain_of(paths)
        refuse_newer(chain.newest, str(chain.files[chain.newest.id]))
        desk = holding / READY
        desk.mkdir(mode=0o750)
        for backup in sorted({part.held or chain.newest.id for part in chain.newest.parts}):
            unpack(chain.files[backup], chain.wanted(backup), desk, is_newest=backup == chain.newest.id)
        hand_over(desk, places)
        settle(desk)
        prove(chain.newest, desk)
        swapped(root, holding, places)
        synced(root.parent)
    return chain.newest


def refuse_odd(root: Path) -> None:
    """Raise `BackupRefused` where nothing can be put in one step, and where nobody may look."""
    try:
        is_mount, is_place = root.is_mount(), root.parent.is_dir()
    except OSError as error:
        raise BackupRefused(f"{root} cannot be looked at ({error.strerror}); restore as root, or name another --data") from error
    if is_mount:
        raise BackupRefused(
            f"{root} is where a disk is mounted, it cannot be put in place in one step; name a folder in it, like {root / 'desk'}"
        )
    if not is_place:
        raise BackupRefused(f"{root.parent} is no folder; make it, or name another --data")


@contextlib.contextmanager
def in_one_line(root: Path) -> Iterator[None]:
    """What cannot be written is said in one line."""
    try:
        yield
    except OSError as error:
        raise BackupError(
            f"{root} cannot be restored ({error.strerror or error}); free space or name another --data, then try again"
        ) from error


@contextlib.contextmanager
def cleared(holding: Path) -> Iterator[None]:
    """Nothing is left of what did not come to its end, unless the process was killed; the next restore clears that away."""
    try:
        yield
    finally:
        shutil.rmtree(holding / READY, ignore_errors=True)
        with contextlib.suppress(OSError):  # folders that could not be put back stay in it
            holding.rmdir()


def unpack(archive: Path, wanted: Mapping[str, Part], staging: Path, *, is_newest: bool) -> None:
    """Take files out of one archive, each hashed once more on its way; its manifest as well where it is the newest."""
    left = dict(wanted)
    with read_through(archive) as files:
        for name, _, content in files:
            part = left.pop(name, None)
            if part is None and not (is_newest and name == MANIFEST):
                continue
            path = staging / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
            with os.fdopen(handle, "wb") as file:
                sha256 = copied(content, file, archive)
                file.flush()
                os.fsync(file.fileno())
            if part is not None and sha256 != part.sha256:
                raise BackupRefused(f"{archive} changed while it was read: {name}; leave it alone and try again")
    if left:
        raise BackupRefused(
            f"{archive} has no {min(left)}, which the newest backup holds in it; name the archive that was there when it was taken"
        )


def settle(staging: Path) -> None:
    """Make every name durable."""
    for folder, _, _ in os.walk(staging, topdown=False):
        synced(Path(folder))


def prove(manifest: Manifest, staging: Path) -> None:
    """Read the journals through as they lie now: whole, and reaching exactly as far as the manifest says; damaged ones are as they were."""
    for folder in sorted({str(Path(name).parent) for name in manifest.ranges} if not manifest.faults else ()):
        with cut_now(staging / folder) as cuts:
            for cut in cuts:
                name = f"{folder}/{cut.stream}"
                wanted = manifest.ranges.get(name)
                reached, faults = reach(cut, lambda _: None)
                if faults:
                    raise BackupRefused(f"{name} did not come out whole: {faults[0]}; take another backup")
                if wanted is None:
                    raise BackupRefused(f"{name} is not in the manifest, which has other journals of {folder}; take another backup")
                if reached != wanted:
                    told = f"{reached.first_seq}..{reached.last_seq}, the manifest says {wanted.first_seq}..{wanted.last_seq}"
                    raise BackupRefused(f"{name} came out as {told}; take another backup")
