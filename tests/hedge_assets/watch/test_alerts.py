import json

import pytest
from msgspec.structs import replace

from executor.clock import FixedClock
from hedge_assets.health.incidents import Entry, Incident
from hedge_assets.settings import Alerts
from hedge_assets.watch.alerts import Alerter
from tests.hedge_assets.watch.receivers import BlackHole, Webhook, until

NOW_US = 1_767_225_600_000_000
CANARY = "c4n4rySecr3t"


def incident(number, cause="stale"):
    subject = "executor" if cause == "executor_dead" else f"file{number}"
    return Incident(
        id=f"{number}", cause=cause, subject=subject, severity="error", opened_us=NOW_US, seen_by="watch", reason="old", cure="look"
    )


SEVENTEEN = [*(incident(number) for number in range(16)), incident(16, "executor_dead")]


@pytest.fixture
def hook():
    started = Webhook()
    yield started
    started.stop()


class Desk:
    """An alerter whose time goes by as the test says."""

    def __init__(self, *channels, **environ):
        self.clock = FixedClock(NOW_US)
        self.alerter = Alerter(Alerts(channels=channels, timeout_s=60.0), environ=environ, clock=self.clock, page="http://127.0.0.1:8700")

    def looks(self, open_now, *, span_s=10, entries=()):
        for _ in range(2 * span_s):
            self.alerter.tell(entries, open_now, account="paper")
            entries = ()
            self.clock.move_to(self.clock.now_us() + 500_000)


@pytest.fixture
def desk_of():
    made = []

    def make(*channels, **environ):
        made.append(Desk(*channels, **environ))
        return made[-1]

    yield make
    for each in made:
        each.alerter.close(60)


def test_seventeen_incidents_at_once_are_exactly_one_message_that_names_the_cause(hook, desk_of):
    desk = desk_of(hook.address)
    desk.looks(SEVENTEEN, span_s=60)
    assert until(lambda: desk.alerter.figures()["sent"] == 1)
    (got,) = hook.got
    assert got["title"].startswith("ERROR executor_dead (executor) since")
    assert "and 14 more" in got["message"]
    assert "account paper" in got["message"]
    assert "http://127.0.0.1:8700" in got["message"]


def test_the_end_is_told_with_what_healed_it(hook, desk_of):
    desk = desk_of(hook.address)
    desk.looks([incident(1)])
    ended = replace(incident(1), closed_us=desk.clock.now_us(), healed_by="rebuilt on schedule")
    desk.looks([], entries=[Entry(event="closed", at_us=desk.clock.now_us(), incident=ended)])
    assert until(lambda: len(hook.got) == 2)
    assert [got["type"] for got in hook.got] == ["failure", "success"]
    assert "rebuilt on schedule" in hook.got[1]["message"]


def test_a_channel_that_never_answers_holds_up_neither_the_others_nor_the_watch(hook, desk_of):
    hole = BlackHole()
    desk = desk_of(f"{hole.address}?rto=1", hook.address)
    desk.looks(SEVENTEEN)
    assert until(lambda: len(hook.got) == 1)
    assert until(lambda: desk.alerter.figures()["channels"][0]["failed"] >= 1)
    dead, good = desk.alerter.figures()["channels"]
    assert (dead["sent"], dead["waiting"]) == (0, 1)
    assert (good["sent"], good["failed"], good["waiting"]) == (1, 0, 0)
    hole.stop()


def test_figures_say_what_failed_where_and_hold_no_secret(hook, desk_of, capfd):
    hook.status = 403
    desk = desk_of("env:HOOK", HOOK=f"json://desk:{CANARY}@127.0.0.1:{hook.port}/{CANARY}?+Token={CANARY}")
    desk.looks(SEVENTEEN)
    assert until(lambda: desk.alerter.figures()["failed"])
    figures = desk.alerter.figures()
    assert figures["error"].startswith("1 JSON (env:HOOK): ")
    told = capfd.readouterr()
    assert CANARY not in json.dumps(figures) + told.out + told.err + repr(vars(desk.alerter))


def test_without_channels_nothing_is_done(desk_of):
    desk = desk_of()
    desk.looks(SEVENTEEN)
    assert desk.alerter.figures() == {"messages": 0, "sent": 0, "failed": 0, "lost": 0, "held_back": 0, "error": None, "channels": []}
