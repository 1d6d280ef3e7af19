"""Object storage of any kind, or a folder: the file under its own name, and beside it who it is and when it was pushed.

    {uri}/accounts/{account}/states/{name}.json         the bytes of the file
    {uri}/accounts/{account}/states/{name}.head.json    digest, sizes, times, facts

The bytes go first and the head after them: whoever reads both and finds another digest has met a push under way, and reads again.
There is no limit of size to split for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from executor.errors import SettingsError
from hedge_assets.mirror.copies import Back, Copy, Where
from hedge_assets.mirror.heartbeat import text
from hedge_assets.mirror.ids import encoded
from hedge_assets.mirror.sink import Sink, SinkError, SinkSpec
from hedge_assets.object_store import ObjectError, Objects
from hedge_assets.settings import Mirror

MOST_NAME_BYTES = 200
"""File systems take 255 for a name, with its ending."""
READINGS = 3


class Head(msgspec.Struct):
    """What lies beside a file."""

    account: str
    name: str
    digest: str
    size_bytes: int
    written_ts: str | None
    pushed_ts: str | None
    part: int = 1
    parts: int = 1
    facts: dict[str, Any] = {}


class ObjectSink:
    """One bucket and prefix, or one folder."""

    def __init__(self, settings: Mirror) -> None:
        self._objects = Objects(settings.uri, deadline_s=settings.deadline_s)

    def parts(self, copy: Copy) -> int:  # noqa: ARG002
        """One: there is no limit that matters."""
        return 1

    def writes(self, copy: Copy, before: int) -> int:  # noqa: ARG002
        """Two, the file and its head."""
        return 2

    def push(self, batch: Sequence[Copy], before: Mapping[Where, int]) -> None:  # noqa: ARG002
        """Each file, then its head."""
        try:
            for copy in batch:
                path = path_of(copy.where)
                self._objects.put(f"{path}.json", copy.content)
                self._objects.put(f"{path}.head.json", msgspec.json.encode(head_of(copy)))
        except ObjectError as error:
            raise SinkError(error.fault, str(error)) from error

    def read(self, where: Where) -> Back | None:
        """The file as it was pushed."""
        path = path_of(where)
        try:
            for _ in range(READINGS):
                head, content = self._objects.get(f"{path}.head.json"), self._objects.get(f"{path}.json")
                if head is None or content is None:
                    return None
                back = Back(content=content, digest=msgspec.json.decode(head, type=Head).digest)
                if back.is_whole:
                    return back
        except ObjectError as error:
            raise SinkError(error.fault, str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SinkError("invalid", f"{path}.head.json was not written by the mirror: {error}; push it again") from error
        return back

    def close(self) -> None:
        """Nothing is held."""


def path_of(where: Where) -> str:
    """A copy's path below the prefix, without an ending."""
    return "/".join(("accounts", encoded(where.account, MOST_NAME_BYTES), where.kind, encoded(where.name, MOST_NAME_BYTES)))


def head_of(copy: Copy) -> Head:
    """What is said beside a file."""
    return Head(
        account=copy.where.account,
        name=copy.where.name,
        digest=copy.digest,
        size_bytes=len(copy.content),
        written_ts=text(copy.written_us),
        pushed_ts=text(copy.pushed_us),
        facts=dict(copy.facts),
    )


def opened(settings: Mirror) -> Sink:
    """The sink; nothing is connected to yet."""
    return ObjectSink(settings)


def target(settings: Mirror) -> str:
    """Which bucket or folder."""
    if not settings.uri:
        raise SettingsError("mirror.uri was empty, the sink objects needs it; name s3://BUCKET/PREFIX or file:///FOLDER")
    return f"objects {settings.uri}"


SINK = SinkSpec(opened=opened, target=target)
