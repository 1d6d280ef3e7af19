import subprocess
import sys

HANGING = """
import os
from hedge_assets.refreshing import limit
limit.GRACE_S = 1.0
with limit.ended_after(1.0):
    reader, writer = os.pipe()
    os.read(reader, 1)
"""

ENDING = """
import os
from hedge_assets.refreshing import limit
threads = lambda: len(os.listdir("/proc/self/task"))
alone = threads()
with limit.ended_after(600.0):
    assert threads() == alone + 1
while threads() > alone:  # the watchdog's own
    pass
"""


def test_a_process_that_hangs_in_a_read_is_ended_and_says_where_it_stood():
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 1
    assert 'File "<string>", line 7 in <module>' in done.stderr


def test_what_ends_in_time_is_left_alone():
    subprocess.run([sys.executable, "-c", ENDING], check=True, timeout=240)
