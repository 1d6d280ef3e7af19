import socket
import threading

import pytest

from executor.errors import SettingsError
from hedge_assets.settings import Alerts
from hedge_assets.watch import channels
from hedge_assets.watch.channels import Channel, channels_of
from hedge_assets.watch.messages import Message
from tests.hedge_assets.watch.receivers import BlackHole, Mailbox, Webhook

MESSAGE = Message("ERROR nav stale", "written 90 s ago\n-- hedge", "error")
CANARY = "c4n4rySecr3t"


@pytest.fixture
def here():
    """Whatever a test starts is stopped."""
    started = []

    def start(kind, **told):
        started.append(kind(**told))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def channel(text, *, timeout_s=60.0, **environ):
    return Channel(text, 1, environ=environ, timeout_s=timeout_s)


def test_a_webhook_gets_title_text_and_severity(here):
    hook = here(Webhook)
    assert channel(hook.address).send(MESSAGE) is None
    (got,) = hook.got
    assert (got["title"], got["message"], got["type"]) == (MESSAGE.title, MESSAGE.body, "failure")


def test_a_mailbox_gets_it_as_plain_mail(here):
    box = here(Mailbox)
    mail = channel(f"mailto://127.0.0.1:{box.port}?from=desk@example.org&to=me@example.org&mode=insecure&format=text")
    assert mail.send(MESSAGE) is None
    (letter,) = box.letters
    assert b"Subject: ERROR nav stale" in letter
    assert b"written 90 s ago" in letter


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "Slack"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", "Telegram"),
        ("mailtos://user:pass@example.com?to=x@example.org", "E-Mail"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord"),
    ],
)
def test_the_usual_services_are_known_and_bounded_in_time(address, service):
    for limit_s in (2.0, 60.0):
        found = channel(address, timeout_s=limit_s)
        assert found.name == f"1 {service} (settings)"
        assert [each.request_timeout for each in found._sender] == [(limit_s, limit_s)]


def test_an_address_may_ask_for_less_time_and_not_for_more():
    found = channel("json://127.0.0.1/?rto=1&cto=99")
    assert [each.request_timeout for each in found._sender] == [(60.0, 1.0)]


def test_a_refusal_is_told_with_its_code(here):
    assert "error=500" in channel(here(Webhook, status=500).address).send(MESSAGE)


def test_a_redirect_is_not_followed(here):
    aim = here(Webhook)
    bent = here(Webhook, status=302, headers=[("Location", f"http://127.0.0.1:{aim.port}/")])
    assert channel(bent.address).send(MESSAGE) is not None
    assert aim.paths == []


def test_one_that_never_answers_fails_after_its_time(here, monkeypatch):
    monkeypatch.setattr(channels, "TURNS", 600)  # on a busy machine the whole may be over first
    assert "error" in channel(here(BlackHole).address, timeout_s=0.2).send(MESSAGE)


def test_one_that_answers_letter_by_letter_is_given_up(monkeypatch):
    monkeypatch.setattr(channels, "TURNS", 0.025)  # a letter may come late on a busy machine: only the whole is to be given up
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def drip():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not over.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        slow = channel(f"json://127.0.0.1:{listener.getsockname()[1]}/")
        assert slow.send(MESSAGE) == "no end after 1.5 s"
        assert slow.send(MESSAGE) == "the sending before has not ended after 1.5 s"
        over.set()
        thread.join()
        slow._turn.join()


@pytest.mark.parametrize(
    "address", ["", "nonsense", "slak://x", "slack://", "json://", "mailto://", "https://[::1", "a b", "json://x\ny", "://", "\x00"]
)
def test_what_is_no_address_is_refused_by_its_number(address):
    with pytest.raises(SettingsError, match=r"^alerts.channels\[2\] ") as refused:
        channels_of(Alerts(channels=("json://127.0.0.1/", address)), {})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("form", ["slak://{}", "{}", "slack://{}", "https://[::{}", "json://user:{}@", "tgram://{}"])
def test_a_refused_address_is_not_shown(form, capfd):
    with pytest.raises(SettingsError) as refused:
        channel("env:HOOK", HOOK=form.format(CANARY))
    assert "alerts.channels[1]" in str(refused.value)
    told = capfd.readouterr()
    assert CANARY not in str(refused.value) + repr(refused.value) + told.out + told.err


@pytest.mark.parametrize("form", ["json://u:{}@127.0.0.1:{}/", "json://127.0.0.1:{1}/{0}?+X-Token={0}", "jsons://{}@127.0.0.1:{}/"])
def test_a_failing_address_is_not_shown(form, here, capfd):
    hook = here(Webhook, status=403)
    found = channel("env:HOOK", HOOK=form.format(CANARY, hook.port))
    fault = found.send(MESSAGE)
    assert fault
    told = capfd.readouterr()
    assert CANARY not in fault + repr(found) + str(found) + found.name + told.out + told.err
