"""What a copyist pushes and when, seen from the other side of real gRPC; by a clock that is moved by hand."""

import dataclasses
import json
import random
import time

import grpc
import pytest

from executor.errors import SettingsError
from hedge_assets.mirror.copies import Where
from hedge_assets.mirror.ledger import NAME as LEDGER
from hedge_assets.mirror.sinks.firestore import SINK
from tests.hedge_assets.builders import T0
from tests.hedge_assets.mirror.desks import NAMES, Moving, filled, mirror, row, written

SINKS = {"firestore": SINK}


@pytest.fixture
def desk(fake, tmp_path):
    filled(tmp_path)
    made = Moving(tmp_path, SINKS)
    yield made
    made.copyist.close()


def there(desk, name, kind="states"):
    sink = SINK.opened(desk.place.mirror)
    try:
        back = sink.read(Where("paper", kind, name))
        return None if back is None else back.content
    finally:
        sink.close()


def commits(fake):
    return fake.calls.count("Commit")


def test_the_first_turn_pushes_everything_and_the_next_nothing(desk, fake):
    stood = desk.turn()
    assert (stood.acknowledged, stood.owed, stood.fault) == (3, (), None)
    assert there(desk, "nav") == (desk.place.state / "nav.json").read_bytes()
    before = fake.store.writes
    assert desk.turn(1).acknowledged == 3
    assert fake.store.writes == before == 4  # three files and the heartbeat


def test_only_what_changed_is_pushed_in_one_commit(desk, fake):
    desk.turn()
    before = commits(fake)
    content = written(desk.place.root, "nav", 2.0)
    written(desk.place.root, "health", 2.0)
    assert desk.turn(1).owed == ()
    assert (commits(fake) - before, fake.store.writes) == (1, 6)
    assert there(desk, "nav") == content


def test_the_heartbeat_comes_on_its_time_and_says_what_is_newest(desk, fake):
    desk.turn()
    for _ in range(59):
        desk.turn(1)
    assert fake.store.writes == 4
    desk.turn(1)
    assert fake.store.writes == 5
    told = json.loads(there(desk, "heartbeat", "mirror"))
    assert sorted(told["states"]) == sorted(NAMES)
    assert told["written_ts"] == "2026-01-05T00:01:00.000000Z"


def test_an_outage_of_ten_minutes_owes_the_newest_alone_and_is_over_within_ten_seconds(desk, fake):
    desk.turn()
    fake.stop()
    for second in range(600):
        if second % 10 == 0:
            newest = written(desk.place.root, "nav", float(second))
        stood = desk.turn(1)
    assert stood.owed == ("states/paper/nav",)
    assert stood.owed_since_us == pytest.approx(T0 + 1_000_000, abs=2_000_000)
    assert stood.failures > 100
    assert "ServiceUnavailable" in stood.fault
    spent = stood.written_today
    fake.start()
    waited = 0
    while desk.turn(1).owed:
        waited += 1
        assert waited < 10
    assert there(desk, "nav") == newest
    stood = desk.turn(1)
    assert (stood.failures, stood.fault, stood.acknowledged) == (0, None, 3)
    assert spent < 160  # asked by one small write each time


def test_what_was_acknowledged_and_spent_is_remembered_by_the_next_life(desk, fake):
    spent = desk.turn().written_today
    desk.copyist.close()
    desk.begin()
    stood = desk.turn(1)
    assert (stood.acknowledged, stood.written_today) == (3, spent)
    assert fake.store.writes == 4


def test_a_life_cut_off_between_push_and_acknowledgement_pushes_again_and_has_counted_both(desk, fake):
    desk.turn()
    ledger = desk.place.mirrored / LEDGER
    before = ledger.read_bytes()
    written(desk.place.root, "nav", 2.0)
    desk.turn(1)
    counted = json.loads(ledger.read_bytes())
    (account,) = json.loads(before).values()
    account["spent"] = next(iter(counted.values()))["spent"]  # as it is written before a push
    ledger.write_bytes(json.dumps(dict.fromkeys(counted, account)).encode())
    desk.begin()
    stood = desk.turn(1)
    assert stood.acknowledged == 3
    assert stood.written_today == fake.store.writes == 6


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b'{"x": {"spent": "much"}}'])
def test_a_ledger_that_cannot_be_read_is_set_aside_and_the_bucket_begins_empty(desk, fake, content):
    desk.turn()
    (desk.place.mirrored / LEDGER).write_bytes(content)
    desk.begin()
    assert "could not be read" in desk.copyist.standing().fault
    stood = desk.turn(1)
    assert stood.is_held_back
    assert (desk.place.mirrored / f"{LEDGER}.unreadable").read_bytes() == content
    for _ in range(30):
        stood = desk.turn(1)
    assert (stood.owed, desk.copyist.standing().fault) == ((), None)


def test_a_quota_that_is_small_holds_back_the_changes_and_never_the_heartbeat(fake, tmp_path):
    filled(tmp_path)
    desk = Moving(tmp_path, SINKS, mirror(writes_per_day=400, heartbeat_s=600.0))
    for minute in range(300):
        for name in NAMES:
            newest = written(tmp_path, name, float(minute))
        stood = desk.turn(60)
    assert stood.is_held_back
    assert fake.store.writes == stood.written_today <= 64 + 400 * 300 / 1440
    beat = json.loads(there(desk, "heartbeat", "mirror"))
    assert beat["written_ts"] >= "2026-01-05T04:50"
    held = [there(desk, name) for name in NAMES]
    assert all(json.loads(each)["equity"] > 200 for each in held)  # each had its turn
    assert newest not in held or stood.owed
    desk.copyist.close()


def test_a_remote_whose_own_quota_is_used_up_is_left_in_peace(desk, fake):
    fake.store.writes_allowed = 4
    desk.turn()
    written(desk.place.root, "nav", 2.0)
    for _ in range(600):
        stood = desk.turn(1)
    assert stood.fault.startswith("ResourceExhausted")
    assert commits(fake) < 12
    fake.store.writes_allowed = None
    for _ in range(600):
        stood = desk.turn(1)
    assert (stood.owed, stood.fault) == ((), None)


@pytest.mark.parametrize("code", [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED])
def test_a_refusal_is_told_and_mended_by_itself_once_it_is_lifted(desk, fake, code):
    fake.fault = code
    for _ in range(120):
        stood = desk.turn(1)
    assert "look at the credentials" in stood.fault
    assert commits(fake) < 10
    fake.fault = None
    for _ in range(31):
        stood = desk.turn(1)
    assert (stood.fault, stood.acknowledged) == (None, 3)


def test_whoever_asks_for_a_push_need_not_wait_for_the_next_try(desk, fake):
    fake.fault = grpc.StatusCode.RESOURCE_EXHAUSTED
    desk.turn()
    fake.fault = None
    assert desk.turn(1).acknowledged == 0
    desk.copyist.forget(everything=False)
    assert desk.turn(1).acknowledged == 3


def test_one_document_that_cannot_be_holds_up_no_other_and_is_offered_again_when_it_is_another(fake, tmp_path):
    filled(tmp_path)
    hard = random.Random(1).randbytes(13_000_000).hex()
    written(tmp_path, "nav", 1.0, reason=hard)
    desk = Moving(tmp_path, SINKS, rows=tuple(map(big, NAMES)))
    stood = desk.turn()
    assert list(stood.refused) == ["states/paper/nav"]
    assert (stood.acknowledged, stood.owed, stood.fault) == (2, (), None)
    before = commits(fake)
    desk.turn(1)
    assert commits(fake) == before
    written(tmp_path, "nav", 1.0)
    stood = desk.turn(1)
    assert (stood.refused, stood.acknowledged) == ({}, 3)
    desk.copyist.close()


def big(name):
    return dataclasses.replace(row(name), max_bytes=64 * 1024 * 1024)


def test_a_file_that_is_gone_or_unsound_leaves_the_last_copy_where_it_is_and_is_named(desk, fake):
    desk.turn()
    good = there(desk, "nav")
    (desk.place.state / "nav.json").write_text("{")
    (desk.place.state / "positions.json").unlink()
    desk.turn(1)
    assert there(desk, "nav") == good
    assert sorted(desk.copyist.standing().unread) == ["nav", "positions"]
    desk.turn(60)
    assert "nav" in json.loads(there(desk, "heartbeat", "mirror"))["reason"]


def test_nothing_is_sent_while_no_executor_has_given_the_files_an_account(fake, tmp_path):
    for name in NAMES:
        written(tmp_path, name, 1.0, account=None)
    desk = Moving(tmp_path, SINKS)
    stood = desk.turn()
    assert (stood.documents, fake.calls) == (0, [])
    assert "no executor has traded yet" in desk.copyist.standing().unread["nav"]


def test_what_cannot_be_counted_is_not_sent(desk, fake):
    desk.turn()
    before = list(fake.calls)
    (desk.place.mirrored / LEDGER).unlink()
    (desk.place.mirrored / LEDGER).mkdir()
    written(desk.place.root, "nav", 2.0)
    stood = desk.turn(1)
    assert (stood.owed, fake.calls) == (("states/paper/nav",), before)
    assert LEDGER in desk.copyist.standing().fault
    (desk.place.mirrored / LEDGER).rmdir()
    assert desk.turn(1).owed == ()


def test_copyists_of_several_accounts_have_one_quota_between_them(fake, tmp_path):
    desks = []
    for name in ("alpha", "beta"):
        for state in NAMES:
            written(tmp_path / name, state, 1.0, account=name)
        desks.append(Moving(tmp_path / name, SINKS, mirror(writes_per_day=400, heartbeat_s=600.0), shares=2))
    for minute in range(100):
        for desk in desks:
            for state in NAMES:
                written(desk.place.root, state, float(minute), account=desk.place.root.name)
            desk.turn(60)
    assert fake.store.writes <= 2 * 64 + 400 * 100 / 1440
    assert {name.split("/accounts/")[1].split("/")[0] for name in fake.store.documents} == {"alpha", "beta"}


def test_a_share_that_cannot_have_every_document_pushed_is_refused(tmp_path):
    with pytest.raises(
        SettingsError, match=r"mirror.writes_per_day was 100 for 12 data roots, that is 2 writes at once .* 3 documents; raise it"
    ):
        Moving(tmp_path, {}, mirror(writes_per_day=100, heartbeat_s=3600.0), shares=12)
    assert Moving(tmp_path, {}, mirror(writes_per_day=100, heartbeat_s=3600.0), shares=5).copyist


def test_a_server_slower_than_the_deadline_is_given_up_each_time_and_what_it_did_all_the_same_is_counted(fake, tmp_path):
    filled(tmp_path)
    desk = Moving(tmp_path, SINKS, mirror(deadline_s=0.1))
    fake.slow_s = 600.0
    for _ in range(6):
        stood = desk.turn(5)
    assert stood.fault.startswith("DeadlineExceeded")
    assert len(stood.owed) == 3
    fake.slow_s = 0.0
    desk.be_patient()
    while fake.store.writes < commits(fake):  # the server does late what nobody waits for any more
        time.sleep(0.01)
    stood = desk.turn(5)
    assert (stood.owed, stood.fault, stood.acknowledged) == ((), None, 3)
    assert fake.store.writes <= stood.written_today
    desk.copyist.close()
