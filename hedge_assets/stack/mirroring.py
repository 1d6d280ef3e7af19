"""The mirror among the programs of `hedge up`: there where anything is to be mirrored, and not otherwise."""

from dataclasses import replace

from executor.errors import SettingsError
from executor.flags import Flags
from hedge_assets.mirror.desk import permitted
from hedge_assets.settings import Place
from hedge_assets.stack.programs import Stack, mirror, told_by


def with_mirror(made: Stack, place: Place, flags: Flags) -> Stack:
    """The stack with the mirror after everything else, where flags and settings ask for it.

    One that may not is there as well: it says why and ends with 78, and nothing else waits for that.
    """
    try:
        wanted = permitted(place, flags).off is None
    except SettingsError:
        wanted = True
    return replace(made, programs=(*made.programs, mirror(told_by(made.root, made.ports)))) if wanted else made
