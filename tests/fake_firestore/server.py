"""The gRPC server: three calls, and every way in which they can go ill."""

import time
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any, Self

import grpc
from google.cloud.firestore_v1 import types

from tests.fake_firestore.store import Store
from tests.fake_firestore.values import Refused
from tests.ports import free_port

SERVICE = "google.firestore.v1.Firestore"


def plain(kind: Any) -> Any:
    """The protobuf class behind one of proto-plus."""
    return type(kind.pb(kind()))


CommitRequest, CommitResponse = plain(types.CommitRequest), plain(types.CommitResponse)
BatchGetRequest, BatchGetResponse = plain(types.BatchGetDocumentsRequest), plain(types.BatchGetDocumentsResponse)
QueryRequest, QueryResponse = plain(types.RunQueryRequest), plain(types.RunQueryResponse)


class FakeFirestore:
    """Use as a context. `calls` are the names of all calls in order.

    `fault` is the status that every call is answered with, null while all is well; `slow_s` is how long an answer takes; once it is
    0 again, nothing that was begun waits any longer.
    `stop` and `start` are an outage and its end, on the same port.
    """

    def __init__(self, port: int = 0) -> None:
        self.store = Store()
        self.calls: list[str] = []
        self.fault: grpc.StatusCode | None = None
        self.slow_s = 0.0
        self.port = port or free_port()
        self._server: grpc.Server | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1)])
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, self._handlers()),))
        server.add_insecure_port(self.host)
        server.start()
        self._server = server

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(0).wait()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.slow_s = 0.0
        self.stop()

    def _handlers(self) -> dict[str, grpc.RpcMethodHandler]:
        def written(message: Any) -> bytes:
            return message.SerializeToString()

        return {
            "Commit": grpc.unary_unary_rpc_method_handler(self._guarded("Commit", self._commit), CommitRequest.FromString, written),
            "BatchGetDocuments": grpc.unary_stream_rpc_method_handler(
                self._streamed("BatchGetDocuments", self._batch_get), BatchGetRequest.FromString, written
            ),
            "RunQuery": grpc.unary_stream_rpc_method_handler(self._streamed("RunQuery", self._query), QueryRequest.FromString, written),
        }

    def _begin(self, name: str) -> None:
        self.calls.append(name)
        over_s = time.monotonic() + self.slow_s
        while self.slow_s and time.monotonic() < over_s:
            time.sleep(0.01)
        if self.fault is not None:
            raise Refused(self.fault, "injected")

    def _guarded(self, name: str, answer: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        def call(request: Any, context: grpc.ServicerContext) -> Any:
            try:
                self._begin(name)
                return answer(request)
            except Refused as refused:
                context.abort(refused.code, refused.said)

        return call

    def _streamed(self, name: str, answer: Callable[[Any], Iterator[Any]]) -> Callable[[Any, grpc.ServicerContext], Iterator[Any]]:
        def call(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            try:
                self._begin(name)
                yield from answer(request)
            except Refused as refused:
                context.abort(refused.code, refused.said)

        return call

    def _commit(self, request: Any) -> Any:
        results, now = self.store.commit(request.writes, request.ByteSize())
        return CommitResponse(write_results=results, commit_time=now)

    def _batch_get(self, request: Any) -> Iterator[Any]:
        now = self.store.now()
        for name, document in self.store.get(dict.fromkeys(request.documents)).items():
            yield BatchGetResponse(missing=name, read_time=now) if document is None else BatchGetResponse(found=document, read_time=now)

    def _query(self, request: Any) -> Iterator[Any]:
        query = request.structured_query
        where = query.where.field_filter
        if where.op != 5 or len(query.from_) != 1:
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, "one collection and one field that equals is all that this fake knows")
        found = self.store.where_equal(request.parent, query.from_[0].collection_id, where.field.field_path, where.value)
        now = self.store.now()
        for document in found:
            yield QueryResponse(document=document, read_time=now)
        if not found:
            yield QueryResponse(read_time=now)
