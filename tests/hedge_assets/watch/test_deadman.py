import pytest

from executor.errors import SettingsError
from hedge_assets.settings import Alerts
from hedge_assets.watch.deadman import Deadman, deadman_of
from tests.hedge_assets.watch.receivers import BlackHole, Webhook, until

CANARY = "c4n4ryUuid"


class Desk:
    """A dead-man's ping whose time goes by as the test says; each ping is waited for."""

    def __init__(self, url, *, every_s=60.0, timeout_s=60.0):
        self.now_s = 0.0
        self.deadman = Deadman(url, every_s, timeout_s, clock_s=lambda: self.now_s)

    def looks(self, span_s, *, is_well=True):
        for _ in range(round(span_s / 0.5)):
            self.deadman.tick(is_well=is_well)
            self.deadman._turn.is_alive() and self.deadman._turn.join(120)
            self.now_s += 0.5


@pytest.fixture
def hook():
    started = Webhook()
    yield started
    started.stop()


def url(hook):
    return f"http://127.0.0.1:{hook.port}/ping/{CANARY}"


def test_it_pings_at_once_and_then_at_its_pace(hook):
    desk = Desk(url(hook))
    desk.looks(181)
    assert hook.paths == [f"/ping/{CANARY}"] * 4
    assert desk.deadman.figures() | {"age_s": 0} == {"is_on": True, "pings": 4, "failed": 0, "age_s": 0, "last_error": None}


def test_it_is_silent_while_anything_is_wrong_and_speaks_when_all_is_well_again(hook):
    desk = Desk(url(hook))
    desk.looks(1)
    desk.looks(600, is_well=False)
    assert len(hook.paths) == 1
    desk.looks(0.5)
    assert len(hook.paths) == 2


def test_a_ping_that_failed_is_soon_tried_again(hook):
    hook.status = 500
    desk = Desk(url(hook))
    desk.looks(1)
    assert desk.deadman.figures()["last_error"] == "answered 500, must be 2xx"
    hook.status = 200
    desk.looks(6)
    assert desk.deadman.figures() == {"is_on": True, "pings": 1, "failed": 1, "age_s": 2.0, "last_error": None}


def test_a_redirect_is_no_answer(hook):
    aim = Webhook()
    hook.status, hook.headers = 302, [("Location", f"http://127.0.0.1:{aim.port}/")]
    desk = Desk(url(hook))
    desk.looks(1)
    assert "answered 302" in desk.deadman.figures()["last_error"]
    assert aim.paths == []
    aim.stop()


def test_one_that_never_answers_is_waited_for_by_nobody_and_its_address_not_shown(capfd):
    hole = BlackHole()
    deadman = Deadman(f"http://user:{CANARY}@127.0.0.1:{hole.port}/{CANARY}", 1.0, 0.2)
    for _ in range(100):
        deadman.tick(is_well=True)
    assert until(lambda: deadman.figures()["failed"])
    told = capfd.readouterr()
    assert CANARY not in str(deadman.figures()) + told.out + told.err
    hole.stop()


def test_nobody_there_is_a_failure_without_the_address(hook):
    hook.stop()
    desk = Desk(url(hook))
    desk.looks(1)
    hook.start()
    assert desk.deadman.figures()["last_error"].startswith("ConnectionError")
    assert CANARY not in desk.deadman.figures()["last_error"]


def test_without_a_url_nothing_is_pinged():
    desk = Desk("")
    desk.looks(600)
    assert desk.deadman.figures() == {"is_on": False, "pings": 0, "failed": 0, "age_s": None, "last_error": None}


@pytest.mark.parametrize("address", ["ftp://x/", "http://", "x", "http://[::1", "https:///path", "json://127.0.0.1/"])
def test_what_cannot_be_pinged_is_refused(address):
    with pytest.raises(SettingsError, match=r"^alerts.deadman_url must be"):
        deadman_of(Alerts(deadman_url=address), {})


def test_its_address_may_come_from_the_environment():
    assert deadman_of(Alerts(deadman_url="env:PING"), {"PING": "https://hc.example.org/uuid"}).figures()["is_on"]
