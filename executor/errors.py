"""What can go wrong, sorted by what happens next.

    HedgeError
    ├─ SettingsError         refuse to start (exit 78); the operator must act
    ├─ LockError             another instance owns the data directory (exit 75)
    ├─ FeedError             the market cannot be read (exit 1, or 78 when it was never readable)
    ├─ JournalError          HALT before the next order (exit 1); supervisor restarts
    └─ CorruptJournal        the journal disagrees with itself (exit 78); the operator must act

Every message says what was wrong, the value, the limit and the cure, in one line.
"""

from typing import ClassVar


class HedgeError(Exception):
    """Anything this program raises on purpose; `exit_code` is what the process ends with."""

    exit_code: ClassVar[int] = 1


class SettingsError(HedgeError):
    """A setting, flag or argument was refused."""

    exit_code = 78


class LockError(HedgeError):
    """Another executor holds the data directory."""

    exit_code = 75


class FeedError(HedgeError):
    """The feed cannot go on."""


class UnreadableFeed(FeedError):
    """The feed named in the settings was never readable."""

    exit_code = 78


class UnreadableCassette(UnreadableFeed):
    """A cassette is damaged, empty, of a newer version, or not of what is wanted."""


class JournalError(HedgeError):
    """A record could not be made durable; nothing may be sent after this."""


class CorruptJournal(HedgeError):
    """A journal's durable part is damaged, or disagrees with what was decided."""

    exit_code = 78
