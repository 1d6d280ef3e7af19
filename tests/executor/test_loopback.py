import http.client

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.clock import WallClock
from executor.flags import read_flags
from executor.life import Life, Order
from executor.loopback import is_loopback
from executor.metrics import serve as serve_executor
from executor.settings import Settings
from hedge_assets.watch.metrics import serve as serve_watch
from tests.ports import free_port


def status(port: int, host: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.putrequest("GET", "/metrics", skip_host=True)
        line.putheader("Host", host)
        line.endheaders()
        answer = line.getresponse()
        return answer.status if b"# HELP" in answer.read() or answer.status != 200 else 0
    finally:
        line.close()


@pytest.mark.parametrize("of", ["watch", "executor"])
def test_metrics_are_told_to_this_machine_by_its_own_names_only(tmp_path, of):
    port = free_port()
    if of == "watch":
        close = serve_watch(port, list)
    else:
        order = Order(root=tmp_path, settings=Settings(), flags=read_flags({}), speed=1.0)
        close = serve_executor(port, Life(order, WallClock().now_us()))
    asked_as = (f"127.0.0.1:{port}", "LOCALHOST", f"[::1]:{port}", f"rebound.example:{port}", "127.0.0.1.evil")
    try:
        told = [status(port, host) for host in asked_as]
    finally:
        close()
    assert told == [200, 200, 200, 400, 400]


@given(st.text())
def test_whatever_a_request_calls_this_machine_is_judged(host):
    assert is_loopback(host) in (True, False)


@given(st.from_regex(r"[a-z0-9.-]{0,40}", fullmatch=True), st.integers(0, 65_535))
def test_a_name_under_another_domain_is_never_this_machine_s(name, port):
    assert not is_loopback(f"{name}.example:{port}")
