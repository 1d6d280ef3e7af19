"""A Firestore in memory behind real gRPC: Google's own client talks to it through `FIRESTORE_EMULATOR_HOST`.

What it refuses is what the official emulator was seen to refuse, or the service's documents say that it does;
`tests/hedge_assets/mirror/sinks/test_firestore.py` runs the same contract against the official emulator where one is there.
"""
