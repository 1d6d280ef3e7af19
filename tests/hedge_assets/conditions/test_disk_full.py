import pytest

from hedge_assets.health.scene import DiskFacts
from tests.hedge_assets.conditions.scenes import said, well

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("disk", "severity"),
    [
        (DiskFacts(10**12, 10**13, 10**6), None),
        (DiskFacts(1024 * MIB, 10**13, None), None),
        (DiskFacts(1024 * MIB - 1, 10**13, 10**6), "warn"),
        (DiskFacts(64 * MIB - 1, 10**13, 10**6), "error"),
        (DiskFacts(10**12, 10**13, 999), "error"),
        (DiskFacts(10**12, 10**13, 10**6, is_read_only=True), "error"),
        (DiskFacts(fault="Input/output error"), "error"),
        (None, None),
    ],
)
def test_the_disk_is_told_of_before_it_is_full(disk, severity):
    assert said("disk_full", well(disk=disk)) == ([] if severity is None else [("disk", severity)])
