import pytest

from hedge_assets.health.evidence import JournalFacts
from hedge_assets.health.scene import Audited, Audits
from tests.hedge_assets.conditions.scenes import NOW, found, said, well

HOLE = [("raw/ticks", "error")]


def ticks(known_seq, **given):
    return well(journals={"raw/ticks": JournalFacts(**{"segments": 1, "size_bytes": 9, **given})}, known_seqs={"raw/ticks": known_seq})


def test_a_journal_that_ends_before_its_checkpoint_lost_records():
    assert said("sequence_hole", ticks(8, newest_seq=7)) == HOLE
    assert "records 8 to 12 are gone" in found("sequence_hole", ticks(12, newest_seq=7))[0].reason


def test_a_journal_that_is_gone_altogether_lost_all_of_them():
    assert said("sequence_hole", ticks(8, segments=0)) == HOLE
    assert said("sequence_hole", ticks(8)) == HOLE


def test_a_journal_at_or_beyond_its_checkpoint_is_whole():
    assert said("sequence_hole", ticks(7, newest_seq=7)) == []
    assert said("sequence_hole", ticks(7, newest_seq=900)) == []
    assert said("sequence_hole", ticks(0, segments=0)) == []


@pytest.mark.parametrize(
    ("pruned", "told"), [({"raw/ticks": 4}, []), ({"raw/ticks": 9}, []), ({"raw/ticks": 3}, HOLE), ({"raw/ticks": 0}, HOLE), ({}, [])]
)
def test_a_journal_that_begins_after_what_was_pruned_lost_records(pruned, told):
    journals = {"raw/ticks": JournalFacts(segments=1, size_bytes=9, newest_seq=7, first_seq=5)}
    assert said("sequence_hole", well(journals=journals, pruned_seqs=pruned)) == told


def test_a_journal_whose_end_cannot_be_read_has_its_own_verdict_already():
    assert said("sequence_hole", ticks(8, fault="damaged")) == []


def test_a_fault_inside_is_told_by_whoever_read_it_through():
    streams = {"ticks": Audited(segments=3, upto_seq=9, fault="record 5 is missing"), "orders": Audited(segments=1)}
    scene = well(audits=Audits(at_us=NOW, streams=streams))
    assert said("sequence_hole", scene) == HOLE
    assert found("sequence_hole", scene)[0].reason == "record 5 is missing"
