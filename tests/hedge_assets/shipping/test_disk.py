import errno
from pathlib import Path

import pytest

from hedge_assets.shipping.disk import DiskError, at_disk


@pytest.mark.parametrize(
    ("error", "fault", "path"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/raw/ticks/1.jsonl"), "refused", "/raw/ticks/1.jsonl"),
        (OSError(errno.ENOSPC, "No space left on device"), "unreachable", "/raw"),
    ],
)
def test_what_the_disk_refuses_is_said_in_one_line_with_its_path(error, fault, path):
    with pytest.raises(DiskError) as told, at_disk(Path("/raw")):
        raise error
    assert told.value.fault == fault
    assert str(told.value).startswith(f"{path} cannot be read or written ({error.strerror}); ")


def test_that_nobody_reads_what_is_said_is_no_matter_of_a_disk():
    with pytest.raises(BrokenPipeError), at_disk(Path("/raw")):
        raise BrokenPipeError
