"""`hedge ship` and `hedge receive` as operators meet them: real processes, killed outright at any moment."""

import contextlib
import random
import resource
import signal
import time

import pytest

from executor.journal.audit import verify
from executor.records.streams import STREAMS
from hedge_assets.cli.ship import objects_of
from hedge_assets.place import places_of
from tests.hedge_assets.builders import boot
from tests.hedge_assets.cli.programs import Programs, told, until
from tests.hedge_assets.journals import write
from tests.hedge_assets.shipping.desks import Writer, lines
from tests.object_servers import BUCKET, s3

QUICK = "[ship]\nevery_s = 0.1\ndeadline_s = 60.0\n"


@pytest.fixture
def start(tmp_path):
    (tmp_path / "quick.toml").write_text(QUICK)
    with Programs() as programs:

        def one(word, data, uri, *more, **environ):
            return programs.start(word, "--data", data, "--uri", uri, *more, **{"HEDGE_CONFIG": str(tmp_path / "quick.toml"), **environ})

        yield one


def test_once_brings_everything_there_is_up_and_down(start, tmp_path):
    writer = Writer(tmp_path / "here")
    writer.loops(40)
    writer.end()
    uri = f"file://{tmp_path}/store"
    code, out, _ = told(start("ship", tmp_path / "here", uri, "--once"))
    assert (code, out.startswith("shipped ")) == (0, True)
    code, out, _ = told(start("receive", tmp_path / "there", uri, "--once"))
    assert (code, out.startswith("received ")) == (0, True)
    assert lines(tmp_path / "there") == lines(tmp_path / "here")


def test_both_are_killed_at_any_moment_and_every_line_arrives_once(start, tmp_path):
    here, there, uri, chance = tmp_path / "here", tmp_path / "there", f"file://{tmp_path}/store", random.Random(8)
    writer = Writer(here)
    writer.loops(30)
    running = {word: start(word, data, uri) for word, data in (("ship", here), ("receive", there))}
    for _ in range(7):
        end_s = time.monotonic() + chance.uniform(0.5, 1.2)
        while time.monotonic() < end_s:
            writer.loops(chance.randint(1, 5))
        for word, data in (("ship", here), ("receive", there)):
            if chance.random() < 0.7:
                running[word].kill()
                running[word].wait()
                running[word] = start(word, data, uri)
    writer.end()
    assert until(lambda: lines(there) == lines(here))
    for process in running.values():
        assert "ing " in process.stdout.readline()  # also one that was begun when all was there
        process.send_signal(signal.SIGTERM)
        code, out, err = told(process)
        assert (code, err) == (0, "")
        assert "ended after" in out
    assert all(verify(there / "raw", stream).first_fault is None for stream in STREAMS)
    assert sum(verify(there / "raw", stream).records for stream in STREAMS) > 100


def test_an_outage_of_the_store_is_borne_by_both(start, tmp_path):
    here, there, uri = tmp_path / "here", tmp_path / "there", f"s3://{BUCKET}/desk/paper"
    writer = Writer(here)
    with s3() as server:
        shipping, receiving = (start(word, data, uri, **server.environ) for word, data in (("ship", here), ("receive", there)))
        writer.loops(5)
        assert until(lambda: len(lines(there)["positions"]) > 0)
        server.stop()
        writer.loops(5)
        for process in (shipping, receiving):
            assert any("fails, and is tried again" in line for line in process.stdout)
        server.start()
        writer.loops(5)
        writer.end()
        assert until(lambda: lines(there) == lines(here))
        for process in (shipping, receiving):
            process.send_signal(signal.SIGTERM)
            code, out, _ = told(process)
            assert (code, out.count("fails, and is tried again"), out.count("goes on after")) == (0, 0, 1)


def test_what_cannot_be_is_refused_in_one_line(start, tmp_path):
    write(tmp_path / "here", [])
    uri = f"file://{tmp_path}/store"
    refused = [
        (start("ship", tmp_path / "here", "nowhere", "--once"), 78, "must be like s3://BUCKET/PREFIX"),
        (start("receive", tmp_path / "here", "", "--once"), 78, "ship.uri was empty"),
        (start("ship", tmp_path / "nothing", uri, "--once"), 1, "no journals at"),
        (start("ship", tmp_path / "here", uri, "--once", ENV="prod", ALLOW_PROD_WRITE="1"), 78, "ALLOW_PROD_SYNC was not 1"),
    ]
    for process, code, words in refused:
        got, out, err = told(process)
        assert (got, out, err.count("\n")) == (code, "", 1)
        assert words in err
    assert not (tmp_path / "store").exists()


def test_a_root_with_journals_of_its_own_or_of_elsewhere_is_not_received_into(start, tmp_path):
    write(tmp_path / "here", [boot()])
    uri = f"file://{tmp_path}/store"
    code, _, err = told(start("receive", tmp_path / "here", uri, "--once"))
    assert (code, "has journals that were not received" in err) == (78, True)
    assert told(start("receive", tmp_path / "there", uri, "--once"))[0] == 0
    code, _, err = told(start("receive", tmp_path / "there", f"{uri}/other", "--once"))
    assert (code, "is received from" in err) == (78, True)


def test_a_second_one_on_the_same_data_is_refused(start, tmp_path):
    write(tmp_path / "here", [])
    for word in ("ship", "receive"):
        first = start(word, tmp_path / word if word == "receive" else tmp_path / "here", f"file://{tmp_path}/store")
        assert "ing" in first.stdout.readline()
        code, _, err = told(start(word, tmp_path / word if word == "receive" else tmp_path / "here", f"file://{tmp_path}/store"))
        assert (code, err.count("\n")) == (75, 1)


def test_a_damaged_part_is_said_by_its_name_with_exit_1_and_the_next_ship_heals_it(start, tmp_path):
    writer, uri = Writer(tmp_path / "here"), f"file://{tmp_path}/store"
    for _ in range(2):
        writer.loops(3)
        assert told(start("ship", tmp_path / "here", uri, "--once"))[0] == 0
    part = sorted((tmp_path / "store" / "tail" / "positions").glob("*/*.zst"))[1]
    body = part.read_bytes()
    part.write_bytes(body[:-6] + bytes([body[-6] ^ 1]) + body[-5:])
    code, _, err = told(start("receive", tmp_path / "there", uri, "--once"))
    assert (code, err.count("\n"), err.startswith(f"{part.relative_to(tmp_path / 'store')} at ")) == (1, 1, True)
    assert told(start("ship", tmp_path / "here", uri, "--once"))[1].endswith("; 1 damaged objects there were put again\n")
    assert told(start("receive", tmp_path / "there", uri, "--once"))[0] == 0
    assert lines(tmp_path / "there") == lines(tmp_path / "here")
    writer.end()


def test_what_the_disk_here_refuses_ends_a_single_pass_in_one_line(start, tmp_path):
    write(tmp_path / "here", [boot()])
    (tmp_path / "here" / "raw" / "ticks").rmdir()
    (tmp_path / "here" / "raw" / "ticks").write_bytes(b"")
    code, out, err = told(start("ship", tmp_path / "here", f"file://{tmp_path}/store", "--once"))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "raw/ticks cannot be read or written (Not a directory)" in err


@contextlib.contextmanager
def full_disk(size):
    """Whoever is started here finds no space for a file that is larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_is_waited_for_and_said_and_ends_a_single_pass_with_exit_1(start, tmp_path):
    here, there, uri = tmp_path / "here", tmp_path / "there", f"file://{tmp_path}/store"
    writer = Writer(here, rotate_bytes=1 << 20)
    writer.loops(40)
    writer.end()
    assert told(start("ship", here, uri, "--once"))[0] == 0
    with full_disk(4096):
        process = start("receive", there, uri, "--once")
    code, out, err = told(process)
    assert (code, out, err.count("\n"), "cannot be read or written (File too large)" in err) == (1, "", 1, True)
    with full_disk(4096) as before:
        process = start("receive", there, uri)
    assert process.stdout.readline().startswith("receiving")
    assert process.stdout.readline().startswith("fails, and is tried again every few seconds")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
    assert until(lambda: lines(there) == lines(here))
    process.send_signal(signal.SIGTERM)
    code, out, err = told(process)
    assert (code, out.count("goes on after"), err) == (0, 1, "")


def test_accounts_of_one_settings_file_have_a_prefix_each(tmp_path):
    (tmp_path / "two.toml").write_text('[ship]\nuri = "s3://desk/journals/"\n[accounts.alpha]\n[accounts.beta]\n')
    places = places_of({"HEDGE_CONFIG": str(tmp_path / "two.toml")}, tmp_path)
    assert [objects_of(place, None).uri for place in places] == ["s3://desk/journals/alpha", "s3://desk/journals/beta"]
    assert objects_of(places[0], "s3://desk/mine").uri == "s3://desk/mine"
