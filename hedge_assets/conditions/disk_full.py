"""The disk under the data root has little room left, or cannot be written: soon nothing can be journaled or refreshed."""

from collections.abc import Iterator

from hedge_assets.health.condition import Condition, Sign
from hedge_assets.health.scene import Scene

CURE = "free space under the data root; the asset storage (state/storage.json, the operator page) says what takes it"


def signs(scene: Scene) -> Iterator[Sign]:
    """One sign when room is below the lines of `[health]`, or the disk is mounted read-only."""
    disk = scene.disk
    if disk is None:
        return
    if disk.fault is not None:
        yield Sign("disk", "error", f"the disk cannot be asked: {disk.fault}", "repair or mount the disk of the data root")
    elif disk.is_read_only:
        yield Sign("disk", "error", "the disk is mounted read-only", "remount it writable; the executor cannot journal")
    elif disk.free_bytes is not None and disk.free_bytes < scene.limits.disk_fail_bytes:
        yield Sign("disk", "error", f"{disk.free_bytes} bytes are free, at least {scene.limits.disk_fail_bytes} are needed", CURE)
    elif disk.free_inodes is not None and disk.free_inodes < scene.limits.disk_fail_inodes:
        yield Sign(
            "disk", "error", f"{disk.free_inodes} files can still be made, at least {scene.limits.disk_fail_inodes} are needed", CURE
        )
    elif disk.free_bytes is not None and disk.free_bytes < scene.limits.disk_warn_bytes:
        yield Sign("disk", "warn", f"{disk.free_bytes} bytes are free, wanted are {scene.limits.disk_warn_bytes}", CURE)


CONDITION = Condition(judge=signs, reach=2)
