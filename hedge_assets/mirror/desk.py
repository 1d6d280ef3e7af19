"""A data root's mirror put together from flags and settings, for the program, for one push and for Dagster alike."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from executor.clock import Clock
from executor.flags import Flags
from hedge_assets.catalog import scan, scan_desk
from hedge_assets.health.manifest import Row, manifest, state_row
from hedge_assets.health.scene import Mirrored
from hedge_assets.mirror.copyist import Copyist
from hedge_assets.mirror.permission import Permission, permission
from hedge_assets.mirror.running import write_standing
from hedge_assets.mirror.sink import chosen
from hedge_assets.place import whole_of
from hedge_assets.settings import Place

Asked = Literal["owed", "all"] | None
PASSES_S = 300.0
"""So often Dagster makes a pass where no program does."""


def roots_of(places: Sequence[Place]) -> tuple[tuple[Place, tuple[Row, ...]], ...]:
    """The data roots to mirror with their manifests: every account's, and where all of them are meant the desk's as a whole."""
    states, whole = manifest(scan()), whole_of(places)
    found = tuple((place, states) for place in places)
    return found if whole is None else (*found, (all_states_of(whole), tuple(map(state_row, scan_desk()))))


def all_states_of(whole: Place) -> Place:
    """The desk as a whole with all of its own states mirrored: `mirror.states` names accounts'."""
    return msgspec.structs.replace(whole, mirror=msgspec.structs.replace(whole.mirror, states=()))


def permitted(place: Place, flags: Flags) -> Permission:
    """What may be mirrored. Raises `SettingsError` for what the settings ask for and may not have."""
    return permission(flags, place.mirror, chosen(place.mirror))


def one_pass(place: Place, rows: Sequence[Row], flags: Flags, *, clock: Clock, asked: Asked = None) -> Mirrored:
    """One turn, or the reason why there is none; what stands is written down either way. The caller holds the folder's lock.

    When somebody `asked` for it, a sink that failed is tried now, and not when its time has come; `all` pushes again what is there.
    """
    allowed = permitted(place, flags)
    if allowed.off is not None:
        stood = Mirrored(at_us=clock.now_us(), late_s=place.mirror.late_s, fail_s=place.mirror.fail_s, off=allowed.off)
        write_standing(place.mirrored, stood)
        return stood
    copyist = Copyist(place, rows, allowed.sinks, clock=clock)
    if asked is not None:
        copyist.forget(everything=asked == "all")
    try:
        stood = msgspec.structs.replace(copyist.turn(), every_s=PASSES_S)
    finally:
        copyist.close()
    write_standing(place.mirrored, stood)
    return stood
