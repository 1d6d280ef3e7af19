"""Which code made a document: the package's version and a hash of its sources."""

import functools
import hashlib
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parent
UNINSTALLED = "0"


@functools.cache
def code_version() -> str:
    """`<package version>+<hash>`, the hash over every source that shapes a number: this package's and the pipeline's."""
    digest = hashlib.blake2b(digest_size=6)
    for folder in (PACKAGE, PACKAGE.parent / "executor"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(str(path.relative_to(PACKAGE.parent)).encode())
            digest.update(path.read_bytes())
    return f"{package_version()}+{digest.hexdigest()}"


def package_version() -> str:
    """The installed package's version; `0` in a checkout that is not installed."""
    try:
        return metadata.version("hedge")
    except metadata.PackageNotFoundError:
        return UNINSTALLED
