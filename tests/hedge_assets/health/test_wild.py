"""Whatever lies under whatever name: a survey is made, tells what is wrong, blocks on nothing and reads no gigabyte."""

import os
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.journal.segments import listed
from executor.lock import OWNER
from executor.pulse import Pulse, write_pulse
from hedge_assets.health.condition import scan as conditions
from hedge_assets.health.incident_log import read_incidents
from hedge_assets.health.survey import survey
from hedge_assets.settings import Place
from tests.hedge_assets.builders import SECOND, T0
from tests.hedge_assets.health.beasts import BEASTS, put
from tests.hedge_assets.health.test_survey import ROWS, ready

NOW = T0 + 5 * SECOND
CONDITIONS = conditions()
NOTES = (
    "raw/pulse.json",
    "tables/pulse.json",
    "watch/pulse.json",
    "run/programs.json",
    "tables/healing.json",
    "watch/audit.json",
    "watch/incidents.jsonl",
    "watch/incidents.1.jsonl",
    "raw/checkpoint.json",
    f"raw/{OWNER}",
    "state/health.json",
)
FOLDERS = ("raw", "raw/ticks", "raw/orders", "raw/positions", "state", "tables", "watch", "run")
MOST_MEMORY = 48 << 20


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    root = tmp_path_factory.mktemp("desk")
    ready(root, NOW, time="wall")
    write_pulse(root / "watch", Pulse(service="watch", pid=1, at_us=NOW, started_us=T0))
    return root


@pytest.fixture
def root(desk, tmp_path):
    return Path(shutil.copytree(desk, tmp_path / "root"))


def looked(root, rows=ROWS):
    tracemalloc.start()
    try:
        found = survey(Place(root=root), rows, NOW, conditions=CONDITIONS)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
    assert [each.name for each in found.verdicts] == [row.name for row in rows]
    assert not [each for each in found.findings if "cannot be judged" in each.reason]
    assert all("\n" not in f"{each.reason}{each.cure}" for each in (*found.verdicts, *found.findings))
    return {each.name: each for each in found.verdicts}


@pytest.mark.parametrize("beast", BEASTS)
def test_under_a_states_name_it_is_missing_or_invalid(root, beast):
    put(beast, root / "state" / "size.json")
    verdict = looked(root)["size"]
    assert verdict.condition == ("missing" if beast == "nothing" else "invalid")
    assert verdict.reason
    assert verdict.cure


@pytest.mark.parametrize("beast", BEASTS)
@pytest.mark.parametrize("name", NOTES)
def test_under_a_notes_name_the_files_are_judged_as_before(root, name, beast):
    put(beast, root / name)
    assert {each.condition for each in looked(root).values() if not name.endswith(f"/{each.name}.json")} == {"ok"}
    read_incidents(root / "watch")


@pytest.mark.parametrize("beast", BEASTS)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("stream", ["ticks", "positions"])
def test_under_a_segments_name_its_journal_is_not_well(root, stream, beast, packed):
    (segment,) = listed(root / "raw" / stream)
    segment.path.unlink()
    put(beast, segment.path.with_suffix(".jsonl.zst") if packed else segment.path)
    assert looked(root)[f"raw/{stream}"].condition in ("missing", "stale", "invalid")


@pytest.mark.parametrize("beast", BEASTS)
def test_under_the_first_segments_name_with_no_state_there_is_a_survey(root, beast):
    shutil.rmtree(root / "state")
    (segment,) = listed(root / "raw" / "orders")
    put(beast, segment.path)
    put(beast, segment.path.with_name("000000000009-20260105T00.jsonl.zst"))
    looked(root)


@pytest.mark.parametrize("beast", BEASTS)
@pytest.mark.parametrize("name", FOLDERS)
def test_under_a_folders_name_there_is_a_survey(root, name, beast):
    put(beast, root / name)
    looked(root)


def test_every_truncation_of_a_real_state_file_is_invalid(root):
    path = root / "state" / "size.json"
    content = path.read_bytes()
    row = tuple(each for each in ROWS if each.name == "size")
    for length in range(len(content) - 1):  # the last byte is the newline
        path.write_bytes(content[:length])
        (verdict,) = survey(Place(root=root), row, NOW).verdicts
        assert verdict.condition == "invalid", length


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_turned_bits_in_any_file_never_end_a_survey(desk, data):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(desk, Path(folder) / "root"))
        files = sorted(path for path in root.rglob("*") if path.is_file())
        for path in data.draw(st.lists(st.sampled_from(files), min_size=1, max_size=3, unique=True)):
            content = bytearray(path.read_bytes())
            for at in data.draw(st.lists(st.integers(0, max(0, 8 * len(content) - 1)), max_size=4)) if content else ():
                content[at // 8] ^= 1 << at % 8
            path.write_bytes(content)
        survey(Place(root=root), ROWS, NOW, conditions=CONDITIONS)


@given(
    junk=st.dictionaries(
        st.sampled_from((*NOTES, *FOLDERS, *(row.path for row in ROWS))),
        st.binary(max_size=60) | st.sampled_from(sorted(set(BEASTS) - {"a bomb"})),
        max_size=12,
    )
)
@settings(max_examples=80, deadline=None)
def test_any_junk_under_any_names_together_is_judged(desk, junk):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(desk, Path(folder) / "root"))
        for name, what in sorted(junk.items(), reverse=True):  # what lies in a folder before the folder
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(what, str):
                put(what, root / name)
            elif not (root / name).is_dir():
                (root / name).write_bytes(what)
        found = survey(Place(root=root), ROWS, NOW, conditions=CONDITIONS)
        assert len(found.verdicts) == len(ROWS)


def test_without_any_right_to_read_everything_is_told_of(desk):
    if os.geteuid() != 0:
        pytest.skip("only root can become nobody")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(desk, Path(folder) / "root"))
        Path(folder).chmod(0o755)
        for path in (root, root / "raw", root / "state"):
            path.chmod(0o755)
        for path in (root / "state").iterdir():
            path.chmod(0o600)
        os.seteuid(65534)
        try:
            found = looked(root)
        finally:
            os.seteuid(0)
        assert {each.condition for each in found.values()} == {"invalid"}
        assert "Permission denied" in found["size"].reason
