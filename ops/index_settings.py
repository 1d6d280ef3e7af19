"""Says pip's index settings in uv's words, as shell lines, for `ops/setup.sh`; nothing is written down anywhere."""

import os
import shlex
import subprocess
import sys
from pathlib import Path


def pip_settings(listing: str) -> dict[str, str]:
    """What `pip config list` says, the later and nearer source winning: global, then install, then the environment."""
    settings: dict[str, str] = {}
    lines = [line.partition("=") for line in listing.splitlines() if "=" in line]
    for source in ("global.", "install.", ":env:."):
        for name, _, value in lines:
            if name.startswith(source):
                settings[name.removeprefix(source)] = " ".join(word for quoted in shlex.split(value) for word in quoted.split())
    return settings


def uv_settings(pip: dict[str, str]) -> dict[str, str]:
    """The same for uv; folders that are not there are left out, which pip forgives and uv does not."""
    there = [place for place in pip.get("find-links", "").split() if "://" in place or Path(place).exists()]
    said = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": pip.get("extra-index-url", ""),
        "UV_FIND_LINKS": ",".join(there),
        "UV_INSECURE_HOST": pip.get("trusted-host", ""),
        "SSL_CERT_FILE": pip.get("cert", ""),
        "UV_NO_INDEX": "1" if pip.get("no-index", "").lower() in ("1", "true", "yes", "on") else "",
    }
    return {name: value for name, value in said.items() if value}


def main() -> None:
    """Print one `export` for each setting that the environment does not make already."""
    listing = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    for name, value in uv_settings(pip_settings(listing.stdout)).items():
        if name not in os.environ:
            print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
