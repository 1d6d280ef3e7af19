import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import CorruptJournal
from executor.journal.reader import read
from hedge_assets.explaining.search import Journals, lines_back, lines_on, offset_of, quoted
from tests.hedge_assets.builders import BTC, ETH, HOUR, SECOND, T0, heartbeat, intent, quote
from tests.hedge_assets.journals import write

QUOTES = [quote(T0 + n * 20 * 60 * SECOND, (BTC, ETH)[n % 2]) for n in range(14)]


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    root = tmp_path_factory.mktemp("many")
    write(root, [*QUOTES, *(intent(T0 + n * HOUR, f"i{n}") for n in range(4)), heartbeat(T0)])
    return root / "raw"


def seqs(found):
    return [each.seq for each in found]


def test_the_run_has_packed_and_plain_segments_so_that_what_follows_proves_something(raw):
    assert {path.suffix for path in (raw / "ticks").iterdir()} == {".zst", ".jsonl"}


def test_both_ways_find_what_a_plain_reading_finds(raw):
    plain = [(seq, record) for seq, record in read(raw, "ticks") if record.symbol == ETH]
    journals = Journals(raw)
    on, back = journals.oldest_first("ticks", quoted(ETH)), journals.newest_first("ticks", quoted(ETH))
    assert [(each.seq, each.record) for each in on] == plain == [(each.seq, each.record) for each in reversed(list(back))]


@given(from_us=st.integers(T0 - HOUR, T0 + 6 * HOUR), length_us=st.integers(0, 6 * HOUR))
def test_a_time_has_exactly_its_own_records(raw, from_us, length_us):
    inside = [seq for seq, record in read(raw, "ticks") if from_us <= record.ts_us <= from_us + length_us]
    assert seqs(Journals(raw).between("ticks", from_us, from_us + length_us)) == inside


@given(first=st.integers(0, 16), last=st.integers(0, 16))
def test_numbers_bound_a_search_both_ways(raw, first, last):
    journals = Journals(raw)
    assert seqs(journals.oldest_first("ticks", b"quote", from_seq=first, upto_seq=last)) == [n for n in range(1, 15) if first <= n <= last]
    assert seqs(journals.newest_first("ticks", b"quote", below_seq=last)) == [n for n in range(14, 0, -1) if n < last]


def test_a_number_names_one_record_and_an_unknown_one_none(raw):
    journals = Journals(raw)
    assert journals.numbered("orders", 3).record.intent_id == "i2"
    assert journals.numbered("orders", 9) is None
    assert str(journals.extent("orders")) == "orders 1..4 in 4 segments"


lines = st.lists(st.binary(max_size=4).filter(lambda line: b"\n" not in line), max_size=6)


@given(lines=lines, torn=st.binary(max_size=3).filter(lambda line: b"\n" not in line), needle=st.binary(min_size=1, max_size=2))
def test_whole_lines_are_found_once_and_a_torn_one_never(lines, torn, needle):
    data = b"".join(line + b"\n" for line in lines) + torn
    having = [line for line in lines if needle in line] if b"\n" not in needle else None
    if having is not None:
        assert list(lines_on(data, needle)) == having
        assert list(lines_back(data, needle)) == having[::-1]


@given(times=st.lists(st.integers(0, 30), max_size=12).map(sorted), at=st.integers(-1, 31))
def test_halving_ends_at_the_first_line_of_a_time(times, at):
    data = b"".join(b'{"ts_us":%d}\n' % each for each in times)
    before = [each for each in times if each < at]
    assert offset_of(data, at) == sum(len(b'{"ts_us":%d}\n' % each) for each in before)


def test_a_damaged_line_that_is_looked_for_is_said_to_be_damaged(tmp_path):
    write(tmp_path, [intent(T0, "i1"), intent(T0, "i2")])
    (segment,) = (tmp_path / "raw/orders").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b'"trend up","strength":1.0,', b'"trend ??","strength":1.0,', 1))
    journals = Journals(tmp_path / "raw")
    assert [each.record.intent_id for each in journals.newest_first("orders", quoted("i2"))] == ["i2"]
    with pytest.raises(CorruptJournal, match="orders record 1"):
        list(journals.newest_first("orders", quoted("i1")))
