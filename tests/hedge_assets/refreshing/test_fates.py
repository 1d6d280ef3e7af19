from hedge_assets.refreshing.fates import FILE, Fate, Fates, keep_fates, read_fates


def test_before_any_refresh_and_from_a_damaged_file_nothing_is_known(tmp_path):
    assert read_fates(tmp_path) is None
    (tmp_path / FILE).write_bytes(b"{")
    assert read_fates(tmp_path) is None


def test_a_refresh_of_some_states_keeps_the_word_on_the_others(tmp_path):
    keep_fates(
        tmp_path,
        Fates(at_us=1, wall_s=2.0, states={"nav": Fate(at_us=1, fate="gated", reason="why"), "size": Fate(at_us=1, fate="written")}),
    )
    keep_fates(tmp_path, Fates(at_us=5, wall_s=3.0, states={"size": Fate(at_us=5, fate="failed", reason="no")}))
    found = read_fates(tmp_path)
    assert (found.at_us, found.wall_s) == (5, 3.0)
    assert {name: (fate.at_us, fate.fate) for name, fate in found.states.items()} == {"nav": (1, "gated"), "size": (5, "failed")}


def test_where_a_damaged_file_was_put_is_remembered(tmp_path):
    keep_fates(tmp_path, Fates(at_us=1, states={"nav": Fate(at_us=1, fate="written", kept="tables/damaged/nav", kept_us=1)}))
    keep_fates(tmp_path, Fates(at_us=2, states={"nav": Fate(at_us=2, fate="written")}))
    assert read_fates(tmp_path).states["nav"] == Fate(at_us=2, fate="written", kept="tables/damaged/nav", kept_us=1)
