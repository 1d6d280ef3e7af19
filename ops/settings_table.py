"""Prints the tables of docs/settings.md from ops/paper.toml: name, default, meaning."""

import re
import sys
from pathlib import Path

SETTING = re.compile(r"^(?:# )?(?P<name>[a-z_]+) = (?P<value>.*?)  # (?P<meaning>.+)$")
SECTION = re.compile(r"^\[(?P<name>[a-z_.]+)\](?:  # (?P<meaning>.+))?$")


def tables(text: str) -> str:
    """One Markdown table for each section of the settings file, in its order."""
    lines = ["### top level", "", *HEAD]
    for line in text.splitlines():
        section, setting = SECTION.match(line), SETTING.match(line)
        if section:
            meaning = f" — {section['meaning']}" if section["meaning"] else ""
            lines += ["", f"### `[{section['name']}]`{meaning}", "", *HEAD]
        elif setting:
            value = "left out" if line.startswith("#") else f"`{setting['value']}`"
            lines.append(f"| `{setting['name']}` | {value} | {setting['meaning'].replace('|', '/')} |")
    return "\n".join(lines) + "\n"


HEAD = ("| setting | default | meaning |", "|---|---|---|")

if __name__ == "__main__":
    sys.stdout.write(tables((Path(__file__).parent / "paper.toml").read_text("utf-8")))
