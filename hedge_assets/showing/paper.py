"""Documents on paper: one light HTML file that asks nothing of anybody, with its style in it. Reports of a day and comparisons are such."""

import base64
import hashlib
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


def paper_style(*more: Path) -> str:
    """The style that all documents on paper share, and files of more."""
    return "\n".join(path.read_text("utf-8") for path in (TEMPLATES / "paper.css", *more))


def strict_policy(style: str) -> str:
    """Nothing may be fetched, run or sent, and no style but this very one may be used."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return policy(f"'sha256-{digest}'")


def policy(styles: str = "'unsafe-inline'") -> str:
    """Nothing may be fetched, run or sent; styles from where it says, pictures from inside the file."""
    return f"default-src 'none'; style-src {styles}; img-src data:; base-uri 'none'; form-action 'none'"
