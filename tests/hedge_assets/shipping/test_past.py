from executor.records.streams import STREAMS
from hedge_assets.shipping.past import lines_here, stranger
from tests.hedge_assets.shipping.desks import Writer, content_of


def test_a_segment_there_must_be_here_or_be_pruned(tmp_path):
    writer = Writer(tmp_path, rotate_bytes=1024)
    writer.loops(12)
    writer.end()
    raw = tmp_path / "raw"
    names = sorted(path.name.partition(".")[0] for path in (raw / "ticks").iterdir())
    assert stranger(raw, "ticks", names) is None
    assert stranger(raw, "ticks", [*names, "000000000999-20260105T00"]) == "000000000999-20260105T00"
    assert stranger(raw, "ticks", [*names, names[1].replace("T00", "T05")]) == names[1].replace("T00", "T05")
    (raw / "pruned.json").write_text(f'{{"ticks":{int(names[2].partition("-")[0]) - 1},"orders":0,"positions":0}}')
    for name in names[:2]:
        (raw / "ticks" / f"{name}.jsonl.zst").unlink()
    assert stranger(raw, "ticks", names) is None


def test_the_lines_of_a_segment_are_the_same_packed_or_not_and_none_where_it_is_not_here(tmp_path):
    writer = Writer(tmp_path, rotate_bytes=1024)
    writer.loops(12)
    writer.end()
    for stream in STREAMS:
        folder = tmp_path / "raw" / stream
        names = sorted(path.name.partition(".")[0] for path in folder.iterdir())
        assert b"".join(lines_here(folder, name) for name in names) == content_of(folder)
        assert lines_here(folder, "000000000999-20260105T00") is None
