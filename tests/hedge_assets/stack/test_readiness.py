"""Before a box starts everything is asked, and each refusal is one line with what, value, limit and cure."""

import os
import shutil
import socket
import subprocess

import pytest

from executor.errors import SettingsError
from executor.lock import take_lock
from hedge_assets.cli.up import supervised
from hedge_assets.stack.launching import variables
from hedge_assets.stack.programs import REPOSITORY
from hedge_assets.stack.readiness import findings
from tests.boxes import ME, PLAIN, Box
from tests.postgres import postgres


@pytest.fixture(scope="module")
def database():
    with postgres() as made:
        yield made


@pytest.fixture
def box(tmp_path, database):
    made = Box(tmp_path, database.environ)
    made.lay()
    return made


def asked(box: Box, question: str, **changed: str | None) -> tuple[int, str]:
    """What one question is answered; those that come after it are not asked."""
    box.write(**changed)
    told = variables(box.env_file.read_text(), "box.env")
    return next((each.code, each.detail) for each in findings({**PLAIN, **told}, may_run=False) if each.name == question)


def test_a_box_as_the_runbook_lays_it_out_is_ready(box):
    done = box.check()
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("FAIL")] == []
    assert [line for line in lines if line.startswith("warn")] == [line for line in lines if "alerts: no channel" in line]
    assert any("storage on Postgres at revision" in line for line in lines)
    assert box.database["HEDGE_PG_PASSWORD"] not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("changed", "question", "said"),
    [
        ({"HEDGE_DATA": None}, "environment", "HEDGE_DATA was not set"),
        ({"HEDGE_RUN": "run"}, "environment", "HEDGE_RUN=run was no absolute path"),
        ({"ENV": "dev"}, "flags", "ENV was dev, --prod needs prod"),
        ({"ALLOW_PROD_WRITE": "0"}, "flags", "set ALLOW_PROD_WRITE=1"),
        ({"ALLOW_PROD_WRITE": "yes"}, "flags", "ALLOW_PROD_WRITE was 'yes'"),
        ({"HEDGE_UMASK": "022"}, "flags", "HEDGE_UMASK was '022'"),
        ({"HEDGE_CONFIG": "/nowhere/hedge.toml"}, "settings", "/nowhere/hedge.toml"),
        ({"HEDGE_WATCH_USER": "no-such-user"}, "users", "useradd --system --gid hedge no-such-user"),
        ({"HEDGE_WEB_PORT": "0"}, "ports", "HEDGE_WEB_PORT was '0'"),
        ({"HEDGE_WEB_PORT": "8700", "HEDGE_PAGE_PORT": "8700"}, "ports", "two are the same"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(box, changed, question, said):
    code, detail = asked(box, question, **changed)
    assert code == 78
    assert said in detail
    assert "\n" not in detail


@pytest.fixture
def desk(tmp_path, database):
    made = Box(tmp_path, database.environ, accounts=("alpha", "beta"))
    made.lay()
    return made


def test_a_box_of_several_accounts_is_asked_for_each_of_them(desk):
    done = desk.check()
    assert done.returncode == 0, done.stdout + done.stderr
    for question in ("settings", "executor doctor"):
        (line,) = [line for line in done.stdout.splitlines() if f"{question}: " in line]
        assert "alpha: " in line
        assert "; beta: " in line
    assert f"executor_alpha {desk.ports['executor']}, executor_beta {desk.ports['executor'] + 1}" in done.stdout


def test_units_are_written_for_a_box_that_is_ready_and_for_no_other(desk):
    units = desk.folder / "units"
    done = subprocess.run(desk.command("--units", str(units)), cwd=REPOSITORY, env=PLAIN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = {path.name for path in units.iterdir()}
    assert written >= {"hedge-executor_alpha.service", "hedge-executor_beta.service", "hedge-watch.service", "hedge.target"}
    assert "hedge-executor.service" not in written
    unit = (units / "hedge-executor_beta.service").read_text()
    assert f"--account beta --metrics-port {desk.ports['executor'] + 1}" in unit
    assert f"ReadWritePaths={desk.data}/accounts/beta/raw" in unit.splitlines()
    desk.write(ALLOW_PROD_WRITE="0")
    refused = subprocess.run(
        desk.command("--units", str(desk.folder / "none")), cwd=REPOSITORY, env=PLAIN, capture_output=True, check=False
    )
    assert refused.returncode == 78
    assert not (desk.folder / "none").exists()


def test_a_run_folder_that_cannot_be_made_is_refused_in_one_line(desk):
    settings = str(desk.folder / "etc/hedge.toml")
    with pytest.raises(SettingsError, match="HEDGE_RUN was /proc/none, it cannot be made"):
        supervised({"HEDGE_RUN": "/proc/none", "HEDGE_CONFIG": settings, "HEDGE_HOME": str(REPOSITORY), "HEDGE_EXECUTOR_PORT": "8801"})


def test_an_account_without_its_folder_is_refused_with_the_command_that_makes_it(desk):
    shutil.rmtree(desk.data / "accounts/beta/raw")
    code, detail = asked(desk, "folders")
    assert code == 78
    assert detail.endswith(f"install -d -o {ME} -g hedge -m 0750 {desk.data}/accounts/beta/raw")


@pytest.mark.parametrize("name", ["accounts", "accounts/alpha"])
def test_who_could_move_an_account_away_is_refused_by_the_folder(desk, name):
    (desk.data / name).chmod(0o770)
    code, detail = asked(desk, "folders")
    assert (code, f"-m 0750 {desk.data / name}" in detail) == (78, True)


def test_the_port_of_a_second_account_that_somebody_has_is_named(desk):
    with socket.create_server(("127.0.0.1", desk.ports["executor"] + 1)) as taken:
        port = taken.getsockname()[1]
        code, detail = asked(desk, "ports")
    assert (code, f"executor_beta {port} is taken" in detail) == (78, True)


def test_ports_beyond_the_last_one_are_refused(desk):
    code, detail = asked(desk, "ports", HEDGE_EXECUTOR_PORT="65535")
    assert (code, "2 accounts need the ports up to 65536; name a lower one" in detail) == (78, True)


def test_a_port_that_somebody_has_is_named(box):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, detail = asked(box, "ports", HEDGE_PAGE_PORT=str(taken.getsockname()[1]))
    assert (code, "is taken" in detail) == (78, True)


@pytest.mark.parametrize(
    ("name", "mode"),
    [("raw", 0o757), ("state", 0o770), ("watch", 0o751), ("run", 0o3770), ("run", 0o2770), ("run", 0o750), ("starts", 0o770)],
)
def test_a_folder_that_others_reach_is_refused_with_the_command_that_mends_it(box, name, mode):
    (box.data / name).chmod(mode)
    code, detail = asked(box, "folders")
    assert code == 78
    assert "install -d -o" in detail
    assert str(box.data / name) in detail


def test_a_link_that_was_left_among_the_logs_is_refused_before_root_writes_there(box):
    (box.data / "run" / "web.log").symlink_to(box.folder / "elsewhere")
    code, detail = asked(box, "folders")
    assert code == 78
    assert f"web.log was a link to {box.folder / 'elsewhere'}" in detail
    assert not (box.folder / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_refused_with_the_command_that_makes_it(box):
    (box.data / "cassettes").rmdir()
    assert "make it: install -d" in asked(box, "folders")[1]


def test_a_folder_for_the_supervisor_that_others_may_write_to_is_refused(box):
    run = box.folder / "run"
    run.mkdir(mode=0o700)
    run.chmod(0o777)
    code, detail = asked(box, "folders")
    assert (code, f"install -d -o root -m 0700 {run}" in detail) == (78, True)


def test_a_box_whose_executor_somebody_else_runs_may_be_asked_about_and_not_be_started(desk):
    handle = take_lock(desk.data / "accounts/beta/raw")
    try:
        code, detail = asked(desk, "running")
        assert (code, "whoever started it; stop that one first" in detail) == (75, True)
        told = {**PLAIN, **variables(desk.env_file.read_text(), "box.env")}
        assert next(each for each in findings(told, may_run=True) if each.name == "running").code == 0
    finally:
        os.close(handle)


def test_a_key_that_systemd_hands_to_a_unit_is_not_asked_for_before_units_are_written(box):
    settings = box.folder / "etc/hedge.toml"
    settings.write_text('mode = "demo"\nexchange = "ccxt:binanceusdm"\nfeed = "live"\n[venue]\nsymbols = ["BTCUSDT"]\n')
    box.write()
    told = {**PLAIN, **variables(box.env_file.read_text(), "box.env")}
    found = {each.name: each for each in findings(told, may_run=True, for_units=True)}["executor doctor"]
    assert (found.code, found.is_warning, "systemd hands its key to its unit alone" in found.detail) == (0, True, True)
    assert "no CREDENTIALS_DIRECTORY is set" in asked(box, "executor doctor")[1]


@pytest.mark.parametrize("mode", [0o440, 0o444, 0o604])
def test_secrets_that_others_could_read_are_refused(box, mode):
    (box.folder / "etc" / "dagster.env").chmod(mode)
    code, detail = asked(box, "secrets")
    assert code == 78
    assert f"mode {mode:04o}" in detail


def test_a_wrong_password_is_refused_and_not_shown(box):
    told = {**box.database, "HEDGE_PG_PASSWORD": "open-sesame-wrong"}
    box.secret("dagster.env", "".join(f"{key}={value}\n" for key, value in told.items()))
    code, detail = asked(box, "Dagster")
    assert code == 78
    assert "does not let hedge in" in detail
    assert "open-sesame-wrong" not in detail


def test_a_database_of_another_revision_is_refused_with_the_way_to_migrate(box, database):
    assert asked(box, "Dagster")[0] == 0
    database.ask("UPDATE alembic_version SET version_num = '567bc23fd1ac'", "hedge")
    try:
        code, detail = asked(box, "Dagster")
    finally:
        database.empty()
    assert code == 78
    assert "567bc23fd1ac" in detail
    assert "dagster instance migrate" in detail


def test_the_doctor_is_asked_as_the_executors_user(box):
    assert asked(box, "executor doctor")[0] == 0
    (box.data / "raw" / "checkpoint.json").write_text("{")
    code, detail = asked(box, "executor doctor")
    assert code == 78
    assert "checkpoint" in detail


def test_who_may_write_the_environment_decides_what_runs_so_nobody_else_may(box):
    box.env_file.chmod(0o666)
    done = box.check()
    assert done.returncode == 78
    assert "mode 0666" in done.stderr
    assert done.stderr.count("\n") == 1
