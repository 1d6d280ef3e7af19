"""What was found on disk, before anybody thinks anything of it."""

from dataclasses import dataclass
from typing import Literal

FileKind = Literal["file", "absent", "directory", "link", "special", "unreadable", "too_large"]


@dataclass(frozen=True)
class FileFacts:
    """What lies under a name. `content` is there for a plain file that is not too large, null otherwise."""

    kind: FileKind
    content: bytes | None = None
    size_bytes: int | None = None
    mtime_us: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class JournalFacts:
    """What is known of one raw journal. `fault` says what is wrong with it, null if nothing is.

    `first_seq` is the number of the oldest record there by its segment's name, null where there is none.
    """

    segments: int
    size_bytes: int
    newest_us: int | None = None
    newest_seq: int | None = None
    mtime_us: int | None = None
    fault: str | None = None
    first_seq: int | None = None
