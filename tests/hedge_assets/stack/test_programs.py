"""What is started is what was asked for, at places that do not depend on where one stands."""

import socket

import dagster as dg
import pytest
import yaml

from executor.errors import SettingsError
from executor.live.ending import ENDS_S
from executor.live.guard import DISARM_S
from hedge_assets.catalog import scan
from hedge_assets.definitions import defs
from hedge_assets.stack import programs
from hedge_assets.stack.programs import REPOSITORY, Ports, free_port, free_ports, home_settings, stack

PORTS = Ports(web=3123, code=4123, watch=8124, executor=8123, page=8125)


def test_a_taken_port_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_no_two_programs_are_given_the_same_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        wanted = Ports(web=port, code=port, watch=port, executor=port, page=port)
        given = free_ports(wanted)
    ports = {given.web, given.code, given.watch, given.executor, given.page}
    assert len(ports) == 5
    assert min(ports) > port


def test_a_range_without_a_free_port_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(programs, "PORTS_TRIED", 1)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match="--port was"):
        free_port(taken.getsockname()[1])


def test_dagsters_home_differs_from_the_repositorys_settings_in_its_storage_only(tmp_path):
    text = (REPOSITORY / "dagster.yaml").read_text("utf-8")
    ours, plain = home_settings(text, tmp_path), yaml.safe_load(text)
    assert ours.pop("storage") == {"sqlite": {"base_dir": str(tmp_path / "dagster")}}
    assert plain.pop("storage") == {"sqlite": {"base_dir": "logs/dagster"}}
    assert ours == plain


def test_the_stack_of_the_default_data_root_shares_its_storage_with_the_bare_command_line():
    bare = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text("utf-8"))["storage"]["sqlite"]["base_dir"]
    ours = home_settings("", REPOSITORY / "logs")["storage"]["sqlite"]["base_dir"]
    assert ours == str(REPOSITORY / bare)


def test_every_program_is_told_where_to_write(tmp_path):
    config = tmp_path / "mine.toml"
    made = stack(tmp_path / "data", arguments=("--feed", "replay:x"), config=config, ports=PORTS)
    by_name = {program.name: program for program in made.programs}
    assert by_name["executor"].command[-6:] == ("--data", str(tmp_path / "data"), "--metrics-port", "8123", "--feed", "replay:x")
    assert by_name["watch"].command[-4:] == ("--page", "http://127.0.0.1:8125", "--port", "8124")
    page = ("--data", str(tmp_path / "data"), "--port", "8125", "--dagster", "http://127.0.0.1:3123")
    assert by_name["page"].command[-6:] == page
    assert list(by_name) == ["watch", "executor", "page", "first", "code", "web", "daemon"]
    assert made.environment["HEDGE_DATA"] == str(tmp_path / "data")
    assert made.environment["HEDGE_CONFIG"] == str(config)
    assert made.address == "http://127.0.0.1:3123"
    workspace = yaml.safe_load((tmp_path / "data/run/dagster/workspace.yaml").read_text("utf-8"))
    assert workspace["load_from"][0]["grpc_server"]["port"] == 4123


def test_nothing_but_loopback_is_listened_on(tmp_path):
    made = stack(tmp_path, arguments=(), config=None, ports=PORTS)
    hosts = [command[command.index("-h") + 1] for program in made.programs if "-h" in (command := program.command)]
    assert hosts == ["127.0.0.1"]  # the code server; the others have no other address to listen on
    by_name = {program.name: program.command for program in made.programs}
    assert by_name["web"][1:3] == ("-m", "ops.pages")
    assert "--writable" not in by_name["web"]


def test_the_first_refresh_selects_every_state_and_nothing_that_needs_a_partition():
    graph = defs.resolve_asset_graph()
    chosen = dg.AssetSelection.from_string(programs.STATES).resolve(graph)
    states = {state.name for state in scan()}
    assert {key.path[-1] for key in chosen if key in graph.materializable_asset_keys} == states
    assert not [key for key in chosen if graph.get(key).partitions_def is not None]


def test_each_account_is_traded_by_a_program_of_its_own_with_its_own_metrics(tmp_path):
    ports = free_ports(PORTS, 3)
    made = stack(tmp_path, arguments=("--feed", "replay:x"), config=None, ports=ports, accounts=("alpha", "beta", "gamma"))
    assert made.executors == ("executor_alpha", "executor_beta", "executor_gamma")
    by_name = {program.name: program for program in made.programs}
    told = [by_name[name].command for name in made.executors]
    assert [command[command.index("--account") + 1] for command in told] == ["alpha", "beta", "gamma"]
    assert [command[command.index("--metrics-port") + 1] for command in told] == [str(port) for port in ports.executors]
    assert len(set(ports.executors)) == 3
    assert all(command[-2:] == ("--feed", "replay:x") for command in told)
    assert len(made.metrics_addresses) == 4


def test_an_executor_has_the_time_to_call_its_orders_back(tmp_path):
    made = stack(tmp_path, arguments=(), config=None, ports=PORTS)
    (trader,) = [program for program in made.programs if program.name == "executor"]
    assert trader.stop_wait_s > ENDS_S + DISARM_S + 3
