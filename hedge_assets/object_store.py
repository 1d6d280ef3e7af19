"""The door to object storage, by address: `s3://BUCKET/PREFIX`, `file:///FOLDER`, `memory:///`, and what else obstore knows.

Keys and endpoints come from where its makers look for them (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`,
`AWS_ENDPOINT_URL`, or the machine's role), never from settings; an endpoint that is named with `http://` is spoken to in the clear.
Every call is one attempt with a deadline.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal, TypeVar

from executor.errors import HedgeError, SettingsError

ObjectFault = Literal["unreachable", "refused"]
ADDRESS = re.compile(r"(?P<scheme>[a-z0-9]+)://(?P<rest>.*)", re.DOTALL)
REFUSED = ("PermissionDeniedError", "UnauthenticatedError", "UnknownConfigurationKeyError", "NotSupportedError", "InvalidPathError")
NO_SUCH = ("NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403 Forbidden", "401 Unauthorized")
Answer = TypeVar("Answer")


class ObjectError(HedgeError):
    """A call that did not come to its end: nobody answered in time, or somebody refused."""

    def __init__(self, fault: ObjectFault, reason: str) -> None:
        super().__init__(reason)
        self.fault: ObjectFault = fault


class Objects:
    """One prefix of one store, connected to when first needed. Paths are relative to the prefix."""

    def __init__(self, uri: str, *, deadline_s: float) -> None:
        if ADDRESS.fullmatch(uri) is None:
            raise SettingsError(f"address was {uri!r}, must be like s3://BUCKET/PREFIX or file:///FOLDER; change it")
        self.uri, self._deadline_s = uri, deadline_s
        self._store: Any = None

    def put(self, path: str, content: bytes) -> None:
        """Replace one object, whole."""
        self._ask(lambda obs, store: obs.put(store, path, content, use_multipart=False))

    def put_new(self, path: str, content: bytes) -> bool:
        """Make one object; false where one lies there already, which stays as it is."""
        from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415

        try:
            self._ask(lambda obs, store: obs.put(store, path, content, mode="create", use_multipart=False), AlreadyExistsError)
        except AlreadyExistsError:
            return False
        return True

    def get(self, path: str) -> bytes | None:
        """An object's bytes; null where there is none."""
        try:
            return self._ask(lambda obs, store: bytes(obs.get(store, path).bytes()), FileNotFoundError)
        except FileNotFoundError:
            return None

    def listed(self, folder: str, *, after: str | None = None) -> dict[str, int]:
        """The objects below a folder with their sizes in bytes, by path; `after` leaves out what is not behind that path."""

        def ask(obs: Any, store: Any) -> dict[str, int]:
            return {meta["path"]: meta["size"] for page in obs.list(store, folder, offset=after, chunk_size=1000) for meta in page}

        try:
            return self._ask(ask, FileNotFoundError)
        except FileNotFoundError:
            return {}

    def delete(self, paths: list[str]) -> None:
        """Remove objects; one that is gone already is no fault."""
        if paths:
            self._ask(lambda obs, store: obs.delete(store, paths))

    def _ask(self, call: Callable[[Any, Any], Answer], *passed: type[Exception]) -> Answer:
        import obstore  # noqa: PLC0415  a library that only those who use object storage pay for
        from obstore.exceptions import BaseError  # noqa: PLC0415

        try:
            if self._store is None:
                self._store = connected(self.uri, self._deadline_s)
            return call(obstore, self._store)
        except passed:
            raise
        except (BaseError, OSError, ValueError) as error:
            raise ObjectError(fault_of(error), f"{self.uri}: {in_short(error)}") from error


def connected(uri: str, deadline_s: float) -> Any:
    """A store by its address; a folder is made if need be."""
    from obstore.store import from_url  # noqa: PLC0415

    if uri.startswith("file:"):
        return from_url(uri, mkdir=True)
    if uri.startswith("memory:"):
        return from_url(uri)
    limit = timedelta(seconds=deadline_s)
    return from_url(
        uri,
        client_options={"timeout": limit, "connect_timeout": limit, "allow_http": True},
        retry_config={"max_retries": 0, "retry_timeout": limit},
    )


def fault_of(error: Exception) -> ObjectFault:
    """Whether somebody said no: by the library's kind of error, or by the other side's words in one of no special kind."""
    refused = type(error).__name__ in REFUSED or isinstance(error, (ValueError, PermissionError, FileNotFoundError))
    return "refused" if refused or any(word in str(error) for word in NO_SUCH) else "unreachable"


def in_short(error: Exception) -> str:
    """The error's first words on one line, without the library's inner view of it."""
    return " ".join(str(error).partition("Debug source:")[0].split())[:300]
