"""Kills an executor at a real (local) venue, over and over, at any moment and at named points, while the venue loses answers; then holds
its journal against what really happened. `python -m tests.crash_rig --help`."""
