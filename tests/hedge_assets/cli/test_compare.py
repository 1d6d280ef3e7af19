"""`hedge compare`: two columns over journals or a recording, a table, a report, and refusals in one line."""

import json

import pytest
from click.testing import CliRunner

from executor.errors import HedgeError, SettingsError
from hedge_assets.cli.compare import compare
from tests.hedge_assets.columns import journaled


def run(*words, **environ):
    with_errors = CliRunner().invoke(compare, [str(word) for word in words], env=environ, catch_exceptions=True)
    if with_errors.exception is not None and not isinstance(with_errors.exception, SystemExit):
        raise with_errors.exception
    return with_errors


def test_a_table_a_verdict_and_a_report_are_what_comes_out(tmp_path):
    done = run("v5", "v6", "--data", journaled(), "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert "v6 against v5" in done.output
    assert "its error on the live account's own gain is 0.00 USD" in " ".join(done.output.split())
    assert "verdict: " in done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"report.md", "report.html", "report.json", "nav.svg"}
    assert json.loads((tmp_path / "out/report.json").read_text())["comparison"]["shadow_pipeline"] == "v6"


def test_json_is_the_whole_comparison():
    told = json.loads(run("v6", "v5", "--data", journaled(), "--json").output)
    assert (told["comparison"]["live_pipeline"], told["comparison"]["shadow_pipeline"]) == ("v6", "v5")
    assert set(told["columns"]) == {"account", "v5", "v6"}
    assert told["model"]["drifted"] == 0


def test_a_column_against_itself_differs_by_nothing():
    told = json.loads(run("v6", "v6", "--data", journaled(), "--json").output)["comparison"]
    assert (told["shadow_pipeline"], told["overall"]["identical_frac"], told["overall"]["money"]["diff_usd"]) == ("v6_again", 1.0, 0.0)


def test_a_candidates_file_is_a_column(tmp_path):
    file = tmp_path / "small.toml"
    file.write_text('pipeline = "v5"\n[limits]\ntrade_frac = 0.01\n')
    told = json.loads(run("v5", file, "--data", journaled(), "--json").output)
    assert told["changes"]["small"] == {"pipeline": "v5", "suggestions": True, "limits": {"trade_frac": 0.01}}
    assert told["comparison"]["overall"]["sizes"]["ratio_p50"] == pytest.approx(0.2, rel=0.05)


def test_a_recording_is_traded_first(tmp_path, shared):
    words = ("v5", "v6", "--replay", shared / "data/ticks/20240718", "--out", tmp_path / "out")
    done = run(*words)
    assert done.exit_code == 0
    assert "recording 20240718" in done.output
    assert json.loads((tmp_path / "out/report.json").read_text())["comparison"]["overall"]["n"] > 10


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        (("v5", "moon"), SettingsError, "column was 'moon', known are v5, v6"),
        (("v5", "v6", "--data", "nowhere"), HedgeError, "no journals at "),
        (("v5", "v6", "--replay", "nowhere"), HedgeError, "--replay was nowhere, there is nothing; name a recording"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(words, kind, said):
    with pytest.raises(kind, match=said):
        run(*words)


def test_a_time_that_is_none_is_wrong_usage():
    assert run("v5", "v6", "--from", "yesterday").exit_code == 2
