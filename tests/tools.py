"""Programs of others that tests try this project with: on the path, or where `ops/needs.sh` put them."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = (ROOT / ".venv/tools/usr/bin", ROOT / ".venv/tools/usr/sbin")
OTHER_NAMES = {"alertmanager": ("prometheus-alertmanager",), "chromium": ("chromium-browser", "google-chrome", "google-chrome-stable")}

TEMPLATE = Path("/usr/share/prometheus/alertmanager/default.tmpl")
"""Where Debian's Alertmanager looks for it, wherever the program itself lies."""


def tool(name: str) -> Path:
    """The program; a test that asks is skipped, with the reason, where it cannot be had."""
    for each in (name, *OTHER_NAMES.get(name, ())):
        for folder in (None, *map(str, FOLDERS)):
            found = shutil.which(each, path=folder)
            if found is not None and not (folder is not None and name == "alertmanager" and not TEMPLATE.is_file()):
                return Path(found)
    pytest.skip(f"{name} is neither on the path nor in .venv/tools; sh ops/needs.sh says why")
