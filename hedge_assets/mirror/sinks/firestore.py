"""Google's Firestore, through its own client: one document a state, with further parts below it where it is too large for one.

    accounts/{account}/states/{name}              the facts, `content`, `encoding`, part 1 of n
    accounts/{account}/states/{name}/parts/0002   part 2 of n, and so on

The bytes of the file are kept as they are, as text or compressed, and not as fields: Firestore refuses an array in an array (a NAV
curve), maps twenty deep and documents of more than 1 MiB, and gives numbers back as others than they were. All parts go in one commit.

The client retries for minutes by default, whatever its `timeout` says: every call here is one attempt with a deadline, and when to try
again is the breaker's business. After a failure the connection is made anew, for an old one waits up to two minutes before it
looks again.
"""

import functools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from hedge_assets.mirror.breaker import Fault
from hedge_assets.mirror.copies import Back, Copy, Where
from hedge_assets.mirror.ids import encoded
from hedge_assets.mirror.sink import Sink, SinkError, SinkSpec
from hedge_assets.mirror.splitting import Pieces, Unjoinable, joined, pieces
from hedge_assets.settings import Mirror

if TYPE_CHECKING:
    from google.cloud.firestore_v1 import Client, DocumentReference

PART_BYTES = 700_000
"""Of Firestore's 1,048,576 for a document, its name and every fact included (its documentation, "Usage and limits")."""
MOST_PARTS = 400
READINGS = 3
MISSHAPEN = (AttributeError, TypeError, KeyError, ValueError, RecursionError)
"""What Google's libraries run into where a file of credentials is JSON, but not what they take every one to be."""
FAULTS: dict[str, Fault] = {
    "ResourceExhausted": "quota",
    "PermissionDenied": "refused",
    "Forbidden": "refused",
    "Unauthenticated": "refused",
    "Unauthorized": "refused",
    "NotFound": "refused",
    "FailedPrecondition": "refused",
    "InvalidArgument": "invalid",
    "BadRequest": "invalid",
    "OutOfRange": "invalid",
}
CURES: dict[Fault, str] = {
    "quota": "the day's share at the remote is used up; lower mirror.writes_per_day, or raise the share there",
    "refused": "look at the credentials, mirror.project and mirror.database",
}


class Firestore:
    """One database. The client is made when it is first needed, and again after a failure."""

    def __init__(self, settings: Mirror) -> None:
        self._settings = settings
        self._client: Client | None = None

    def parts(self, copy: Copy) -> int:
        """Of how many documents it is made."""
        return len(cut(copy.content).parts)

    def writes(self, copy: Copy, before: int) -> int:
        """One for each part, and one for each that lay there and is not needed any more: deletions are counted alike."""
        return max(self.parts(copy), before)

    def push(self, batch: Sequence[Copy], before: Mapping[Where, int]) -> None:
        """All of them in one commit, which is done whole or not at all."""
        with calling(self):
            client = self._connected()
            commit = client.batch()
            for copy in batch:
                head, cutting = reference(client, copy.where), cut(copy.content)
                for number, part in enumerate(cutting.parts, start=1):
                    commit.set(at(head, number), fields(copy, cutting, number, part))
                for number in range(len(cutting.parts) + 1, before.get(copy.where, 0) + 1):
                    commit.delete(at(head, number))
            commit.commit(retry=None, timeout=self._settings.deadline_s)

    def read(self, where: Where) -> Back | None:
        """All parts of one moment, put together. One that was replaced between head and parts is read again."""
        for attempt in range(1, READINGS + 1):
            with calling(self):
                found = self._parts(where)
            if found is None:
                return None
            try:
                return together(found)
            except Unjoinable as error:
                if attempt == READINGS:
                    raise SinkError("invalid", f"{'/'.join(where)} cannot be put together: {error}; push it again") from error
        return None

    def _parts(self, where: Where) -> list[dict[str, Any]] | None:
        client = self._connected()
        head = reference(client, where)
        told = head.get(retry=None, timeout=self._settings.deadline_s).to_dict()
        if told is None:
            return None
        count = told.get("parts")
        if not isinstance(count, int) or count <= 1:
            return [told]
        wanted = [at(head, number) for number in range(1, min(count, MOST_PARTS) + 1)]
        found = {each.id: each for each in client.get_all(wanted, retry=None, timeout=self._settings.deadline_s)}
        return [found[each.id].to_dict() or {} for each in wanted]

    def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            client._firestore_api.transport.close()  # noqa: SLF001  its own `close` leaves the channel open, with its waits

    def _connected(self) -> "Client":
        if self._client is None:
            from google.cloud.firestore_v1 import Client  # noqa: PLC0415  half a second and 50 MB that nobody else pays

            try:
                self._client = Client(project=self._settings.project or None, database=self._settings.database)
            except MISSHAPEN as error:
                raise SinkError(
                    "refused", f"no credentials could be made of what was found ({type(error).__name__}); {CURES['refused']}"
                ) from error
        return self._client


class calling:  # noqa: N801  a context, used as a word
    """Turns what the client raises into `SinkError`, and drops the connection unless the answer was about a document alone."""

    def __init__(self, sink: Firestore) -> None:
        self._sink = sink

    def __enter__(self) -> None:
        """Begin a call."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """End it: whatever the libraries raise has a kind here, and goes on as one of ours."""
        if error is None or isinstance(error, SinkError) or not is_remote(error):
            return
        fault = fault_of(error)
        if fault != "invalid":
            self._sink.close()
        cure = CURES.get(fault)
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise SinkError(fault, f"{said}; {cure}" if cure else said) from error


def is_remote(error: BaseException) -> bool:
    """Whether an error is of the client's libraries: the call's, or that of finding credentials."""
    return isinstance(error, OSError) or any(base.__module__.startswith(("google.", "grpc")) for base in type(error).__mro__)


def fault_of(error: BaseException) -> Fault:
    """Which kind of failure the client's error is; what is not known by name may pass by itself."""
    if type(error) is OSError:  # how the client says that nobody told it a project
        return "refused"
    names = [base.__name__ for base in type(error).__mro__]
    if any(base.__module__.startswith("google.auth") for base in type(error).__mro__):
        return "unreachable" if "TransportError" in names else "refused"
    return next((FAULTS[name] for name in names if name in FAULTS), "unreachable")


@functools.lru_cache(maxsize=4)
def cut(content: bytes) -> Pieces:
    """A content's parts; the same one is asked for a few times in a row."""
    return pieces(content, PART_BYTES)


def reference(client: "Client", where: Where) -> "DocumentReference":
    """Where a copy's first part is."""
    account = client.collection("accounts").document(encoded(where.account))
    found: DocumentReference = account.collection(where.kind).document(encoded(where.name))
    return found


def at(head: "DocumentReference", number: int) -> "DocumentReference":
    """Where a part is; the first is the head itself."""
    return head if number == 1 else head.collection("parts").document(f"{number:04d}")


def fields(copy: Copy, cutting: Pieces, number: int, part: str | bytes) -> dict[str, Any]:
    """One part as fields. Every part says whose it is; the first has the facts to ask by as well."""
    said = {
        "account": copy.where.account,
        "name": copy.where.name,
        "digest": copy.digest,
        "part": number,
        "parts": len(cutting.parts),
        "encoding": cutting.encoding,
        "size_bytes": len(copy.content),
        "written_ts": moment(copy.written_us),
        "pushed_ts": moment(copy.pushed_us),
        "content": part,
    }
    return said | {"facts": dict(copy.facts)} if number == 1 else said


def moment(us: int | None) -> datetime | None:
    """Microseconds UTC as Firestore's timestamp."""
    return None if us is None else datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)


class Said(msgspec.Struct):
    """What is read of a part before it is believed."""

    digest: str
    part: int
    parts: int
    encoding: str
    size_bytes: int


def together(found: Sequence[Mapping[str, Any]]) -> Back:
    """The parts of one document, joined; raises `Unjoinable` when they are not of one push."""
    try:
        said = [msgspec.convert({name: each.get(name) for name in Said.__struct_fields__}, type=Said) for each in found]
    except msgspec.ValidationError as error:
        raise Unjoinable(f"a part is missing, or was not written by the mirror: {error}") from error
    first = said[0]
    if any((each.digest, each.parts) != (first.digest, len(found)) for each in said) or [each.part for each in said] != [
        *range(1, len(found) + 1)
    ]:
        raise Unjoinable("its parts are not of one push")
    content = joined(first.encoding, [each.get("content") for each in found], first.size_bytes)
    return Back(content=content, digest=first.digest, parts=len(found))


def opened(settings: Mirror) -> Sink:
    """The sink; nothing is connected to yet."""
    return Firestore(settings)


def target(settings: Mirror) -> str:
    """Which database."""
    return f"firestore {settings.project or '(own project)'} {settings.database}"


SINK = SinkSpec(opened=opened, target=target, flag="FIRESTORE_ENABLED")
