"""A data root whose journals are another machine's: they come through object storage, and no executor may write to them."""

from pathlib import Path

from executor.errors import SettingsError
from executor.plain_file import read_plain

MOST_SHOWN = 200
MOST_BYTES = 4096


def source_of(root: Path) -> Path:
    """Where `hedge receive` notes the prefix that a root's journals come from."""
    return root / "receive" / "source"


def refuse_received(root: Path) -> None:
    """Raise `SettingsError` where journals are received: an executor would trade on as another machine's, and the two would part."""
    note = source_of(root)
    try:
        source = repr(read_plain(note, MOST_BYTES).decode("utf-8", "replace")[:MOST_SHOWN])
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:  # what cannot be looked at may say so
        source = f"elsewhere ({note} cannot be read: {error.strerror})"
    raise SettingsError(
        f"journals of {root} are received from {source}, an executor may not trade on them; name another data root with --data"
    )
