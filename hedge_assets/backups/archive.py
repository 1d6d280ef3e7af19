"""The file itself: a tar in one zstd frame, written and read from its beginning to its end, never held in memory whole."""

import contextlib
import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

import zstandard

from hedge_assets.backups.shapes import MANIFEST, BackupError, BackupRefused, Manifest, Part, manifest_from, unread

LEVEL = 3
CHUNK_BYTES = 1024 * 1024
DAMAGED = (tarfile.TarError, zstandard.ZstdError, EOFError, ValueError, OverflowError)
MOST_MANIFEST = 512 * 1024 * 1024


class Hashed:
    """A source whose bytes are hashed as they are read, under the name that it is told by."""

    def __init__(self, source: BinaryIO, path: str) -> None:
        self._source, self._path = source, path
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises `BackupError` where there are fewer, or none to be had."""
        try:
            data = self._source.read(size)
        except OSError as error:
            raise unread(self._path, error) from error
        if len(data) < size:
            raise BackupError(f"{self._path} became shorter while it was read; try again")
        self._digest.update(data)
        return data

    @property
    def sha256(self) -> str:
        """Of what was read so far."""
        return self._digest.hexdigest()


class Named:
    """An archive that is read: where its bytes cannot be had it is named, so that it is not taken for what is written meanwhile."""

    def __init__(self, source: BinaryIO, path: Path) -> None:
        self._source, self._path = source, path

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        try:
            return self._source.read(size)
        except OSError as error:
            raise unreadable(self._path, error) from error


def unreadable(path: Path, error: OSError) -> BackupRefused:
    """In words, that there is no reading a file."""
    return BackupRefused(f"{path} cannot be read ({error.strerror}); name a backup file")


class Writer:
    """Puts files into an archive, one after the other."""

    def __init__(self, out: BinaryIO) -> None:
        self._packed = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).stream_writer(out, closefd=False)
        self._tar = tarfile.open(fileobj=self._packed, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115  closed by `close`

    def add(self, path: str, source: BinaryIO, size: int) -> Part:
        """The next `size` bytes of a source as a file. Raises `BackupError` where it has fewer."""
        told = tarfile.TarInfo(path)
        told.size, told.mode = size, 0o600
        hashed = Hashed(source, path)
        self._tar.addfile(told, cast("IO[bytes]", hashed))  # it only reads
        return Part(path=path, bytes=size, sha256=hashed.sha256)

    def add_bytes(self, path: str, content: bytes) -> Part:
        """Some bytes as a file."""
        return self.add(path, io.BytesIO(content), len(content))

    def close(self) -> None:
        """End the archive; without this there is none."""
        self._tar.close()
        self._packed.close()  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def read_through(path: Path) -> Iterator[Iterator[tuple[str, int, IO[bytes]]]]:
    """Every file of an archive in order: its name, its size, and where to read it from before the next one is asked for."""
    with contextlib.ExitStack() as opened:
        try:
            file = Named(opened.enter_context(path.open("rb")), path)
        except OSError as error:
            raise unreadable(path, error) from error
        try:
            packed: Any = opened.enter_context(zstandard.ZstdDecompressor().stream_reader(cast("IO[bytes]", file), closefd=False))
            tar = opened.enter_context(tarfile.open(fileobj=packed, mode="r|", bufsize=CHUNK_BYTES))
            yield entries(tar, path)
        except DAMAGED as error:
            raise BackupRefused(f"{path} is no whole backup ({error or type(error).__name__}); take another one") from error


def entries(tar: tarfile.TarFile, path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """The same of an opened tar; what is no plain file under a plain name is refused."""
    for told in tar:
        name = PurePosixPath(told.name)
        content = tar.extractfile(told) if told.isreg() else None
        if content is None or name.is_absolute() or ".." in name.parts or str(name) != told.name:
            raise BackupRefused(f"{path} holds {told.name[:100]!r}, which is no file of a backup; take another one")
        yield told.name, told.size, content


def copied(source: IO[bytes], to: BinaryIO | None, path: Path) -> str:
    """The hash of a file of the archive, having written it as well where `to` is given; what is cut off or damaged is refused."""
    digest = hashlib.sha256()
    while True:
        try:
            chunk = source.read(CHUNK_BYTES)
        except DAMAGED as error:
            raise BackupRefused(f"{path} is no whole backup ({error or type(error).__name__}); take another one") from error
        if not chunk:
            return digest.hexdigest()
        digest.update(chunk)
        if to is not None:
            to.write(chunk)


def checked(path: Path) -> Manifest:
    """An archive's manifest, having read every byte and seen that each file is as the manifest says, none missing and none more."""
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    with read_through(path) as files:
        for name, size, content in files:
            if name == MANIFEST and size <= MOST_MANIFEST:
                manifest = manifest_from(content.read(), str(path))
            elif manifest is None and name not in found:
                found[name] = (size, copied(content, None, path))
            else:
                raise BackupRefused(f"{path} holds {name[:100]!r} twice or after its manifest; take another one")
    if manifest is None:
        raise BackupRefused(f"{path} has no {MANIFEST}: it was not written to its end; take another one")
    wanted = {name: (part.bytes, part.sha256) for name, part in manifest.own().items()}
    for name in sorted({*found, *wanted}):
        if found.get(name) != wanted.get(name):
            raise BackupRefused(f"{path} does not hold: {name} {differs(found.get(name), wanted.get(name))}; take another backup")
    return manifest


def differs(found: tuple[int, str] | None, wanted: tuple[int, str] | None) -> str:
    """In words, how a file of an archive is not what its manifest says."""
    if found is None:
        return "is missing"
    if wanted is None:
        return "is not in its manifest"
    return f"has {found[0]} bytes with hash {found[1][:12]}, the manifest says {wanted[0]} with {wanted[1][:12]}"


def synced(path: Path) -> None:
    """Make a folder's names durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
