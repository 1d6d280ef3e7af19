"""Image, compose file and cluster are sound by their own linters, locked down, and start what `hedge up` starts."""

import fnmatch
import importlib
import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import process_config, validate_config
from dagster._core.instance.config import dagster_instance_config
from dagster_k8s import K8sRunLauncher
from dagster_postgres.utils import pg_url_from_config

from executor.wire.secrets import CREDENTIAL
from hedge_assets.defs.handing_out import settings_of
from hedge_assets.defs.pooled_postgres import PooledPostgres, kept_open
from tests.ops.images import (
    BINARIES,
    CLUSTER,
    COMPOSE,
    DATA,
    IMAGE,
    ROOT,
    compose,
    containers,
    in_image,
    manifests,
    own_words,
    pods,
    programs,
    services,
)

OURS = ("executor", "watch", "page", "code", "web", "daemon", "mirror")


def linted(tool: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BINARIES / tool), *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)


def test_the_image_is_sound_and_a_base_of_any_version_would_be_noticed(tmp_path: Path) -> None:
    assert linted("hadolint", str(IMAGE)).stdout == ""
    loose = tmp_path / "Dockerfile"
    loose.write_text(IMAGE.read_text("utf-8").replace("python:3.11.14-slim-bookworm", "python"))
    assert "DL3006" in linted("hadolint", str(loose)).stdout


def test_the_image_ends_as_nobody_with_a_health_check_and_nothing_that_builds() -> None:
    last = IMAGE.read_text("utf-8").rpartition("\nFROM ")[2]
    assert "USER 10001:10001" in last
    assert 'HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["hedge", "status"]' in last
    assert "site-packages/pip*" in last
    assert not {word for word in ("apt-get", "gcc", "setup.sh", "ADD ", "chown -R") if word in last}


def test_the_image_is_made_from_what_set_up_needs_and_from_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    named = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert "*" in lines
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert {"executor", "hedge_assets", "ops", "pyproject.toml", "requirements.lock", "requirements-dev.lock"} <= set(named)
    assert [name for name in ("logs", "tests", ".git", ".venv", "secrets") if any(fnmatch.fnmatch(name, each) for each in named)] == []


def is_sent(path: str) -> bool:
    """Whether the builder gets a file, as docker reads `.dockerignore`: the last line that names it or a folder of it decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        heads = ["/".join(parts[: number + 1]) for number in range(len(parts))]
        names = parts if "**/" in line else [head for head in heads if head.count("/") == pattern.count("/")]
        if line and not line.startswith("#") and any(fnmatch.fnmatch(name, pattern) for name in names):
            sent = line.startswith("!")
    return sent


@pytest.mark.parametrize("name", ["dagster.env", "watch.env", "mirror.env", "hedge-key.json", "postgres_password", "x"])
def test_a_secret_inside_the_repository_reaches_neither_builder_nor_history(name: str) -> None:
    assert is_sent("ops/compose.yaml")
    assert is_sent("hedge_assets/backups/secrets.py")
    assert not is_sent(f"ops/secrets/{name}")
    ignored = subprocess.run(["git", "check-ignore", "-q", f"ops/secrets/{name}"], cwd=ROOT, check=False, timeout=240)
    assert ignored.returncode == 0 or not (ROOT / ".git").exists()


def test_secrets_lie_outside_of_the_repository_unless_somebody_says_otherwise() -> None:
    assert {Path(each["file"]).parent for each in compose()["secrets"].values()} == {Path("/etc/hedge/secrets")}


def test_the_compose_file_is_one_and_a_word_it_does_not_know_would_be_noticed(tmp_path: Path) -> None:
    asked = ("--builtin-schema", "vendor.compose-spec")
    told = linted("check-jsonschema", *asked, str(COMPOSE))
    assert told.returncode == 0, told.stdout + told.stderr
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text("utf-8").replace("read_only: true", "readonly: true", 1))
    assert linted("check-jsonschema", *asked, str(wrong)).returncode == 1


def test_containers_start_the_programs_that_hedge_up_starts_with_the_same_words(tmp_path: Path) -> None:
    expected = programs(tmp_path)
    assert {*expected, "mirror"} == set(services()) == set(containers()) - {"worker"} == set(OURS)
    for name, program in expected.items():
        here = own_words(services()[name]["command"])
        there = containers()[name]["command"]
        assert here[: len(program.command)] == in_image(program, tmp_path, "/opt/hedge/ops/workspace.yaml"), name
        assert there[: len(program.command)] == in_image(program, tmp_path, "/etc/dagster/workspace.yaml"), name
        assert (len(here), len(there)) == (len(program.command), len(program.command))


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_every_program_gets_longer_to_end_than_it_takes(tmp_path: Path) -> None:
    for name, program in programs(tmp_path).items():
        assert seconds(services()[name]["stop_grace_period"]) > program.stop_wait_s
        pod = next(pod for pod in pods().values() if name in {each["name"] for each in pod["containers"]})
        assert pod["terminationGracePeriodSeconds"] > program.stop_wait_s
    assert seconds(services()["executor"]["stop_grace_period"]) >= 60


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_locked_down(name: str) -> None:
    each = services()[name]
    assert (each["read_only"], each["cap_drop"], each["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert each["user"] == "10001:10001"
    assert "noexec" in each["tmpfs"][0]
    assert each["restart"] == "unless-stopped"  # `on-failure` leaves down what ended well with the engine
    assert "ports" not in each  # it listens on loopback, which is the machine's
    assert {"mem_limit", "pids_limit", "logging"} <= set(each)


def test_nothing_of_the_compose_file_is_open_to_others_and_every_image_has_a_version() -> None:
    plain = compose()
    assert [port for each in plain["services"].values() for port in each.get("ports", []) if not port.startswith("127.0.0.1:")] == []
    assert [each["image"] for each in plain["services"].values() if ":" not in each["image"] or each["image"].endswith(":latest")] == []


def test_no_secret_is_a_word_of_a_file_and_every_one_is_a_file_of_its_own() -> None:
    plain = compose()
    assert all(set(each) == {"file"} for each in plain["secrets"].values())
    said = [value for each in plain["services"].values() for value in (each.get("environment") or {}).values()]
    assert [value for value in said if "password" in str(value).lower() and not str(value).startswith("/run/secrets/")] == []
    assert {"source": "venue_key", "target": CREDENTIAL} in services()["executor"]["secrets"]
    assert [each["kind"] for each in manifests() if each["kind"] == "Secret"] == []


@pytest.mark.parametrize("name", ["executor-main", "dagster", "watch", "page", "mirror", "worker"])
def test_a_pod_is_locked_down(name: str) -> None:
    pod = pods()[name]
    guard = pod["securityContext"]
    assert (guard["runAsNonRoot"], guard["runAsUser"], guard["seccompProfile"]) == (True, 10001, {"type": "RuntimeDefault"})
    assert pod["automountServiceAccountToken"] is (name == "dagster")
    for each in pod["containers"]:
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} == set(each["resources"])
        asked = each["livenessProbe"]["exec"]["command"]
        assert asked == ["hedge", "status", "--service", each["name"]] or (name == "worker" and "inspect ping" in asked[-1])


def test_there_is_never_a_second_executor_of_an_account() -> None:
    [executor] = [each for each in manifests() if each["kind"] == "StatefulSet"]
    assert (executor["spec"]["replicas"], executor["spec"]["updateStrategy"]["type"]) == (1, "OnDelete")
    [budget] = [each for each in manifests() if each["kind"] == "PodDisruptionBudget"]
    assert budget["spec"] == {"maxUnavailable": 0, "selector": executor["spec"]["selector"]}
    assert executor["spec"]["volumeClaimTemplates"][0]["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert {each["spec"]["strategy"]["type"] for each in manifests() if each["kind"] == "Deployment"} == {"Recreate"}


def test_whatever_reads_the_data_runs_where_it_lies() -> None:
    for name, pod in pods().items():
        claims = [each["persistentVolumeClaim"]["claimName"] for each in pod["volumes"] if "persistentVolumeClaim" in each]
        assert claims == ([] if name == "executor-main" else ["data-executor-main-0"])
        assert name == "executor-main" or "podAffinity" in pod["affinity"]


def test_nobody_is_let_in() -> None:
    policies = [each["spec"] for each in manifests() if each["kind"] == "NetworkPolicy"]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies
    assert [each for each in policies if "ingress" in each] == []


def test_every_object_of_the_cluster_is_sound_to_the_letter(tmp_path: Path) -> None:
    whole = tmp_path / "all.yaml"
    whole.write_text(yaml.safe_dump_all(manifests()))
    told = linted("kubernetes-validate", "--strict", str(whole))
    assert told.returncode == 0, told.stdout + told.stderr
    whole.write_text(yaml.safe_dump_all(manifests()).replace("readOnlyRootFilesystem", "readOnlyRootFilesytem", 1))
    assert linted("kubernetes-validate", "--strict", str(whole)).returncode == 1


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here")
def test_kustomize_puts_it_together_with_one_image_for_all(tmp_path: Path) -> None:
    built = subprocess.run(["kubectl", "kustomize", str(CLUSTER)], capture_output=True, text=True, check=False, timeout=240)
    assert built.returncode == 0, built.stderr
    plain = [each for each in yaml.safe_load_all(built.stdout) if each]
    whole = tmp_path / "all.yaml"
    whole.write_text(built.stdout)
    assert linted("kubernetes-validate", "--strict", str(whole)).returncode == 0
    specs = [each["spec"]["template"]["spec"] for each in plain if "template" in each.get("spec", {})]
    images = {one["image"] for spec in specs for one in spec["containers"]}
    assert len(images) == 1
    code = next(one for spec in specs for one in spec["containers"] if one["name"] == "code")
    assert {"name": "DAGSTER_CURRENT_IMAGE", "value": images.pop()} in code["env"]


def instance() -> dict[str, Any]:
    plain: dict[str, Any] = yaml.safe_load((CLUSTER / "instance" / "dagster.yaml").read_text("utf-8"))
    return plain


def test_the_clusters_dagster_is_one_by_dagsters_own_shapes() -> None:
    told, _ = dagster_instance_config(str(CLUSTER / "instance"))  # refuses what it does not know
    assert told["run_launcher"]["class"] == "K8sRunLauncher"
    launcher = instance()["run_launcher"]["config"]
    judged = validate_config(K8sRunLauncher.config_type(), launcher)
    assert judged.success, judged.errors
    assert not validate_config(K8sRunLauncher.config_type(), launcher | {"job_namespac": "hedge"}).success


def test_dagster_is_the_same_in_a_cluster_as_on_a_box_but_for_how_runs_begin() -> None:
    there = instance()
    here = yaml.safe_load((ROOT / "ops" / "dagster.yaml").read_text("utf-8"))
    own = {"run_launcher", "run_monitoring", "local_artifact_storage"}
    assert {name: each for name, each in there.items() if name not in own} == {name: each for name, each in here.items() if name not in own}
    assert set(there["run_monitoring"]) == set(here["run_monitoring"])


@pytest.mark.parametrize("folder", [CLUSTER / "instance", ROOT / "ops"], ids=["cluster", "box"])
def test_dagsters_engine_can_be_made_from_what_is_installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"USER": "hedge", "PASSWORD": "p", "HOST": "127.0.0.1", "PORT": "5432", "DB": "hedge"}.items():
        monkeypatch.setenv(f"HEDGE_PG_{name}", value)
    storage = yaml.safe_load((folder / "dagster.yaml").read_text("utf-8"))["storage"]["custom"]
    assert getattr(importlib.import_module(storage["module"]), storage["class"]) is PooledPostgres
    judged = process_config(PooledPostgres.config_type(), storage["config"])
    assert judged.success, judged.errors
    assert kept_open(pg_url_from_config(judged.value)).driver == "psycopg2"


def test_no_pace_overlaps_itself_in_a_cluster_either() -> None:
    limits = {each["key"]: each for each in instance()["run_queue"]["tag_concurrency_limits"]}
    assert limits["pace"] == {"key": "pace", "value": {"applyLimitPerUniqueValue": True}, "limit": 1}


def test_a_worker_is_what_the_code_says_one_is_and_none_is_started_unasked() -> None:
    command = containers()["worker"]["command"]
    assert importlib.util.find_spec(command[command.index("-A") + 1]) is not None
    assert command[command.index("-Q") + 1].split(",")[0] == settings_of("redis://127.0.0.1")["task_default_queue"]
    counts = {each["metadata"]["name"]: each["spec"]["replicas"] for each in manifests() if each["kind"] == "Deployment"}
    assert counts == {"dagster": 1, "page": 1, "watch": 1, "mirror": 0, "worker": 0}


def test_the_pods_of_runs_are_as_locked_down_as_the_rest_and_see_the_same_data() -> None:
    launcher = instance()["run_launcher"]["config"]
    pod = pods()["dagster"]
    assert launcher["security_context"] == pod["containers"][0]["securityContext"]
    assert launcher["run_k8s_config"]["pod_spec_config"]["securityContext"] == pod["securityContext"]
    assert launcher["run_k8s_config"]["pod_spec_config"]["affinity"] == pod["affinity"]
    assert [each for each in launcher["volumes"] if each not in pod["volumes"]] == []
    assert {"name": "data", "mountPath": DATA.rpartition("/")[0]} in launcher["volume_mounts"]
    assert launcher["instance_config_map"] == "hedge-instance"
