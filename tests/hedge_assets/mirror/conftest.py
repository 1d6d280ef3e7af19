"""A Firestore on loopback, and the way to it."""

from collections.abc import Iterator

import pytest

from tests.fake_firestore.server import FakeFirestore


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFirestore]:
    with FakeFirestore() as made:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", made.host)
        yield made
