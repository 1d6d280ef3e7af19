"""The house stays in order: sizes, words, doors, contracts, and a test for every module that does something."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("executor", "hedge_assets", "ops/dashboard", "ops/pages")
FILE_LINES = 300
FUNCTION_LINES = 40
POSITIONAL = 4  # three is the aim; a pipeline's decide(intent, view, lines, policy) has four

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# Modules that no test imports, and the test that tries them through whoever uses them.
TRIED_THROUGH = {
    "ops/dashboard/statics.py": "tests/ops/dashboard/test_app.py",
    "executor/courier/poller.py": "tests/executor/live/test_market.py",
    "executor/desk.py": "tests/executor/test_engine.py",
    "executor/dialects/_unified_orders.py": "tests/executor/dialects/test_unified.py",
    "executor/dialects/_unified_rules.py": "tests/executor/dialects/test_unified.py",
    "executor/live/world.py": "tests/executor/live/test_run.py",
    "executor/live/recalling.py": "tests/executor/live/test_readiness.py",
    "executor/market_model/events.py": "tests/executor/feeds/test_synthetic.py",
    "executor/recordings/funding.py": "tests/executor/recordings/test_bars.py",
    "executor/recordings/ticks.py": "tests/executor/feeds/test_replay.py",
    "executor/venue/notices.py": "tests/executor/exchanges/test_contract.py",
    "executor/venue/statement.py": "tests/executor/exchanges/test_contract.py",
    "hedge_assets/advice/score_parts.py": "tests/hedge_assets/states/test_symbol_scores.py",
    "hedge_assets/advice/weight_rows.py": "tests/hedge_assets/states/test_allocator_suggestions.py",
    "hedge_assets/backups/forms.py": "tests/hedge_assets/cli/test_upgrade.py",
    "hedge_assets/backups/upgrading.py": "tests/hedge_assets/cli/test_upgrade.py",
    "hedge_assets/cli/_history_columns.py": "tests/hedge_assets/cli/test_expectancy.py",
    "hedge_assets/cli/launch.py": "tests/hedge_assets/stack/test_launching.py",
    "hedge_assets/cli/tend.py": "tests/test_box.py",
    "hedge_assets/stack/asking.py": "tests/hedge_assets/stack/test_readiness.py",
    "hedge_assets/defs/storage_ready.py": "tests/hedge_assets/stack/test_readiness.py",
    "hedge_assets/postgres_upkeep.py": "tests/hedge_assets/defs/test_pruning.py",
    "ops/pages/__main__.py": "tests/ops/pages/test_guard.py",
    "ops/pages/guard.py": "tests/ops/pages/test_guard.py",
    "hedge_assets/cli/restore.py": "tests/hedge_assets/cli/test_backup.py",
    "hedge_assets/cli/receive.py": "tests/hedge_assets/cli/test_ship.py",
    "hedge_assets/defs/celery_worker.py": "tests/hedge_assets/defs/test_executors.py",
    "hedge_assets/defs/reports.py": "tests/hedge_assets/defs/test_assets.py",
    "hedge_assets/explaining/entered.py": "tests/hedge_assets/explaining/test_explaining.py",
    "hedge_assets/explaining/evidence.py": "tests/hedge_assets/explaining/test_explaining.py",
    "hedge_assets/explaining/files.py": "tests/hedge_assets/explaining/test_explaining.py",
    "hedge_assets/explaining/intents.py": "tests/hedge_assets/explaining/test_explaining.py",
    "hedge_assets/explaining/suggestions.py": "tests/hedge_assets/explaining/test_explaining.py",
    "hedge_assets/explaining/values.py": "tests/hedge_assets/explaining/test_explaining.py",
    "hedge_assets/explaining/words.py": "tests/hedge_assets/explaining/test_explaining.py",
    "hedge_assets/folds/base.py": "tests/hedge_assets/folds/test_ledger.py",
    "hedge_assets/health/silence.py": "tests/hedge_assets/conditions/test_daemon_silent.py",
    "hedge_assets/shadow/column.py": "tests/hedge_assets/shadow/test_running.py",
    "hedge_assets/shadow/columns.py": "tests/hedge_assets/shadow/test_running.py",
    "hedge_assets/shadow/totals.py": "tests/hedge_assets/shadow/test_courses.py",
    "hedge_assets/tables/kinds/fills.py": "tests/hedge_assets/tables/test_derived_days.py",
    "hedge_assets/tables/kinds/intents.py": "tests/hedge_assets/tables/test_derived_days.py",
    "hedge_assets/tables/kinds/shadow.py": "tests/hedge_assets/tables/test_derived_days.py",
    "hedge_assets/tables/kinds/trades.py": "tests/hedge_assets/tables/test_derived_days.py",
    "hedge_assets/tables/verified.py": "tests/hedge_assets/tables/test_raw_days.py",
    "ops/dashboard/__main__.py": "tests/ops/dashboard/test_app.py",
}

# Where everything may be caught, because whatever it is must be told and the work must go on.
BROAD_EXCEPTS: dict[str, str] = {
    "hedge_assets/watch/keeper.py": "whatever one look breaks off for, the next must come: nobody else is looking",
}

# Where the environment is read: the doors.
ENVIRONMENT_DOORS = (
    "executor/__main__.py",
    "hedge_assets/cli/",
    "hedge_assets/definitions.py",
    "hedge_assets/defs/celery_worker.py",
    "hedge_assets/defs/resources.py",
    "hedge_assets/defs/storage_ready.py",
    "hedge_assets/stack/supervision.py",
    "ops/dashboard/__main__.py",
    "ops/pages/__main__.py",
    "ops/index_settings.py",
)

# Spelt in two pieces, so that this file does not hold what it forbids.
FORBIDDEN_TEXT = {
    "a package host": re.compile("py" + r"pi\.org|python" + r"hosted|index-" + r"url\s+\w+://"),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me)/\w"),
    "a promise instead of code": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"),
}


@cache
def tracked(*also: str) -> tuple[Path, ...]:
    """Every file of the project, by git where this is a checkout; `--others` has those that are not added yet as well."""
    asked = ["git", "ls-files", "--cached", "--exclude-standard", *also]
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(path for name in listing.stdout.splitlines() if (path := ROOT / name).is_file())


def sources(*folders: str) -> list[Path]:
    roots = [ROOT / folder for folder in folders]
    return sorted(path for path in tracked("--others") if path.suffix == ".py" and any(path.is_relative_to(root) for root in roots))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(*folders: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in sources(*folders):
        for node in ast.walk(tree(path)):
            if isinstance(node, FUNCTIONS):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_no_file_is_longer_than_one_can_hold():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources(*PACKAGES, "tests", "ops")
        if (lines := len(path.read_text().splitlines())) > FILE_LINES
    }
    assert long == {}


def test_no_function_is_longer_than_a_screen():
    long = {
        name: lines
        for name, node in functions(*PACKAGES, "tests", "ops")
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


def test_few_parameters_are_handed_in_by_place():
    many = {}
    for name, node in functions(*PACKAGES):
        places = [each.arg for each in (*node.args.posonlyargs, *node.args.args) if each.arg not in ("self", "cls")]
        if len(places) > POSITIONAL and not is_build_function(name, node):
            many[name] = len(places)
    assert many == {}


def is_build_function(name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A state's build function: its parameters are its inputs, and are handed in by name."""
    return name.startswith("hedge_assets/states/") and Path(name.partition(":")[0]).stem == node.name


def test_every_module_opens_with_a_sentence():
    silent = [str(path.relative_to(ROOT)) for path in sources(*PACKAGES, "ops") if not (ast.get_docstring(tree(path)) or "").strip()]
    assert silent == []


def test_every_public_function_says_what_is_true():
    silent = []
    for path in sources(*PACKAGES):
        scopes = [tree(path), *(node for node in tree(path).body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))]
        nodes = [
            node
            for scope in scopes
            for node in scope.body
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_")
        ]
        silent += [f"{path.relative_to(ROOT)}:{node.lineno} {node.name}" for node in nodes if not ast.get_docstring(node)]
    assert silent == []


def has_behaviour(path: Path) -> bool:
    """Whether a module holds a function that does something; protocols and plain shapes do not."""
    for node in ast.walk(tree(path)):
        if isinstance(node, FUNCTIONS) and not all(
            isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in node.body
        ):
            return True
    return False


@cache
def tried_modules() -> frozenset[str]:
    """Modules from which some test imports, as dotted names."""
    found = set()
    for path in sources("tests"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
            elif isinstance(node, ast.Import):
                found |= {each.name for each in node.names}
    return frozenset(found)


def test_every_module_that_does_something_is_tried_by_its_own_test_or_by_another_that_imports_it():
    missing = []
    for path in sources(*PACKAGES):
        name = path.relative_to(ROOT)
        own = ROOT / "tests" / name.parent / f"test_{'main' if name.stem in ('__main__', '__init__') else name.stem}.py"
        dotted = ".".join(name.with_suffix("").parts).removesuffix(".__init__")
        if has_behaviour(path) and not own.is_file() and dotted not in tried_modules() and str(name) not in TRIED_THROUGH:
            missing.append(str(name))
    assert missing == []


def test_the_list_of_modules_tried_through_others_is_current():
    needless = [
        name for name in TRIED_THROUGH if not (ROOT / name).is_file() or ".".join(Path(name).with_suffix("").parts) in tried_modules()
    ]
    assert needless == []


def test_nothing_is_caught_that_was_not_meant():
    broad = []
    for path in sources(*PACKAGES, "ops"):
        handlers = (node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler))
        if str(path.relative_to(ROOT)) not in BROAD_EXCEPTS:
            broad += [f"{path.relative_to(ROOT)}:{node.lineno}" for node in handlers if is_broad(node)]
    assert broad == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(name is None or (isinstance(name, ast.Name) and name.id in ("Exception", "BaseException")) for name in names)


def test_the_environment_is_read_at_the_doors_only():
    inside = []
    for path in sources(*PACKAGES, "ops"):
        name = str(path.relative_to(ROOT))
        reads = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "putenv")]
        if not name.startswith(ENVIRONMENT_DOORS):
            inside += [f"{name}:{node.lineno}" for node in reads if isinstance(node.value, ast.Name) and node.value.id == "os"]
    assert inside == []


@pytest.mark.parametrize("what", FORBIDDEN_TEXT)
def test_no_tracked_file_holds(what):
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in FORBIDDEN_TEXT[what].finditer(text)]
    assert found == []


def test_no_tracked_file_is_a_link():
    """A link to one machine's environment, once merged, took the place of that environment."""
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.is_symlink()] == []


def test_the_import_contracts_hold():
    linted = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout[-3000:]
