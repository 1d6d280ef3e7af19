"""`python -m tests.fake_firestore [PORT]`: serves on loopback until it is ended; says where."""

import signal
import sys
import threading

from tests.fake_firestore.server import FakeFirestore


def main() -> None:
    over = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: over.set())
    with FakeFirestore(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as fake:
        print(f"FIRESTORE_EMULATOR_HOST={fake.host}", flush=True)
        over.wait()


if __name__ == "__main__":
    main()
