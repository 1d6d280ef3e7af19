"""Object storage on loopback: moto's S3 in this process, stopped and started again on the same port."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests
from moto.server import ThreadedMotoServer

from tests.ports import free_port

BUCKET = "desk-bucket"


class S3:
    """A server with one bucket. What it holds outlives an outage."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    @property
    def environ(self) -> Mapping[str, str]:
        """What a client finds it by."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


@contextmanager
def s3() -> Iterator[S3]:
    """A server with its bucket made."""
    server = S3()
    try:
        requests.put(f"http://127.0.0.1:{server.port}/{BUCKET}", timeout=60).raise_for_status()
        yield server
    finally:
        server.stop()
