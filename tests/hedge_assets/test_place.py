import pytest

from executor.errors import SettingsError
from hedge_assets.place import all_places, place_of, places_of, whole_of
from hedge_assets.settings import Telemetry


def test_an_argument_goes_before_the_environment_and_that_before_logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert place_of({}).root == tmp_path / "logs"
    assert place_of({"HEDGE_DATA": "/data"}).root.as_posix() == "/data"
    assert place_of({"HEDGE_DATA": "/data"}, tmp_path).root == tmp_path


def test_without_a_settings_file_defaults_are_in_force(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert place_of({}).telemetry == Telemetry()


def test_the_telemetry_table_is_read_and_the_rest_of_the_file_is_not_its_business(tmp_path):
    path = tmp_path / "desk.toml"
    path.write_text("account = 'x'\n[telemetry]\nmin_fills = 3\n")
    assert place_of({"HEDGE_CONFIG": str(path)}).telemetry.min_fills == 3


@pytest.mark.parametrize("line", ["moon = 1", "min_fills = 'many'"])
def test_what_is_not_a_setting_is_refused(tmp_path, line):
    path = tmp_path / "desk.toml"
    path.write_text(f"[telemetry]\n{line}\n")
    with pytest.raises(SettingsError, match=r"\[telemetry\] of .* refused"):
        place_of({"HEDGE_CONFIG": str(path)})


def test_a_named_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        place_of({"HEDGE_CONFIG": str(tmp_path / "none.toml")})


def test_a_window_longer_than_journals_are_kept_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[telemetry]\nexecution_window = "9d"\nwindows = ["7d"]\nresearch_window = "7d"\n[journal]\nkeep_days = 8.0\n')
    with pytest.raises(SettingsError, match=r"telemetry.execution_window of .* was 9d, must be at most journal.keep_days \(8\)"):
        place_of({"HEDGE_CONFIG": str(path)})
    path.write_text('[telemetry]\nexecution_window = "9d"\n[journal]\nkeep_days = 30.0\n')
    assert place_of({"HEDGE_CONFIG": str(path)}).journal.keep_days == 30


@pytest.mark.parametrize("name", ["40d", "25h", "0h", "1d", "week", "", "7D"])
def test_a_window_that_cannot_be_is_refused(tmp_path, name):
    with pytest.raises(SettingsError, match=r"telemetry.execution_window of .*: window was .*, must be"):
        place_with(tmp_path, "telemetry", f'execution_window = "{name}"')


def test_the_window_that_scores_go_by_must_be_one_that_is_told(tmp_path):
    with pytest.raises(SettingsError, match=r"research_window of .* was 14d, must be one of windows \(24h, 7d, 30d, all\)"):
        place_with(tmp_path, "telemetry", 'research_window = "14d"')


def place_with(tmp_path, table, line):
    path = tmp_path / "desk.toml"
    path.write_text(f"[{table}]\n{line}\n")
    return place_of({"HEDGE_CONFIG": str(path)})


@pytest.mark.parametrize(
    ("table", "name", "value"),
    [
        ("alerts", "gather_s", "-1.0"),
        ("alerts", "most_per_hour", "0"),
        ("alerts", "timeout_s", "0.0"),
        ("alerts", "timeout_s", "nan"),
        ("alerts", "remind_s", "-0.1"),
        ("alerts", "deadman_every_s", "0"),
        ("alerts", "quiet_hours", "'25:00-07:00'"),
        ("health", "look_every_s", "0.0"),
        ("health", "silent_s", "inf"),
        ("health", "crash_loop_falls", "1"),
        ("health", "min_agree_frac", "1.5"),
        ("health", "disk_warn_bytes", "-1"),
        ("health", "incident_bytes", "10"),
        ("telemetry", "min_fills", "-1"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_name_in_one_line(tmp_path, table, name, value):
    with pytest.raises(SettingsError, match=rf"^{table}\.{name} was ") as refused:
        place_with(tmp_path, table, f"{name} = {value}")
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 78


def test_a_fault_of_the_disk_may_not_begin_before_its_warning(tmp_path):
    with pytest.raises(SettingsError, match=r"^health\.disk_fail_bytes was "):
        place_with(tmp_path, "health", "disk_fail_bytes = 2_000_000_000")


def test_every_default_is_in_its_range(tmp_path):
    for table in ("telemetry", "health", "alerts"):
        place_with(tmp_path, table, "")


def named(tmp_path, said):
    path = tmp_path / "desk.toml"
    path.write_text(f"[telemetry]\ncandidates = {said}\n")
    return place_of({"HEDGE_CONFIG": str(path)}, tmp_path)


def test_candidates_are_files_beside_the_settings_and_what_they_say_is_in_force(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more/tight.toml").write_text('pipeline = "v5"\n[limits]\nsymbol_cap_frac = 0.1\n')
    assert named(tmp_path, '["more/tight.toml"]').telemetry.candidates == {"tight": {"pipeline": "v5", "limits": {"symbol_cap_frac": 0.1}}}
    assert named(tmp_path, "[]").telemetry.candidates == {}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('["none.toml"]', "telemetry.candidates was .*none.toml, it cannot be read"),
        ('["bad.toml"]', "bad.toml: 'paper' cannot be changed by a candidate"),
        ('["tight.toml", "more/tight.toml"]', "names tight twice; rename one of the files"),
        ('"tight.toml"', "must be a list of files"),
        ("{}", "must be a list of files"),
    ],
)
def test_candidates_that_cannot_be_are_refused(tmp_path, said, words):
    (tmp_path / "more").mkdir()
    (tmp_path / "bad.toml").write_text("[paper]\nleverage = 3\n")
    for name in ("tight.toml", "more/tight.toml"):
        (tmp_path / name).write_text("")
    with pytest.raises(SettingsError, match=words):
        named(tmp_path, said)


def test_what_is_about_the_desk_is_about_all_its_accounts_whichever_one_the_environment_means(tmp_path):
    path = tmp_path / "desk.toml"
    path.write_text("[accounts.alpha]\n[accounts.beta]\n")
    environ = {"HEDGE_CONFIG": str(path), "HEDGE_DATA": str(tmp_path), "HEDGE_ACCOUNT": "alpha"}
    assert [place.account for place in places_of(environ)] == ["alpha"]
    assert [place.account for place in all_places(environ)] == ["alpha", "beta"]
    whole = whole_of(all_places(environ))
    assert whole is not None
    assert whole_of(places_of(environ)) is None
    assert (whole.root, whole.account, whole.run) == (tmp_path, "desk", tmp_path / "run")
    assert place_of(environ).run == tmp_path / "run"


@pytest.mark.parametrize(("settings", "is_whole"), [("", False), ("[accounts.alpha]\n", True), ("[accounts.alpha]\n[accounts.b]\n", True)])
def test_who_has_named_accounts_has_a_desk_over_them_were_it_over_one(tmp_path, settings, is_whole):
    path = tmp_path / "desk.toml"
    path.write_text(settings)
    assert (whole_of(all_places({"HEDGE_CONFIG": str(path)}, tmp_path)) is not None) == is_whole


@pytest.mark.parametrize(
    ("accounts", "heartbeat_s", "words"),
    [
        (0, 60.0, None),
        (0, 20.0, "4321 writes a day, mirror.writes_per_day is 4000"),
        (400, 43.5, "among 401 data roots, mirror.writes_per_day is 4000"),
    ],
)
def test_heartbeats_leave_half_of_the_mirrors_quota_also_of_a_share(tmp_path, accounts, heartbeat_s, words):
    path = tmp_path / "desk.toml"
    tables = "".join(f"[accounts.a{each}]\n" for each in range(accounts))
    path.write_text(f"[mirror]\nwrites_per_day = 4000\nheartbeat_s = {heartbeat_s}\n{tables}")
    account = "a0" if accounts else None
    if words is None:
        assert place_of({"HEDGE_CONFIG": str(path)}, tmp_path, account).mirror.heartbeat_s == heartbeat_s
        return
    with pytest.raises(SettingsError, match=words):
        place_of({"HEDGE_CONFIG": str(path)}, tmp_path, account)
