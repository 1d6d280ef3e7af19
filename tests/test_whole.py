"""From a recording to every number: what the states say is what the raw lines add up to, to the cent."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from executor.flags import read_flags
from executor.settings import Replay, Settings
from tests.recomputed import CENT, START_USD, Books, Seen, books, lines, published_rates, seen
from tests.runs import document, ran, refreshed

ROOT = Path(__file__).parents[1]
QUOTES, TRADES = 99_588, 24_356
SYMBOLS = ("LAYERUSDT", "XRPUSDT")
TEN_DAYS = 14_400


class Replayed:
    """One recording after run and refresh, beside the same books made by hand."""

    def __init__(self, root: Path, rates: Path | None = None) -> None:
        self.root = root
        self.rates = {key: rate for key, rate in published_rates(rates).items() if key[0] in SYMBOLS} if rates else {}
        self.seen: Seen = seen(root, self.rates)
        self.books: Books = books(root, self.rates, self.seen.mids_at)

    def says(self, file: str) -> dict:
        return document(self.root, file)


@pytest.fixture(scope="module")
def ticks(shared, tmp_path_factory) -> Replayed:
    root = tmp_path_factory.mktemp("ticks")
    ran(root, Settings(feed=f"replay:{shared}/data/ticks/20240718"))
    materialized(root, root.parent / "home")
    return Replayed(root)


@pytest.fixture(scope="module")
def recorded_bars(shared, tmp_path_factory) -> Path:
    """The first ten days of the recorded month, beside the same funding."""
    folder = tmp_path_factory.mktemp("recorded") / "klines_1m"
    folder.mkdir()
    (folder.parent / "funding").symlink_to(shared / "data/funding")
    for symbol in SYMBOLS:
        name = f"{symbol}_1m_2025-05.parquet"
        rows = f"SELECT * FROM read_parquet('{shared}/data/klines_1m/{name}') ORDER BY ts_ms LIMIT {TEN_DAYS}"
        duckdb.execute(f"COPY ({rows}) TO '{folder / name}' (FORMAT parquet)")
    return folder


@pytest.fixture(scope="module")
def bars(recorded_bars, shared, tmp_path_factory) -> Replayed:
    root = tmp_path_factory.mktemp("bars")
    ran(root, Settings(feed=f"replay:{recorded_bars}", replay=Replay(symbols=SYMBOLS)))
    refreshed(root)
    return Replayed(root, shared / "data/funding/binanceum_2025-03_2025-06.csv.gz")


@pytest.fixture(scope="module")
def candidate(shared, tmp_path_factory) -> Replayed:
    """The tick recording once more, traded by v6, which rests its orders where v5 takes."""
    root, flags = tmp_path_factory.mktemp("candidate"), read_flags({"RISK_ENGINE_V6_ENABLED": "1"})
    ran(root, Settings(feed=f"replay:{shared}/data/ticks/20240718"), flags=flags)
    refreshed(root, flags=flags)
    return Replayed(root)


@pytest.fixture(params=["ticks", "bars", "candidate"])
def replayed(request) -> Replayed:
    return request.getfixturevalue(request.param)


def materialized(root: Path, home: Path) -> None:
    """Every state by the command of the card."""
    home.mkdir()
    settings = (ROOT / "dagster.yaml").read_text("utf-8")
    (home / "dagster.yaml").write_text(settings.replace("base_dir: logs/dagster", f"base_dir: {home}"), "utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAGSTER_", "HEDGE_"))}
    named = {"DAGSTER_HOME": str(home), "HEDGE_DATA": str(root), "DAGSTER_MODULE_NAME": "hedge_assets.definitions"}
    command = [Path(sys.executable).parent / "dagster", "asset", "materialize", "--select", "not group:tables"]
    done = subprocess.run(command, cwd=ROOT, env={**kept, **named, "PYTHONWARNINGS": "ignore"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "did not pass" not in done.stderr


def near(said: float | None, recomputed: Decimal) -> bool:
    return said is not None and abs(Decimal(str(said)) - recomputed) <= CENT


def differing(pairs: dict[str, tuple[float | None, Decimal]]) -> dict[str, tuple[float | None, Decimal]]:
    return {what: pair for what, pair in pairs.items() if not near(*pair)}


def test_every_quote_and_trade_of_the_tick_recording_is_journaled_once(ticks):
    assert ticks.seen.kinds["quote"] - ticks.seen.repeats == QUOTES
    assert ticks.seen.kinds["trade"] == TRADES


def test_every_bar_becomes_four_journaled_quotes(bars, recorded_bars):
    [(count,)] = duckdb.execute("SELECT count(*) FROM read_parquet(?)", [f"{recorded_bars}/*.parquet"]).fetchall()
    assert count == TEN_DAYS * len(SYMBOLS)
    assert bars.seen.kinds["quote"] - bars.seen.repeats == 4 * count


def test_there_is_something_to_agree_on(replayed):
    assert len(replayed.books.trips) > 0
    assert replayed.books.fees > 0


def test_both_tariffs_were_charged(ticks, candidate):
    charged = [fill["liquidity"] for each in (ticks, candidate) for fill in lines(each.root, "orders") if fill["kind"] == "fill"]
    assert set(charged) == {"maker", "taker"}


def test_nav_and_its_parts_are_the_recomputed_ones_to_the_cent(replayed):
    said, made = replayed.says("nav.json"), replayed.books
    unrealised = sum(made.unrealised(replayed.seen.mids).values(), Decimal(0))
    assert not differing(
        {
            "nav": (said["nav_usd"], made.wallet + unrealised),
            "wallet": (said["wallet_usd"], made.wallet),
            "unrealised": (said["unrealised_usd"], unrealised),
            "realized": (said["booked"]["realized_usd"], made.realized),
            "fees": (said["booked"]["fees_usd"], made.fees),
            "funding": (said["booked"]["funding_usd"], made.funding),
            "unexplained": (said["booked"]["unexplained_usd"], Decimal(0)),
            "parts": (said["nav_usd"], START_USD + made.realized - made.fees + made.funding + unrealised),
        }
    )


def test_the_wallet_is_the_recomputed_one_in_every_account_record(replayed):
    moves = iter(replayed.books.wallet_at)
    due, wallet, wrong = next(moves, None), START_USD, []
    accounts = 0
    for record in lines(replayed.root, "positions"):
        if record["kind"] != "account":
            continue
        while due is not None and due[0] <= record["ts_us"]:
            wallet, due = due[1], next(moves, None)
        accounts += 1
        if abs(Decimal(record["wallet"]) - wallet) > CENT:
            wrong.append((record["ts_us"], record["wallet"], wallet))
    assert wrong == []
    assert accounts == replayed.says("nav.json")["n"]


def test_the_deepest_fall_is_the_one_the_account_records_show(replayed):
    peak = deepest = Decimal(0)
    for record in lines(replayed.root, "positions"):
        if record["kind"] == "account":
            nav = Decimal(record["wallet"]) + Decimal(record["unrealised"])
            peak = max(peak, nav)
            deepest = max(deepest, (peak - nav) / peak)
    said = replayed.says("nav.json")
    assert said["max_drawdown_frac"] == pytest.approx(float(deepest), abs=1e-9)
    assert near(said["peak_nav_usd"], peak)


def test_expectancy_counts_the_same_round_trips_and_the_same_money(replayed):
    [everything] = [window for window in replayed.says("expectancy_v6.json")["windows"] if window["window"] == "all"]
    groups = {"symbols": "symbol", "strategies": "strategy", "sides": "side"}
    said = {("all", "all"): everything["overall"]} | {(field, group["key"]): group for field in groups for group in everything[field]}
    made = {("all", "all"): replayed.books.trips}
    for field, name in groups.items():
        for trip in replayed.books.trips:
            made.setdefault((field, getattr(trip, name)), []).append(trip)
    assert {key: group["n"] for key, group in said.items()} == {key: len(trips) for key, trips in made.items()}
    for key, trips in made.items():
        pairs = {f"{what} of {key}": (said[key][f"{what}_usd"], total(trips, what)) for what in ("net", "gross", "fees", "funding")}
        assert not differing(pairs)
        assert said[key]["wins"] == sum(trip.net > 0 for trip in trips)


def test_trades_are_listed_one_by_one_as_they_were_recomputed(replayed):
    said, made = replayed.says("trades.json"), replayed.books.trips
    listed = said["trades"][::-1]
    assert (said["n"], len(listed) > 0) == (len(made), True)
    for row, trip in zip(listed, made[-len(listed) :], strict=True):
        assert (row["symbol"], row["side"], row["strategy"]) == (trip.symbol, trip.side, trip.strategy)
        assert not differing(
            {f"{what} of {row['number']}": (row[f"{what}_usd"], getattr(trip, what)) for what in ("net", "gross", "fees", "funding")}
        )
        assert row["intent_id"] in replayed.books.strategy_of


def total(trips: list, what: str) -> Decimal:
    return sum((getattr(trip, what) for trip in trips), Decimal(0))


def test_positions_are_what_the_fills_left(replayed):
    said = {row["symbol"]: row for row in replayed.says("positions.json")["positions"]}
    unrealised = replayed.books.unrealised(replayed.seen.mids)
    assert set(said) == set(unrealised)
    for symbol, amount in unrealised.items():
        qty = replayed.books.qty[symbol]
        assert Decimal(str(said[symbol]["qty"])) == qty
        assert not differing({symbol: (said[symbol]["unrealised_usd"], amount)})
        assert said[symbol]["entry_price"] == pytest.approx(float(replayed.books.cost[symbol] / qty), rel=1e-7)
    assert replayed.says("positions.json")["agree"] is True


def test_funding_was_settled_whenever_it_was_due_on_something_held_and_never_else(bars):
    journaled = {(one["symbol"], one["ts_us"]): one for one in lines(bars.root, "orders") if one["kind"] == "funding"}
    expected = {key for key in bars.rates if key in bars.seen.mids_at and bars.books.held(*key)}
    assert set(journaled) == expected
    assert len(expected) > 0
    for key, record in journaled.items():
        assert Decimal(str(record["rate"])) == bars.rates[key]
        assert Decimal(record["position_qty"]) == bars.books.held(*key)
        amount = -bars.books.held(*key) * bars.seen.mids_at[key] * bars.rates[key]
        assert not differing({f"{key}": (record["amount"], amount)})


def test_fills_say_what_their_liquidity_costs_and_what_they_earned(replayed):
    fills = [record for record in lines(replayed.root, "orders") if record["kind"] == "fill"]
    assert len(fills) == replayed.books.fills
    assert abs(sum((Decimal(fill["fee"]) for fill in fills), Decimal(0)) - replayed.books.fees) <= CENT
    assert abs(sum((Decimal(fill["realized"]) for fill in fills), Decimal(0)) - replayed.books.realized) <= CENT
