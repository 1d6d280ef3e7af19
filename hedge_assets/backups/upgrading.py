"""What starting this version on a data root would do to it, found out without touching anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from executor.configuration import carried
from executor.errors import HedgeError
from executor.journal.form import CHECKPOINT_FORMAT, FORM, FORMS
from executor.lock import is_held, owner_of
from executor.settings import Settings
from hedge_assets.backups.forms import Forms, Kept, forms_of, last_seqs
from hedge_assets.catalog import scan

Word = Literal["ok", "change", "look", "refused"]


@dataclass(frozen=True)
class Step:
    """One thing about an upgrade. `change` happens by itself, `look` wants somebody's eye first, `refused` would not start (78)."""

    word: Word
    about: str
    said: str


def steps(root: Path) -> tuple[Step, ...]:
    """Everything that is to be said of a root, in the order of a start."""
    try:
        forms = forms_of(root)
    except HedgeError as error:
        return (Step("refused", "forms", str(error)),)
    return (*running(root), *journals(forms), *checkpoint(forms, root), *states(forms))


def running(root: Path) -> Iterator[Step]:
    """The executor that is still there."""
    if is_held(root / "raw"):
        yield Step(
            "look", "executor", f"it runs (pid {owner_of(root / 'raw')}): stop it in peace before its code is replaced, then ask again"
        )
    else:
        yield Step("ok", "executor", "none runs")


def journals(forms: Forms) -> Iterator[Step]:
    """The raw facts: older ones stay as they are."""
    if forms.journals > FORM:
        yield Step("refused", "journals", f"they have form {forms.journals}, this version reads up to {FORM}: it is an older one")
    elif forms.journals < FORM:
        came = "; ".join(FORMS[number] for number in range(forms.journals + 1, FORM + 1))
        yield Step(
            "change", "journals", f"form {forms.journals} is read as it lies, new records are written in form {FORM} (what came: {came})"
        )
    else:
        yield Step("ok", "journals", f"form {FORM}")


def checkpoint(forms: Forms, root: Path) -> Iterator[Step]:
    """Where the executor would go on: with nothing after it, it goes on whatever rules changed."""
    kept = forms.checkpoint
    if kept is None:
        yield Step(
            "look", "checkpoint", "there is none: everything is gone through again from the first record, and must come out the same"
        )
        return
    if kept.format > CHECKPOINT_FORMAT:
        yield Step(
            "refused", "checkpoint", f"it has format {kept.format}, this version reads up to {CHECKPOINT_FORMAT}: it is an older one"
        )
        return
    _, dropped = carried(kept.settings, Settings)
    if dropped:
        yield Step("change", "checkpoint", f"settings that this version does not know are left out: {', '.join(dropped)}")
    yield tail_of(kept, root)


def tail_of(kept: Kept, root: Path) -> Step:
    """Records after the checkpoint are decided again by the new code, and must come out as they are."""
    newest = last_seqs(root / "raw")
    behind = {stream: newest[stream] - seq for stream, seq in kept.seqs.items() if newest.get(stream, 0) > seq}
    if not behind:
        return Step("ok", "checkpoint", "it reaches the journals' end: the executor was stopped in peace")
    told = ", ".join(f"{count} of {stream}" for stream, count in behind.items())
    return Step(
        "look",
        "checkpoint",
        f"records follow it ({told}): if this version decides one otherwise it refuses (78); start the old version once and stop it",
    )


def states(forms: Forms) -> Iterator[Step]:
    """The numbers: made anew from the journals whenever their form is another one."""
    known = {state.spec.file: state.spec.schema_version for state in scan()}
    other = [f"{name} {was} to {known[name]}" for name, was in forms.states.items() if name in known and was != known[name]]
    gone = [name for name in forms.states if name not in known]
    if other:
        yield Step("change", "states", f"made anew in their new form: {', '.join(other)}")
    if gone:
        yield Step("look", "states", f"this version makes no {', '.join(gone)}: the file stays and grows old; remove it")
    if not other and not gone:
        yield Step("ok", "states", f"{len(forms.states)} files in today's form")
