"""`hedge tables` and `hedge query`, as a user types them."""

import json

import pytest
from click.testing import CliRunner

from hedge_assets.cli.query import query
from hedge_assets.cli.tables import tables
from hedge_assets.tables.building import build
from hedge_assets.tables.catalog import part, scan
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, journaled


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = journaled(tmp_path_factory.mktemp("desk"))
    list(build(made, scan(), [FIRST, SECOND_DAY]))
    return made


def run(command, place, *words):
    return CliRunner().invoke(command, [*words, "--data", str(place.root)])


def test_what_there_is_is_listed(place):
    done = run(tables, place)
    assert done.exit_code == 0
    assert f"ticks {FIRST}: 26 rows, 1..26, " in done.output
    assert "2 days of orders, positions, ticks, fills, intents, shadow, trades" in done.output


def test_what_is_verified_is_said_to_be_whole(place):
    done = run(tables, place, "--verify")
    assert (done.exit_code, done.output.count("whole; ")) == (0, 14)


def test_a_damaged_day_is_red(tmp_path):
    place = journaled(tmp_path)
    list(build(place, scan()[:1], [FIRST]))
    part(place.tables, scan()[0].name, FIRST).write_bytes(b"nothing")
    done = run(tables, place)
    assert (done.exit_code, "DAMAGED" in done.output) == (1, True)


def test_a_desk_without_tables_is_well(tmp_path):
    done = run(tables, journaled(tmp_path))
    assert done.exit_code == 0
    assert done.output.startswith("no day was built yet")


def test_an_answer_is_a_table_json_or_csv(place):
    sql = "SELECT symbol, sum(net) AS net, NULL AS nothing, list(fills) AS fills FROM trades GROUP BY 1"
    assert run(query, place, sql).output.splitlines() == [
        "symbol        net  nothing  fills",
        "-------  --------  -------  -----",
        "BTCUSDT  45.82504     null  [2]",
        "1 row",
    ]
    assert json.loads(run(query, place, sql, "--json").output) == [{"symbol": "BTCUSDT", "net": "45.82504", "nothing": None, "fills": [2]}]
    assert run(query, place, sql, "--csv").output == "symbol,net,nothing,fills\nBTCUSDT,45.82504,,[2]\n"
    assert run(query, place, sql, "--csv", "--json").exit_code == 2
