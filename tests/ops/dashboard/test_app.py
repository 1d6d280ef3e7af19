import http.client
import json
import subprocess
import sys

import pytest
import requests

from hedge_assets.store import replace
from tests.ops.dashboard.desks import ROOT, desk, freshen, served, wait_until

MINUTELY = {"days"}
"""The part that is told anew with each minute: a test may begin a second before one."""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with served(desk(tmp_path_factory.mktemp("desk")), "--name", "desk.example") as found:
        yield found


def asked(page, method="GET", path="/healthz", **headers):
    """One request as it stands, nothing tidied by a client."""
    line = http.client.HTTPConnection("127.0.0.1", page.port, timeout=60)
    line.putrequest(method, path, skip_host=True)
    for name, value in headers.items():
        line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer


def test_a_page_needs_nothing_from_elsewhere_and_nobody_else_may_use_it(page):
    for path in ("/", "/health.json", "/static/page.js", "/static/none", "/nowhere"):
        headers = page.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8700", "[::1]:8700", "desk.example", "Desk.Example:443"])
def test_the_names_of_this_machine_are_answered(page, host):
    assert asked(page, Host=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "127.0.0.1@evil.example"])
def test_another_host_name_is_refused(page, host):
    assert asked(page, Host=host).status == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_another_site_is_refused(page, origin):
    assert asked(page, Host="localhost", Origin=origin).status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/health.json"])
def test_only_reading_is_answered(page, method, path):
    answer = asked(page, method, path, Host="localhost")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/guard.py", "/static//etc/passwd", "/static/"])
def test_no_name_leads_to_another_file(page, path):
    assert asked(page, path=path, Host="localhost").status == 404


def test_what_a_browser_has_already_is_not_sent_again(page):
    tag = page.get("/static/page.css").headers["ETag"]
    assert page.get("/static/page.css", headers={"If-None-Match": tag}).status_code == 304


def test_asking_for_the_head_of_the_stream_ends(page):
    assert requests.head(page.address + "/events", timeout=60).status_code == 200


def test_health_is_well_until_a_file_is_missing_and_says_which(page):
    assert page.get("/health.json").json()["healthy"] is True
    path = page.root / "state" / "nav.json"
    kept = path.read_bytes()
    path.unlink()
    wait_until(lambda: page.get("/health.json").status_code == 503)
    said = page.get("/health.json").json()
    assert [file["name"] for file in said["files"] if file["condition"] == "missing"] == ["nav"]
    replace(path, kept, durable=False)
    wait_until(lambda: page.get("/health.json").status_code == 200)


def test_a_folder_that_is_not_there_is_told_and_not_an_error(tmp_path):
    with served(tmp_path / "nothing") as found:
        assert found.get("/health.json").status_code == 503
        assert "no journal under raw/ticks" in found.get("/").text


def events(answer):
    for line in answer.iter_lines():
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


def test_the_stream_tells_everything_once_then_beats_and_then_only_what_changed(page):
    freshen(page.root)
    with page.get("/events", stream=True) as answer:
        told = events(answer)
        first = next(told)
        assert {"headline", "services", "attention", "files-raw", "conditions", "incidents", "storage"} <= set(first["parts"])
        beat = next(told)
        assert beat["parts"].keys() <= MINUTELY
        assert beat["at_us"] > first["at_us"]
        (page.root / "state" / "nav.json").unlink()
        changed = next(each for each in told if each["parts"].keys() - MINUTELY)
        assert {"headline", "attention", "files-account"} <= set(changed["parts"])
        assert "files-raw" not in changed["parts"]
    freshen(page.root)


def test_the_first_paint_is_small(page):
    sizes = {path: len(page.get(path).content) for path in ("/", "/static/page.css", "/static/page.js", "/static/icon.svg")}
    assert sum(sizes.values()) < 100_000


def test_a_taken_port_is_one_line(page):
    command = [sys.executable, "-m", "ops.dashboard", "--data", str(page.root), "--port", str(page.port)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert done.stderr.count("\n") == 1
    assert f"--port was {page.port}" in done.stderr


def test_it_starts_from_any_folder(page, tmp_path):
    done = subprocess.run([sys.executable, "-m", "ops.dashboard", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "--port" in done.stdout
