import threading

import pytest

from hedge_assets.watch.channels import Channel
from hedge_assets.watch.messages import Message
from hedge_assets.watch.outbox import GIVE_UP_S, MOST_WAITING, TRIES_IN_FRONT, Outbox
from tests.hedge_assets.watch.receivers import BlackHole, Webhook, until


def message(number):
    return Message(f"number {number}", "text", "error")


@pytest.fixture
def hook():
    started = Webhook()
    yield started
    started.stop()


@pytest.fixture
def outbox_to():
    """Outboxes whose threads are ended when the test is."""
    made = []

    def make(address, **told):
        made.append(Outbox(Channel(address, 1, environ={}, timeout_s=60.0), **told))
        return made[-1]

    yield make
    for each in made:
        each.ask_to_close()
    assert all(each.join(60) for each in made)


def titles(hook):
    return [got["title"] for got in hook.got]


def test_messages_arrive_once_and_in_order(hook, outbox_to):
    outbox = outbox_to(hook.address)
    for number in range(5):
        outbox.put(message(number))
    assert until(lambda: outbox.sent == 5)
    assert titles(hook) == [f"number {number}" for number in range(5)]
    assert (outbox.failed, outbox.lost, outbox.last_error) == (0, 0, None)


def test_a_receiver_that_was_down_gets_everything_when_it_is_back(hook, outbox_to):
    hook.stop()
    outbox = outbox_to(hook.address)
    outbox.put(message(0))
    outbox.put(message(1))
    assert until(lambda: outbox.failed >= 2)
    assert outbox.last_error is not None
    hook.start()
    assert until(lambda: outbox.sent == 2)
    assert titles(hook) == ["number 0", "number 1"]
    assert (outbox.waiting, outbox.lost, outbox.last_error) == (0, 0, None)


def test_what_does_not_fit_is_counted_and_told_of(outbox_to):
    hole = BlackHole()
    outbox = outbox_to(hole.address)
    for number in range(MOST_WAITING + 3):
        outbox.put(message(number))
    assert (outbox.waiting, outbox.lost) == (MOST_WAITING, 3)
    assert outbox._with_remark(message(0)).body.endswith("3 messages before this one could not be delivered here")
    hole.stop()


def test_what_is_too_old_is_given_up(hook, outbox_to):
    hook.status = 500
    now_s = [0.0]
    outbox = outbox_to(hook.address, clock_s=lambda: now_s[0])
    outbox.put(message(0))
    assert until(lambda: outbox.failed >= 1)
    now_s[0] = GIVE_UP_S + 1
    assert until(lambda: outbox.lost == 1)
    hook.status = 200
    outbox.put(message(1))
    assert until(lambda: outbox.sent == 1)
    assert "1 messages before this one" in hook.got[0]["message"]


def test_one_that_is_always_refused_does_not_stop_those_behind_it(hook, outbox_to):
    hook.refuses = "number 0"
    outbox = outbox_to(hook.address)
    for number in range(TRIES_IN_FRONT):
        outbox.put(message(number))
        assert until(lambda number=number: outbox.failed > number)
    assert until(lambda: outbox.sent == TRIES_IN_FRONT - 1)
    assert titles(hook) == [f"number {number}" for number in range(1, TRIES_IN_FRONT)]
    assert outbox.waiting == 1


def test_closing_tries_what_waits_once_more_and_ends(hook):
    hook.status = 500
    outbox = Outbox(Channel(hook.address, 1, environ={}, timeout_s=60.0))
    outbox.put(message(0))
    outbox.put(message(1))
    assert until(lambda: outbox.failed >= 1)
    hook.status = 200
    outbox.ask_to_close()
    assert outbox.join(60)
    assert titles(hook) == ["number 0", "number 1"]
    assert not any(each.name.startswith("outbox") for each in threading.enumerate())


def test_a_try_that_was_under_way_when_it_was_asked_to_close_is_not_the_last_one(hook):
    hook.status = 500
    hook.may_answer.clear()
    outbox = Outbox(Channel(hook.address, 1, environ={}, timeout_s=60.0))
    outbox.put(message(0))
    assert until(lambda: hook.paths)
    hook.status = 200
    outbox.ask_to_close()
    hook.may_answer.set()
    assert outbox.join(60)
    assert (titles(hook), outbox.lost) == (["number 0"], 0)
