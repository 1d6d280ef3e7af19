"""The documents, and every write to them, whole or not at all."""

import threading
import time
from collections.abc import Iterable

import grpc
from google.cloud.firestore_v1 import types
from google.protobuf import timestamp_pb2

from tests.fake_firestore.values import Document, Refused, at, check_document

WriteResult = type(types.WriteResult.pb(types.WriteResult()))
MOST_WRITES = 500
MOST_REQUEST_BYTES = 10 * 1024 * 1024


class Store:
    """`writes` counts documents written or deleted, `writes_allowed` is the day's quota of them, null for none."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.writes = 0
        self.writes_allowed: int | None = None
        self._lock = threading.RLock()
        self._last_us = 0

    def commit(self, writes: Iterable[object], size_bytes: int) -> tuple[list[WriteResult], timestamp_pb2.Timestamp]:
        """All writes or none."""
        wanted = list(writes)
        if len(wanted) > MOST_WRITES or size_bytes > MOST_REQUEST_BYTES:
            raise Refused(grpc.StatusCode.INVALID_ARGUMENT, f"{len(wanted)} writes with {size_bytes} bytes are too much for one request")
        with self._lock:
            if self.writes_allowed is not None and self.writes + len(wanted) > self.writes_allowed:
                raise Refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "Quota exceeded.")
            before, now = dict(self.documents), self.now()
            try:
                results = [self._write(each, now) for each in wanted]
            except Refused:
                self.documents = before
                raise
            self.writes += len(wanted)
            return results, now

    def get(self, names: Iterable[str]) -> dict[str, Document | None]:
        """Documents as of one moment."""
        with self._lock:
            return {name: self.documents.get(name) for name in names}

    def where_equal(self, parent: str, collection: str, path: str, value: object) -> list[Document]:
        """The documents of a collection with a field that equals."""
        with self._lock:
            inside = [each for name, each in self.documents.items() if name.rpartition("/")[0] == f"{parent}/{collection}"]
        return [each for each in inside if at(each, path) == value]

    def now(self) -> timestamp_pb2.Timestamp:
        """Later than any moment before."""
        self._last_us = max(time.time_ns() // 1000, self._last_us + 1)
        return timestamp_pb2.Timestamp(seconds=self._last_us // 1_000_000, nanos=self._last_us % 1_000_000 * 1000)

    def _write(self, write: object, now: timestamp_pb2.Timestamp) -> WriteResult:
        kind = write.WhichOneof("operation")
        if kind == "delete":
            self.documents.pop(write.delete, None)
            return WriteResult()
        if kind != "update" or write.HasField("update_mask") or write.update_transforms or write.HasField("current_document"):
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, f"{kind} with masks, transforms or conditions is not in this fake")
        before, new = self.documents.get(write.update.name), Document()
        new.CopyFrom(write.update)
        check_document(new)
        new.create_time.CopyFrom(now if before is None else before.create_time)
        is_same = before is not None and before.fields == new.fields
        new.update_time.CopyFrom(before.update_time if is_same else now)  # as the service does: nothing changed, nothing is newer
        self.documents[new.name] = new
        return WriteResult(update_time=new.update_time)
