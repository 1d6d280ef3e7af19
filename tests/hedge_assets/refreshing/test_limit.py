import subprocess
import sys
import time

from hedge_assets.refreshing import limit
from hedge_assets.refreshing.limit import ended_after

HANGING = """
import os
from hedge_assets.refreshing import limit
limit.GRACE_S = 0.1
with limit.ended_after(0.1):
    reader, writer = os.pipe()
    os.read(reader, 1)
"""


def test_a_process_that_hangs_in_a_read_is_ended_and_says_where_it_stood():
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 1
    assert 'File "<string>", line 7 in <module>' in done.stderr


def test_what_ends_in_time_is_left_alone(monkeypatch):
    monkeypatch.setattr(limit, "GRACE_S", 0.05)
    with ended_after(0.05):
        pass
    time.sleep(0.2)
