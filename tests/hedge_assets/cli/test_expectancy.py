"""`hedge expectancy`: other engines' histories give the numbers our own fold gives, whatever form they come in, and bad files a line."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from hedge_assets.cli import _histories
from hedge_assets.cli.expectancy import expectancy
from hedge_assets.folds.ledger import ClosedTrade
from hedge_assets.folds.tally import TradeTally, keys_of
from hedge_assets.settings import Telemetry
from hedge_assets.states.expectancy import window_of
from tests.hedge_assets.trades import recorded

ENGINES = ("ft_adxsma_61pairs", "ft_adxsma_8pairs", "ft_reinforced_38pairs", "ft_sample_8pairs", "ft_four_38pairs")
DAY_US = 86_400_000_000
NOT_TOLD = {"gross_usd", "fees_usd", "funding_usd", "fee_drag_bps", "funding_drag_bps", "maker_frac", "reasons"}
"""What these files say more of, or less, than the trades the fold is given."""
HEAD = "trade_no,symbol,side,open_ms,close_ms,qty,open_rate,pnl\n"
ROWS = "1,A,long,1000,5000,1,100,2\n2,B,short,2000,5000,1,100,-3\n3,A,short,3000,9000,1,100,0\n"


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEDGE_CONFIG", raising=False)


def asked(*words, code=0) -> str:
    told = CliRunner().invoke(expectancy, [str(word) for word in words])
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    assert told.exit_code == code, told.output
    return told.output


def history(folder: Path, rows=ROWS, head=HEAD, name="trades.csv") -> Path:
    path = folder / name
    path.write_text(head + rows)
    return path


def folded(trades: list[ClosedTrade], dimension: str) -> tuple[dict, dict]:
    sums: dict[str, TradeTally] = {}
    for trade in sorted(trades, key=lambda each: (each.closed_us, each.number)):
        for key in keys_of(trade):
            sums.setdefault(key, TradeTally()).add(trade)
    told = window_of("all", None, sums, telemetry=Telemetry())
    return told.overall.model_dump(mode="json"), {each.key: each.model_dump(mode="json") for each in getattr(told, dimension)}


def same(mine: dict, theirs: dict) -> None:
    assert mine.keys() == theirs.keys()
    for name in mine.keys() - NOT_TOLD:
        if isinstance(theirs[name], float):
            assert mine[name] == pytest.approx(theirs[name], rel=1e-9, abs=1e-8), name
        elif name != "maturity":
            assert mine[name] == theirs[name], name


@pytest.mark.parametrize("dimension", ["symbols", "sides", "hours"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("form", ["csv", "parquet", "slices"])
def test_every_recording_gives_what_the_fold_gives(shared: Path, tmp_path, monkeypatch, *, engine, dimension, form):
    path = shared / "data/trades" / f"{engine}_trades.csv.gz"
    overall, groups = folded(recorded(path), dimension)
    if form != "csv":
        duckdb.sql(f"FROM read_csv('{path}')").write_parquet(str(tmp_path / "trades.parquet"), row_group_size=2048)
        path = tmp_path / "trades.parquet"
    if form == "slices":
        monkeypatch.setattr(_histories, "SLICE_TRADES", 50)
    told = json.loads(asked(path, "--by", dimension, "--json"))
    same(told["overall"], overall)
    assert [each["key"] for each in told[dimension]] == sorted(groups)
    for each in told[dimension]:
        same(each, groups[each["key"]])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_command_agrees_with_what_the_other_engine_reported(shared: Path, engine):
    folder = shared / "data/trades"
    reported = json.loads((folder / "reported_metrics.json").read_text())[engine]["reported"]
    told = json.loads(asked(folder / f"{engine}_trades.csv.gz", "--json"))["overall"]
    assert (told["n"], told["wins"], told["losses"], told["zeros"]) == tuple(
        reported[name] for name in ("total_trades", "wins", "losses", "draws")
    )
    assert told["expectancy_usd"] == pytest.approx(reported["expectancy"], abs=1e-6)
    assert told["profit_factor"] == pytest.approx(reported["profit_factor"], abs=1e-6)


def test_what_no_column_says_is_null_with_a_reason(tmp_path):
    told = json.loads(asked(history(tmp_path), "--json"))["overall"]
    assert told["fees_usd"] is told["gross_usd"] is told["funding_usd"] is told["maker_frac"] is None
    assert told["reasons"]["fees_usd"] == "no column says what fees were paid"
    assert {name for name, value in told.items() if value is None} - {"r_basis"} <= set(told["reasons"])


def test_fees_are_those_of_both_sides(tmp_path):
    head = HEAD.replace("pnl", "close_rate,fee_open,fee_close,funding_fees,pnl")
    told = json.loads(asked(history(tmp_path, "1,A,long,0,5000,2,100,110,0.001,0.002,-0.5,3\n", head), "--json"))["overall"]
    assert told["fees_usd"] == pytest.approx(2 * 100 * 0.001 + 2 * 110 * 0.002)
    assert (told["funding_usd"], told["gross_usd"]) == (-0.5, pytest.approx(3 + 0.64 + 0.5))


def test_trades_that_close_together_are_ordered_by_their_number_wherever_they_lie(tmp_path):
    rows = "7,A,long,0,5000,1,100,-10\n3,A,long,0,5000,1,100,10\n5,A,long,0,4000,1,100,1\n"
    assert json.loads(asked(history(tmp_path, rows), "--json"))["overall"]["max_drawdown_usd"] == pytest.approx(10)
    rows = "3,A,long,0,5000,1,100,-10\n7,A,long,0,5000,1,100,10\n"
    assert json.loads(asked(history(tmp_path, rows), "--json"))["overall"]["max_drawdown_usd"] == pytest.approx(10)


def test_files_are_one_history(tmp_path):
    history(tmp_path, "1,A,long,0,5000,1,100,2\n", name="a.csv")
    history(tmp_path, "2,B,long,0,6000,1,100,-3\n", name="b.csv")
    told = json.loads(asked(tmp_path / "a.csv", tmp_path / "b.csv", "--json"))
    assert (told["overall"]["n"], [each["key"] for each in told["symbols"]]) == (2, ["A", "B"])


def test_a_folder_of_our_own_tables(tmp_path):
    columns = "n AS number, 'ETHUSDT' AS symbol, 'long' AS side, 'trend' AS strategy, 'balanced' AS regime, (n * 10)::BIGINT AS opened_us"
    money = "100.5::DECIMAL(38,12) AS notional, 1.5::DECIMAL(38,12) AS net, 0.5::DECIMAL(38,12) AS fees, 0::DECIMAL(38,12) AS funding"
    rest = "200::DECIMAL(38,12) AS traded_usd, 50::DECIMAL(38,12) AS maker_usd, NULL::DOUBLE AS initial_risk_usd"
    for day in (1, 2):
        (tmp_path / f"tables/day={day}").mkdir(parents=True)
        rows = duckdb.sql(
            f"SELECT {columns}, (n * 10 + {day * DAY_US})::BIGINT AS closed_us, {money}, {rest} FROM range({day}, {day + 3}) t(n)"
        )
        rows.write_parquet(str(tmp_path / f"tables/day={day}/trades.parquet"))
    told = json.loads(asked(tmp_path / "tables", "--by", "regimes", "--json"))
    assert (told["overall"]["n"], told["overall"]["maker_frac"], told["overall"]["net_usd"]) == (6, 0.25, 9.0)
    assert told["regimes"][0]["key"] == "balanced"


def test_a_window_ends_with_the_newest_trade(tmp_path):
    rows = "".join(f"{n},A,long,0,{n * 86_400_000},1,100,{n}\n" for n in range(1, 41))
    told = json.loads(asked(history(tmp_path, rows), "--window", "7d", "--json"))
    assert (told["overall"]["n"], told["since_ts"]) == (8, "1970-02-03T00:00:00+00:00")


def test_trades_that_come_in_bursts_are_read_in_parts_that_fit(tmp_path, monkeypatch):
    monkeypatch.setattr(_histories, "SLICE_TRADES", 10)
    rows = "".join(f"{n},A,long,0,{n if n < 90 else n * 10**6},1,100,{1 if n % 3 else -2}\n" for n in range(1, 101))
    whole = json.loads(asked(history(tmp_path, rows), "--json"))["overall"]
    assert (whole["n"], whole["wins"], whole["max_drawdown_usd"]) == (100, 67, pytest.approx(2))


def test_a_name_that_is_missing_is_a_group_of_its_own(tmp_path):
    told = json.loads(asked(history(tmp_path, "1,,long,0,5000,1,100,2\n2,O'Hara,long,0,5000,1,100,2\n"), "--json"))
    assert [each["key"] for each in told["symbols"]] == ["", "O'Hara"]


def test_the_table_names_every_group_and_how_far_it_is_shrunk(tmp_path):
    told = asked(history(tmp_path))
    assert "Expectancy by symbols, all" in told
    assert "k = 25 trades" in told
    assert [line.split()[0] for line in told.splitlines() if line.startswith(("all", "A ", "B "))] == ["all", "A", "B"]


@pytest.mark.parametrize(
    ("name", "content", "words", "told"),
    [
        ("x.csv", "a,b\n1,2\n", (), "one of pnl, net, profit_abs"),
        ("x.csv", "pnl,symbol\n1,A\n", (), "one of close_ms, close_timestamp"),
        ("x.csv", HEAD, (), "has no closed trade"),
        ("x.csv", HEAD + "1,A,long,0,5000,1,100,\n", (), "not a finite number"),
        ("x.csv", HEAD + "1,A,long,0,,1,100,3\n", (), "no trade says when it closed"),
        ("x.csv", HEAD + "1,A,long,0,1,1,100,3\n2,A,long,0,,1,100,3\n", (), "1 of 2 trades do not say when they closed"),
        ("x.csv", HEAD + "1,A,long,0,5000,1,100,lots\n", (), "lots"),
        ("x.csv", HEAD + ROWS, ("--by", "strategies"), "no column says its strategies; --by may be symbols, sides, hours"),
        ("x.parquet", "this is no parquet", (), "cannot be read as closed trades"),
        ("x.txt", "", (), "must be .csv, .csv.gz, .csv.zst, .parquet"),
        ("", "", (), "has no Parquet file"),
        ("gone.csv", None, (), "is no file"),
    ],
)
def test_a_bad_file_is_one_line_with_code_2(tmp_path, *, name, content, words, told):
    if name and content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(_histories.HistoryError) as refused:
        asked(tmp_path / name, *words)
    assert refused.value.exit_code == 2
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_window_that_is_none_is_refused(tmp_path):
    assert "must be like 24h, 7d or all" in CliRunner().invoke(expectancy, [str(history(tmp_path)), "--window", "week"]).output


def test_gzip_and_plain_text_say_the_same(tmp_path):
    with gzip.open(tmp_path / "trades.csv.gz", "wt") as file:
        file.write(HEAD + ROWS)
    assert asked(tmp_path / "trades.csv.gz", "--json") == asked(history(tmp_path), "--json")
