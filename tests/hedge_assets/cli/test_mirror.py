"""`hedge mirror` as an operator meets it: real processes, a Firestore over gRPC, a folder of objects, and both pulled away."""

import signal
import threading

import click
import pytest

from executor.clock import WallClock
from executor.errors import HedgeError, LockError
from executor.flags import read_flags
from executor.pulse import Pulse, write_pulse
from hedge_assets.catalog import scan, scan_desk
from hedge_assets.cli.mirror import held_for_good
from hedge_assets.folder_lock import held
from hedge_assets.health.gathering import note
from hedge_assets.health.scene import Mirrored
from hedge_assets.mirror.desk import roots_of
from hedge_assets.place import places_of
from hedge_assets.refreshing.whole_desk import refresh_desk
from hedge_assets.settings import Place
from tests.fake_firestore.server import FakeFirestore
from tests.hedge_assets.cli.programs import PLAIN, Programs, refreshed, told, until, well_now

MIRRORED = 13
PATIENT = "[mirror]\ndeadline_s = 30.0\n"


@pytest.fixture
def place(tmp_path):
    return well_now(Place(root=tmp_path))


@pytest.fixture
def fake():
    with FakeFirestore() as made:
        yield made


@pytest.fixture
def start(place):
    patient = place.root / "patient.toml"
    patient.write_text(PATIENT)
    with Programs() as programs:
        yield lambda word, **environ: programs.start("mirror", word, "--data", place.root, **{"HEDGE_CONFIG": str(patient), **environ})


def on(fake, **environ):
    return {"FIRESTORE_ENABLED": "1", "FIRESTORE_EMULATOR_HOST": fake.host, "GOOGLE_CLOUD_PROJECT": "desk", **environ}


def stands(place, what):
    stood = note(place.mirrored / "standing.json", Mirrored)
    return stood is not None and len(stood.sinks) == 1 and what(stood.sinks[0])


@pytest.mark.parametrize("word", ["run", "push", "verify"])
def test_as_it_comes_it_says_that_it_is_off_and_is_well(start, place, word):
    code, out, err = told(start(word))
    assert (code, out, err) == (0, "skipped by setting: FIRESTORE_ENABLED is 0, nothing leaves this machine\n", "")


@pytest.mark.parametrize("word", ["run", "push", "verify"])
def test_production_without_leave_is_refused_in_one_line_and_nothing_is_asked(start, fake, word):
    code, out, err = told(start(word, **on(fake, ENV="prod", ALLOW_PROD_WRITE="1")))
    assert (code, out) == (78, "")
    assert err.count("\n") == 1
    assert "ALLOW_PROD_SYNC was not 1" in err
    assert fake.calls == []


def test_one_push_brings_everything_and_verify_proves_it_and_finds_what_is_newer(start, place, fake):
    code, out, _ = told(start("push", **on(fake)))
    assert (code, f"{MIRRORED} of {MIRRORED} documents are there" in out) == (0, True)
    code, out, _ = told(start("verify", **on(fake)))
    assert (code, out.count(": the same, ")) == (0, MIRRORED)
    refreshed(place)
    code, out, _ = told(start("verify", **on(fake)))
    assert code == 1
    assert "firestore nav: an older content is there" in out


def test_a_push_that_reaches_nobody_ends_with_what_is_owed(start, fake):
    fake.stop()
    code, out, _ = told(start("push", **on(fake)))
    assert code == 1
    assert "owed: ServiceUnavailable" in out


def test_the_program_survives_an_outage_and_its_own_death_and_all_that_is_newest_arrives(start, place, fake):
    process = start("run", **on(fake))
    assert until(lambda: stands(place, lambda sink: sink.acknowledged == MIRRORED))
    code, _, err = told(start("run", **on(fake)))
    assert (code, "another `hedge mirror run`" in err) == (75, True)
    fake.stop()
    refreshed(place)
    assert until(lambda: stands(place, lambda sink: sink.failures > 1 and len(sink.owed) > 5))
    process.kill()
    process.wait()
    process = start("run", **on(fake))
    assert until(lambda: stands(place, lambda sink: sink.failures > 2))
    fake.start()
    assert until(lambda: stands(place, lambda sink: sink.acknowledged == MIRRORED and not sink.failures))
    assert told(start("verify", **on(fake)))[0] == 0
    process.send_signal(signal.SIGTERM)
    code, out, err = told(process)
    assert (code, err) == (0, "")
    assert "ended after" in out


def test_the_program_waits_for_a_pass_of_dagsters_that_it_meets_and_then_does_its_work(start, place, fake):
    with held(place.mirrored, "the test has it"):
        process = start("run", **on(fake))
        assert "it is waited for" in process.stdout.readline()
        assert process.poll() is None
    assert until(lambda: stands(place, lambda sink: sink.acknowledged == MIRRORED))
    process.send_signal(signal.SIGTERM)
    assert told(process)[0] == 0


def test_a_pass_without_end_is_told_with_a_code_after_which_the_program_is_tried_again(place):
    with held(place.mirrored, "the test has it"), pytest.raises(HedgeError, match="or by a pass that Dagster makes") as refused:
        held_for_good(place, threading.Event(), patience_s=0.0)
    assert refused.value.exit_code == 1


def test_only_a_program_that_is_seen_to_beat_is_a_refusal_for_good(place, monkeypatch):
    beats = [Pulse(service="mirror", pid=1, at_us=WallClock().now_us() + turn, started_us=1) for turn in range(2)]
    write_pulse(place.mirrored, beats[0])  # of one that was killed: it does not change any more
    with held(place.mirrored, "the test has it"):
        with pytest.raises(HedgeError, match="tried again"):
            held_for_good(place, threading.Event(), patience_s=0.0)
        monkeypatch.setattr(click, "echo", lambda _: write_pulse(place.mirrored, beats[1]))  # it beats once it is waited for
        with pytest.raises(LockError, match="another `hedge mirror run`") as refused:
            held_for_good(place, threading.Event())
    assert refused.value.exit_code == 75


def test_a_program_that_is_told_to_end_while_it_waits_ends_well_and_says_nothing_of_the_data_root(start, place, fake):
    with held(place.mirrored, "the test has it"):
        process = start("run", **on(fake))
        assert "it is waited for" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert told(process)[0] == 0
    assert not (place.mirrored / "standing.json").exists()


@pytest.fixture
def two(tmp_path):
    (tmp_path / "two.toml").write_text(f"{PATIENT}[accounts.alpha]\n[accounts.beta]\n")
    return {"HEDGE_CONFIG": str(tmp_path / "two.toml")}


def traded(desk, name):
    well_now(Place(root=desk / "accounts" / name, account=name))


def mirrored_accounts(fake):
    return {name.split("/accounts/")[1].split("/")[0] for name in list(fake.store.documents)}


def test_every_account_of_a_desk_and_the_desk_as_a_whole_have_their_copies(start, tmp_path, fake, two):
    for name in ("alpha", "beta"):
        traded(tmp_path, name)
    whole, states, accounts = Place(root=tmp_path, account="desk"), scan_desk(), places_of({**PLAIN, **two}, tmp_path)
    names = [state.name for state in states]
    refresh_desk(whole, states, names, accounts=accounts, states=scan(), clock=WallClock(), flags=read_flags({}))
    code, out, _ = told(start("push", **on(fake, **two)))
    assert code == 0, out
    code, out, _ = told(start("verify", **on(fake, **two)))
    assert code == 0, out
    assert mirrored_accounts(fake) == {"alpha", "beta", "desk"}
    assert {line.split()[0] for line in out.splitlines()} == {"alpha", "beta", "desk"}


def test_an_account_that_is_started_after_the_mirror_has_its_copies_as_well(start, tmp_path, fake, two):
    traded(tmp_path, "alpha")
    process = start("run", **on(fake, **two))
    assert until(lambda: mirrored_accounts(fake) == {"alpha"})
    traded(tmp_path, "beta")
    assert until(lambda: mirrored_accounts(fake) == {"alpha", "beta"})
    process.send_signal(signal.SIGTERM)
    assert told(process)[0] == 0


def test_the_whole_is_mirrored_where_all_accounts_are_meant_and_only_there(tmp_path, two):
    mirrored = [place.account for place, _ in roots_of(places_of(two, tmp_path))]
    assert mirrored == ["alpha", "beta", "desk"]
    assert [place.account for place, _ in roots_of(places_of(two, tmp_path, "beta"))] == ["beta"]
