"""Which form the journals of a data root are in: noted in `raw/form.json` before the first record of that form is written.

Fields and kinds are only ever added, so that today's code reads every older form as it lies there; nothing is rewritten. Older code would
pass over kinds it does not know and be wrong without a word: it must refuse, and can, because the number is greater than its own.
"""

import os
from pathlib import Path

import msgspec

from executor.errors import JournalError, SettingsError
from executor.journal.segments import sync_folder
from executor.plain_file import read_plain

FORMS = {
    1: "quotes, marks, gaps, trades; intents, decisions and what became of orders; accounts and heartbeats",
    2: "suggestions that steer: `policy_changed`, `suggestion_refused`, the versions in a decision's policy, `ack.latency_us`",
    3: "`boot.bar_s`: how long a bar is that the feed's market needs",
    4: "a real venue: `fault`, `fill.origin`, `income_id` of funding and transfers, a funding without rate and mark, `adjust.entry_price`",
    5: "conditional orders (`submit.trigger`, `triggered`), `rules_changed`, brackets and `is_trading` of instruments",
    6: "`boot.form`, and this note",
}
"""Every form there was, and what came with it."""
FORM = max(FORMS)
CHECKPOINT_FORMAT = 1
"""The checkpoint's own; fields with defaults may come, settings may go, without a new one."""
UNSAID = 1
"""What a root without the note is taken for: its records were written before there was one."""
NAME = "form.json"
MOST_BYTES = 4096


class Note(msgspec.Struct, frozen=True):
    """The newest form in which anything of a root was written."""

    form: int


def form_of(raw: Path) -> int:
    """The newest form in a root; 1 where nothing was noted. Raises `SettingsError` for a note that cannot be read."""
    path = raw / NAME
    try:
        return msgspec.json.decode(read_plain(path, MOST_BYTES), type=Note).form
    except FileNotFoundError:
        return UNSAID
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f'{path} cannot be read ({error}); write {{"form":{FORM}}} into it if this version wrote the journals'
        ) from error


def refuse_newer(raw: Path) -> int:
    """The form of a root, having seen that this version knows it; raises `SettingsError` for journals of a newer one."""
    form = form_of(raw)
    if form > FORM:
        raise SettingsError(
            f"journals in {raw} have form {form}, this version reads up to {FORM}; start the version that wrote them or a newer one, "
            "or restore a backup from before"
        )
    return form


def note_form(raw: Path, *, sync: bool) -> None:
    """Say that records of today's form are about to be written; older ones stay as they are. Raises `JournalError`."""
    if (raw / NAME).exists() and form_of(raw) >= FORM:
        return
    beside = raw / f".{NAME}.new"
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(Note(FORM)))
            file.flush()
            if sync:
                os.fsync(file.fileno())
        beside.replace(raw / NAME)
        if sync:
            sync_folder(raw)
    except OSError as error:
        raise JournalError(f"{raw / NAME} cannot be written ({error.strerror}); make room or repair the disk, then start again") from error
