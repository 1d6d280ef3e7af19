"""What an operator installs says what the programs are, and both supervisors say the same."""

import configparser
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from hedge_assets.stack.box import configuration_of, files, needed_names
from hedge_assets.stack.folders import MODES, mode_of
from hedge_assets.stack.launching import variables
from hedge_assets.stack.posts import GROUP, posts, user_of
from hedge_assets.stack.programs import REPOSITORY, Ports, mirror, stack, told_by
from hedge_assets.stack.units import Where
from hedge_assets.stack.units import units as units_of
from tests.tools import tool

OPS = REPOSITORY / "ops"
PORTS = Ports(web=3123, code=4123, watch=8124, executor=8123, page=8125)


def units() -> dict[str, configparser.SectionProxy]:
    found = {}
    for path in sorted((OPS / "systemd").glob("*.service")):
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str
        parser.read_string(path.read_text("utf-8"))
        found[path.stem.removeprefix("hedge-")] = parser
    return found


def sections() -> dict[str, configparser.SectionProxy]:
    parser = configparser.RawConfigParser()
    parser.read_string((OPS / "hedge.conf").read_text("utf-8"))
    return {name.removeprefix("program:"): parser[name] for name in parser.sections() if name.startswith("program:")}


def test_the_files_are_as_they_are_printed():
    for name, text in files().items():
        assert (OPS / name).read_text("utf-8") == text, f"print it anew: python -m hedge_assets.stack.box ops ({name})"
    assert {path.name for path in (OPS / "systemd").iterdir()} == {Path(name).name for name in files() if name.startswith("systemd/")}


def test_a_box_runs_what_hedge_up_runs_with_the_same_words(tmp_path):
    shared = {
        program.name: program for program in stack(tmp_path, arguments=(), config=None, ports=PORTS).programs if program.name != "first"
    }
    of_box = {post.name: post.program for post in posts()}
    shared["mirror"] = mirror(told_by(tmp_path, PORTS))
    assert set(of_box) - set(shared) == {"tend"}
    for name, program in shared.items():
        words = [re.sub(r"\$HEDGE_\w+?_PORT", lambda found: str(ports(found[0])), word) for word in of_box[name].command]
        told = {"$HEDGE_HOME/.venv/bin": str(Path(program.command[0]).parent), "$HEDGE_DATA": str(tmp_path)}
        told |= {"$HEDGE_HOME/ops/workspace.yaml": str(tmp_path / "run/dagster/workspace.yaml"), "$HEDGE_HOME": str(REPOSITORY)}
        for mark, place in told.items():
            words = [word.replace(mark, place) for word in words]
        assert words[: len(program.command)] == list(program.command)
        assert words[len(program.command) :] in ([], ["--config", "$HEDGE_CONFIG"])
        assert (of_box[name].stop_wait_s, of_box[name].final_codes) == (program.stop_wait_s, program.final_codes)


def ports(name: str) -> int:
    return {f"$HEDGE_{field.upper()}_PORT": getattr(PORTS, field) for field in ("web", "code", "watch", "executor", "page")}[name]


def test_units_and_sections_name_the_same_programs_commands_codes_users_and_times():
    under_systemd, under_supervisor = units(), sections()
    assert set(under_supervisor) - set(under_systemd) == {"tend"}  # systemd does itself what tend does beside supervisor
    for name, unit in under_systemd.items():
        section, service = under_supervisor[name], unit["Service"]
        command = re.sub(
            r"%\(ENV_(\w+)\)s", lambda found: "/opt/hedge" if found[1] == "HEDGE_HOME" else f"${{{found[1]}}}", section["command"]
        )
        assert service["ExecStart"] == command
        assert service["RestartPreventExitStatus"].split() == section["exitcodes"].split(",")
        assert service["TimeoutStopSec"] == section["stopwaitsecs"]
        assert int(service["UMask"], 8) == int(section["umask"], 8) == 0o027


def test_who_was_refused_stays_down_and_whoever_fell_comes_back():
    for section in sections().values():
        assert {"75", "78"} <= set(section["exitcodes"].split(","))
        assert section["autorestart"] == "unexpected"
    assert [name for name, section in sections().items() if "0" in section["exitcodes"].split(",")] == ["mirror", "executor"]


def test_systemd_never_gives_up_on_who_fell_and_leaves_rests_to_the_launch():
    for name, unit in units().items():
        assert (unit["Unit"]["StartLimitIntervalSec"], unit["Service"]["Restart"], unit["Service"]["RestartSec"]) == ("0", "always", "1"), (
            name
        )


def test_every_log_is_turned_over_by_size_and_count():
    for name, section in sections().items():
        assert section["stdout_logfile"].endswith(f"/run/{name}.log")
        assert section["redirect_stderr"] == "true"
        assert int(section["stdout_logfile_maxbytes"]) <= 2_000_000
        assert 0 < int(section["stdout_logfile_backups"]) <= 5


def test_where_root_turns_logs_over_no_other_user_may_write():
    configuration = configparser.RawConfigParser()
    configuration.read_string((OPS / "hedge.conf").read_text("utf-8"))
    logs = {Path(section["stdout_logfile"]).parent for section in sections().values()}
    logs |= {Path(configuration["supervisord"]["logfile"]).parent, Path(configuration["supervisord"]["childlogdir"])}
    [folder] = {str(path.relative_to("%(ENV_HEDGE_DATA)s")) for path in logs}
    assert {post.user for post in posts() if folder in (*post.writes, *post.shares)} == {"HEDGE_TEND_USER"}
    assert int(MODES[folder], 8) & 0o022 == 0


def test_the_watch_stops_first_then_the_executor_then_who_reads_it():
    order = sorted(sections(), key=lambda name: -int(sections()[name]["priority"]))
    assert order[:2] == ["watch", "executor"]
    assert order[-1] == "tend"


def test_the_environment_that_is_handed_out_has_every_name_and_no_secret():
    told = variables((OPS / "box.env").read_text("utf-8"), "box.env")
    assert [name for name in needed_names(posts()) if name not in told] == []
    assert not [name for name in told if re.search("PASSWORD|TOKEN|KEY|SECRET(?!S)", name)]
    users = {post.user: user_of(post) for post in posts() if post.name != "tend"}
    assert {name: told[name] for name in users} == users
    assert len({told[name] for name in users}) == 5
    assert told["HEDGE_TEND_USER"] == "root"


def test_dagster_on_a_box_differs_from_development_in_its_storage_only():
    ours, plain = (yaml.safe_load((REPOSITORY / name).read_text("utf-8")) for name in ("ops/dagster.yaml", "dagster.yaml"))
    where = ours.pop("storage")["custom"]["config"]["postgres_db"]
    assert ours.pop("local_artifact_storage")["config"] == {"base_dir": {"env": "HEDGE_DAGSTER"}}
    plain.pop("storage")
    assert ours == plain
    assert ours["telemetry"] == {"enabled": False}
    assert {name: where[name] for name in ("username", "password", "hostname", "db_name", "port")} == {
        "username": {"env": "HEDGE_PG_USER"},
        "password": {"env": "HEDGE_PG_PASSWORD"},
        "hostname": {"env": "HEDGE_PG_HOST"},
        "db_name": {"env": "HEDGE_PG_DB"},
        "port": {"env": "HEDGE_PG_PORT"},
    }


def test_no_command_holds_a_secret():
    for section in sections().values():
        assert not re.search("PG_|PASSWORD|TOKEN", section["command"])


def test_the_writable_pages_differ_from_the_others_in_what_makes_them_so():
    parser = configparser.RawConfigParser()
    parser.read_string((OPS / "writable.conf").read_text("utf-8"))
    writable, web = dict(parser["program:writable"]), dict(sections()["web"])
    assert {name: value for name, value in writable.items() if web[name] != value}.keys() == {"command", "priority", "stdout_logfile"}
    plain = web["command"].replace("launch web", "launch writable").partition(" --rest")
    assert writable["command"].startswith(plain[0])
    assert writable["command"].endswith("--port 3001 --writable --name dagster.example --token file:%(ENV_HEDGE_SECRETS)s/dagster.token")


@pytest.mark.parametrize("name", ["production.md", "images.md"])
def test_no_command_that_an_operator_types_has_a_password_among_its_words(name):
    text = (REPOSITORY / "docs" / name).read_text("utf-8")
    commands = [line for block in text.split("```")[1::2] for line in block.splitlines()]
    spoken = [line for line in commands if "$password" in line or "PASSWORD" in line]
    assert spoken
    by_the_shell_itself = re.compile(r"password=\$\(|\(umask 077; printf |printf |sed -n |CREATE ROLE ")
    assert [line for line in spoken if not by_the_shell_itself.match(line)] == []


def test_no_program_of_ours_is_typed_on_a_box_as_if_it_were_on_the_path():
    text = (REPOSITORY / "docs" / "production.md").read_text("utf-8")
    spoken = [*re.findall(r"`([^`\n]+)`", text), *(line for block in text.split("```")[1::2] for line in block.splitlines())]
    ours = (
        "hedge status",
        "hedge backup",
        "hedge restore",
        "hedge rebuild",
        "hedge journal",
        "dagster asset",
        "dagster instance",
        "celery ",
    )
    typed = [each for each in spoken if re.match(rf"(?:[A-Z_]+=\S+ )*(?:{'|'.join(ours)}).* -", each)]
    assert typed == []
    assert any("/opt/hedge/.venv/bin/hedge status" in each for each in spoken)


def test_units_hold_their_programs_in():
    for name, unit in units().items():
        service = unit["Service"]
        for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictSUIDSGID", "LockPersonality"):
            assert service[key] == "yes", (name, key)
        assert (service["ProtectSystem"], service["Group"], service["CapabilityBoundingSet"]) == ("strict", GROUP, "")
        assert ("IPAddressDeny" in service) == (name not in ("mirror", "executor", "watch"))


def test_systemd_knows_every_word_of_the_units(tmp_path):
    analyze = tool("systemd-analyze")
    for path in (OPS / "systemd").iterdir():
        text = (
            path.read_text("utf-8")
            .replace("/opt/hedge/.venv/bin/hedge launch", "/bin/true launch")
            .replace("/etc/hedge/box.env", "-/etc/hedge/box.env")
        )
        (tmp_path / path.name).write_text(re.sub("^(User|Group|WorkingDirectory)=.*\n", "", text, flags=re.MULTILINE))
    done = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, tmp_path.iterdir())], capture_output=True, text=True, check=False, timeout=240
    )
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "hedge" in line]
    assert ours == []


def test_the_runbook_makes_the_folders_and_users_that_a_start_asks_for():
    told = (REPOSITORY / "docs/production.md").read_text("utf-8")
    made = {}
    for owner, group, mode, names in re.findall(r"^install -d -o (\S+) -g (\S+) -m (\d+) ([^#\n]+)", told, re.MULTILINE):
        made |= dict.fromkeys(names.split(), (owner, group, mode))
    wanted = {"/var/lib/hedge": ("root", GROUP, "0750"), "/var/lib/hedge/run": ("root", GROUP, MODES["run"])}
    for post in posts():
        for folder in post.writes:
            wanted.setdefault(f"/var/lib/hedge/{folder}", (user_of(post), GROUP, mode_of(Path(folder))))
    assert made == {**wanted, "/var/lib/hedge/starts": ("root", GROUP, "3770")}
    of_accounts = {}
    for owner, group, mode, names in re.findall(r"^    install -d -o (\S+) -g (\S+) -m (\d+) ([^#\n]+)", told, re.MULTILINE):
        of_accounts |= dict.fromkeys(names.replace("$at", "/var/lib/hedge/accounts/alpha").split(), (owner, group, mode))
    wanted = dict.fromkeys(("/var/lib/hedge/accounts", "/var/lib/hedge/accounts/alpha"), ("root", GROUP, "0750"))
    for post in posts(("alpha",)):
        for folder in (each for each in post.writes if each.startswith("accounts/")):
            wanted[f"/var/lib/hedge/{folder}"] = (user_of(post), GROUP, mode_of(Path(folder)))
    assert of_accounts == wanted
    users = re.search(r"^for user in ([a-z ]+); do$", told, re.MULTILINE)
    assert {f"hedge-{name}" for name in users[1].split()} == {user_of(post) for post in posts() if post.name != "tend"}
    secrets = set(re.findall(r"/etc/hedge/(\w+)\.env", told)) - {"box"}
    assert secrets == {post.secrets for post in posts() if post.secrets}


def test_several_accounts_have_an_executor_and_folders_each_under_both_supervisors():
    several = posts(("alpha", "beta"), Ports(executor=9001, more_executors=(9002,)))
    parser = configparser.RawConfigParser()
    parser.read_string(configuration_of(several))
    assert {*parser.sections()} >= {"program:executor_alpha", "program:executor_beta"}
    assert "program:executor" not in parser.sections()
    assert "--account beta --metrics-port 9002 --config" in parser["program:executor_beta"]["command"]
    assert parser["program:executor_beta"]["stdout_logfile"].endswith("/run/executor_beta.log")
    unit = units_of(several)["hedge-executor_alpha.service"]
    assert "--account alpha --metrics-port 9001" in unit
    paths = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("ReadWritePaths=")]
    assert paths == [*(f"/var/lib/hedge/accounts/alpha/{name}" for name in ("raw", "control", "cassettes")), "/var/lib/hedge/starts"]
    written = {post.name: post.writes for post in several}
    assert written["watch"] == ("watch", "accounts/alpha/watch", "accounts/beta/watch")
    assert {*written["code"]} == {
        "dagster",
        *(f"{at}{name}" for at in ("", "accounts/alpha/", "accounts/beta/") for name in ("state", "tables")),
    }


def test_units_of_a_box_elsewhere_name_its_own_users_and_places(tmp_path):
    where = Where("/srv/desk/box.env", "/srv/code", "/srv/data", {"HEDGE_EXECUTOR_USER": "trader"})
    text = units_of(posts(("alpha",), Ports()), where)["hedge-executor_alpha.service"]
    wanted = {"EnvironmentFile=/srv/desk/box.env", "WorkingDirectory=/srv/code", "User=trader"}
    assert wanted | {"ReadWritePaths=/srv/data/accounts/alpha/raw"} <= {*text.splitlines()}
    assert "ExecStart=/srv/code/.venv/bin/hedge launch executor_alpha" in text
    assert "User=hedge-watch" in units_of(posts(), where)["hedge-watch.service"]


@pytest.mark.parametrize("post", posts(), ids=lambda post: post.name)
def test_every_program_writes_to_folders_of_its_own(post):
    others = {folder for other in posts() if other.user != post.user for folder in other.writes}
    assert not others & set(post.writes)
