"""The files that containers are made from, read as plain values, and the programs they must agree with."""

import re
import sys
from pathlib import Path
from typing import Any

import yaml

from hedge_assets.stack.programs import REPOSITORY, Ports, Program, stack

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / "ops" / "image" / "Dockerfile"
COMPOSE = ROOT / "ops" / "compose.yaml"
CLUSTER = ROOT / "ops" / "kubernetes"
BINARIES = Path(sys.executable).parent
DATA = "/data/desk"
ONCE = ("first",)
"""Programs of `hedge up` that end by themselves: a daemon that begins makes every state anyway."""


def compose() -> dict[str, Any]:
    """The compose file with its defaults filled in."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", COMPOSE.read_text("utf-8"))
    plain: dict[str, Any] = yaml.safe_load(text)
    return plain


def services() -> dict[str, Any]:
    """The compose file's programs of ours."""
    return {name: each for name, each in compose()["services"].items() if name != "postgres"}


def manifests() -> list[dict[str, Any]]:
    """Every object of the cluster's files."""
    files = [path for path in sorted(CLUSTER.glob("*.yaml")) if path.name != "kustomization.yaml"]
    return [each for path in files for each in yaml.safe_load_all(path.read_text("utf-8"))]


def pods() -> dict[str, dict[str, Any]]:
    """What runs in the cluster: pod specifications by the object that makes them."""
    return {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in manifests() if "template" in each.get("spec", {})}


def containers() -> dict[str, dict[str, Any]]:
    """Every container of the cluster by its name."""
    return {each["name"]: each for pod in pods().values() for each in pod["containers"]}


def programs(root: Path) -> dict[str, Program]:
    """What `hedge up` would start, by name."""
    wanted = stack(root, arguments=("--config", "/etc/hedge/hedge.toml"), config=None, ports=Ports())
    return {each.name: each for each in wanted.programs if each.name not in ONCE}


def in_image(program: Program, root: Path, workspace: str) -> list[str]:
    """A program's command as it is in an image, where code, data and workspace lie elsewhere."""
    places = {
        str(root / "run" / "dagster" / "workspace.yaml"): workspace,
        str(root): DATA,
        str(BINARIES / "python"): "python",
        sys.executable: "python",
        str(REPOSITORY): "/opt/hedge",
    }
    words = [word.removeprefix(f"{BINARIES}/") for word in program.command]
    return [places.get(word, "python" if word.startswith("python3") else word) for word in words]


def own_words(command: list[str]) -> list[str]:
    """A service's command without what begins it (`hedge launch NAME … --`)."""
    return command[command.index("--") + 1 :] if command[:2] == ["hedge", "launch"] else command
