"""Who may see the page, asked of a real server with a token."""

import json
import re
import subprocess
import sys
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from starlette.datastructures import Headers

from ops.dashboard.door import HOLDS_S, Door, ticket
from ops.dashboard.page_token import token_of
from tests.browser import chromium, hide, opened
from tests.ops.dashboard.desks import ROOT, served, silent
from tests.ops.dashboard.wire import ANSWER, line_to, question, say

TOKEN = "0f9Kq7vT2mZx9LbW4-s3Nf8RjYp0HdQaU6"
WRONG = "1f9Kq7vT2mZx9LbW4-s3Nf8RjYp0HdQaU6"
OTHER = token_of("another-0123456789-token-of-someone")
BEARER = f"Authorization: Bearer {TOKEN}"
CLOSED = ("/", "/health.json", "/events", "/static/page.js", "/static/none", "/nowhere", "/?x=1", f"/health.json?token={TOKEN}")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page that wants its token; neither that nor a wrong one is written anywhere by it."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "token").write_text(TOKEN + "\n")
    (folder / "token").chmod(0o400)
    with silent(folder, "--name", "desk.example", "--token", f"file:{folder}/token") as found:
        yield found
    assert sorted(path.name for path in folder.iterdir()) == ["stderr", "token"]


def cookie_of(said):
    return re.search(rb"set-cookie: (hedge_page_\d+=[^;]+)", said.head)[1].decode()


def signed_in(page, host="127.0.0.1"):
    said = say(page.port, question(f"/?token={TOKEN}", "GET", host))
    assert said.status == 303
    return said


@pytest.mark.parametrize("target", CLOSED)
def test_without_the_token_nothing_is_shown_and_the_cure_is_said(page, target):
    said = say(page.port, question(target))
    assert said.status == 401
    assert said.body.count(b"\n") == 1
    assert b"the page wants its token; open /?token=TOKEN once" in said.body
    assert b'www-authenticate: bearer realm="hedge"' in said.head
    assert b"set-cookie" not in said.head


def test_whether_it_lives_is_told_to_everybody(page):
    assert say(page.port, question("/healthz")).body == b"ok\n"


def test_a_browser_shows_it_once_in_the_address_and_is_sent_on_with_a_cookie_that_is_not_the_token(page):
    said = signed_in(page)
    assert b"location: /\r\n" in said.head
    assert b"referrer-policy: no-referrer" in said.head
    assert b"cache-control: no-store" in said.head
    assert re.search(rb"set-cookie: [^\r]+; httponly; max-age=2592000; path=/; samesite=strict\r\n", said.head)
    assert TOKEN.encode() not in said.content
    for target in ("/", "/health.json", "/static/page.js"):
        shown = say(page.port, question(target, "GET", "127.0.0.1", f"Cookie: a=b; {cookie_of(said)}; c=d"))
        assert shown.status in (200, 503)
        assert TOKEN.encode() not in shown.content


def test_by_another_name_the_cookie_travels_by_tls_only(page):
    assert b"; secure" in signed_in(page, "desk.example").head
    assert b"; secure" not in signed_in(page, "[::1]").head


@pytest.mark.parametrize("shown", ["cookie", "bearer"])
def test_the_stream_is_heard_by_who_showed_the_token(page, shown):
    told = BEARER if shown == "bearer" else f"Cookie: {cookie_of(signed_in(page))}"
    with closing(line_to(page.port)) as line:
        line.sendall(question("/events", "GET", "localhost", told))
        heard = b""
        while heard.count(b"data: ") < 2:
            heard += line.recv(65_536)
    assert b" 200 OK" in heard
    assert TOKEN.encode() not in heard


def test_a_program_sends_it_each_time_and_a_proxys_own_sign_in_beside_it_disturbs_nothing(page):
    assert json.loads(say(page.port, question("/health.json", "GET", "localhost", BEARER)).body)["healthy"] is False
    assert say(page.port, question("/health.json", "GET", "localhost", BEARER.replace("Bearer", "bearer"))).status == 503
    assert say(page.port, question("/", "GET", "localhost", "Authorization: Basic b3BlcmF0b3I6eA==", BEARER)).status == 200


@pytest.mark.parametrize(
    ("target", "more"),
    [
        (f"/?token={WRONG}", ()),
        ("/?token=", ()),
        (f"/?token={TOKEN}x", ()),
        (f"/?token={TOKEN}&token={WRONG}", ()),
        (f"/?token={TOKEN}", (f"Authorization: Bearer {WRONG}",)),
        ("/" + "?token=" + "&token=".join("a" * 20), ()),
        ("/?token=%00%ff%u", ()),
        ("/", (f"Authorization: Bearer {WRONG}",)),
        ("/", ("Authorization: Bearer",)),
        ("/", (BEARER, f"Authorization: Bearer {WRONG}")),
    ],
)
def test_a_wrong_token_is_refused_and_never_said_again(page, target, more):
    said = say(page.port, question(target, "GET", "localhost", *more), source=f"127.0.1.{len(target + str(more)) % 200 + 1}")
    assert said.status == 401
    assert b"this is not the page's token; open /?token=TOKEN" in said.body
    assert WRONG.encode() not in said.content
    assert b"set-cookie" not in said.head


def forged(page):
    until_s, number, mac = cookie_of(signed_in(page)).partition("=")[2].split(".")
    yield f"{int(until_s) + 1}.{number}.{mac}"
    yield f"{until_s}.{'0' * 16}.{mac}"
    yield f"{until_s}.{number}.{'0' * 64}"
    yield f"{until_s}.{number}.{mac}x"
    yield f"{until_s}.{number}"
    yield ticket(OTHER, int(until_s))
    yield TOKEN
    yield ""


def test_a_cookie_that_was_not_made_here_is_none(page):
    for text in forged(page):
        said = say(page.port, question("/", "GET", "localhost", f"Cookie: hedge_page_{page.port}={text}"))
        assert (said.status, b"the page wants its token" in said.body) == (401, True)


def test_a_cookie_of_another_program_under_the_same_name_hides_ours_not(page):
    told = f"Cookie: hedge_page_{page.port}=other; {cookie_of(signed_in(page))}"
    assert say(page.port, question("/", "GET", "localhost", told)).status == 200


def test_too_many_wrong_tokens_are_answered_no_more_and_a_right_one_is(page):
    wrong, began_s = f"Authorization: Bearer {WRONG}", time.monotonic()
    asked = say(
        page.port,
        question("/", "GET", "localhost", wrong, "Connection: keep-alive") * 13 + question("/", "GET", "localhost", wrong),
        "127.0.0.4",
    )
    statuses = [int(each.split()[1]) for each in ANSWER.findall(asked.content)]
    assert (len(statuses), statuses[:10], set(statuses[10:]) - {401}) == (14, [401] * 10, {429})
    assert statuses.count(401) <= 10 + (time.monotonic() - began_s) / 6
    assert re.search(rb"retry-after: [1-6]\r", asked.content)
    assert re.search(rb"too many wrong tokens came from here; wait [1-6] s\n", asked.content)
    assert say(page.port, question("/", "GET", "localhost", BEARER), "127.0.0.4").status == 200
    assert say(page.port, question("/", "GET", "localhost", f"Authorization: Bearer {WRONG}"), "127.0.0.3").status == 401


def test_strangers_who_ask_without_end_slow_nobody_who_showed_the_token(page):
    told = f"Cookie: {cookie_of(signed_in(page))}"
    heard = say(page.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1_000 + question("/", "GET", "localhost", told))
    statuses = [int(each.split()[1]) for each in ANSWER.findall(heard.content)]
    assert len(statuses) == 1_001
    assert set(statuses[:-1]) == {401, 429}
    assert statuses[-1] == 200
    assert signed_in(page).status == 303


def test_a_refused_token_ends_the_start_in_one_line_and_shows_nothing(tmp_path):
    command = [sys.executable, "-m", "ops.dashboard", "--data", str(tmp_path), "--token", TOKEN]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert done.stderr.startswith("dashboard: page.token names neither a file nor a variable")
    assert done.stderr.count("\n") == 1
    assert TOKEN not in done.stderr + done.stdout


def test_the_settings_file_names_the_token_and_the_names_as_well(tmp_path):
    (tmp_path / "desk.toml").write_text('[page]\ntoken = "env:DESK_TOKEN"\nnames = ["desk.example"]\n')
    environ = {"HEDGE_CONFIG": str(tmp_path / "desk.toml"), "DESK_TOKEN": TOKEN}
    with served(tmp_path / "nothing", environ=environ) as page:
        assert say(page.port, question("/", "GET", "desk.example")).status == 401
        assert say(page.port, question("/", "GET", "desk.example", BEARER)).status == 200


@given(st.integers(0, 2**38), st.integers(-HOLDS_S, 2 * HOLDS_S))
def test_a_cookie_holds_until_its_time_and_no_longer(at_s, later_s):
    now_s = [float(at_s)]
    token = token_of(TOKEN)
    door = Door(token, now_s=lambda: now_s[0])
    headers = Headers({"cookie": f"hedge_page={ticket(token, at_s + HOLDS_S)}"})
    now_s[0] += later_s
    assert bool(list(door.held(headers))) == (later_s < HOLDS_S)


@pytest.fixture
def browser():
    with chromium() as found:
        yield found


def test_a_real_browser_signs_in_by_address_or_by_another_sites_link_and_the_token_is_not_left_behind(browser, page, tmp_path):
    with opened(browser) as seen:
        seen.page.goto(f"{page.address}/?token={TOKEN}")
        assert seen.page.url == f"{page.address}/"
        seen.page.locator("html[data-link=live]").wait_for()
        assert seen.page.evaluate("document.cookie") == ""
        assert seen.page.evaluate("document.referrer") == ""
        assert TOKEN not in seen.page.evaluate("JSON.stringify(performance.getEntries())")
        seen.page.set_content("")
        seen.page.goto("about:blank")
        link = tmp_path / "mail.html"
        link.write_text(f"<a href='{page.address}/'>the page</a>")
        seen.page.goto(link.as_uri())
        seen.page.get_by_text("the page").click()
        seen.page.locator("html[data-link=live]").wait_for()
        assert TOKEN not in "".join(seen.complaints)


def test_an_open_page_whose_cookie_ended_says_that_it_is_signed_out_and_not_that_the_server_is_gone(browser, page):
    with opened(browser) as seen:
        seen.page.goto(f"{page.address}/?token={TOKEN}")
        seen.page.locator("html[data-link=live]").wait_for()
        kept = seen.page.context.cookies()
        seen.page.context.clear_cookies()
        hide(seen, hidden=True)
        hide(seen, hidden=False)
        expect(seen.page.locator("#lost")).to_contain_text("this browser is signed out, the server lives")
        expect(seen.page.locator("#lost")).to_contain_text("open /?token=TOKEN once")
        seen.page.context.add_cookies(kept)
        seen.page.locator("html[data-link=live]").wait_for()
        expect(seen.page.locator("#lost")).to_be_hidden()
