"""Desks as earlier versions left them: `tests/golden/form-N.tar.zst`, made by the code of those days (`tests/golden/make.sh`)."""

import io
import tarfile
from pathlib import Path

import zstandard

from executor.settings import Journal, Settings, Synthetic

GOLDEN = Path(__file__).parent / "golden"
FORMS = sorted(int(path.name.removeprefix("form-").removesuffix(".tar.zst")) for path in GOLDEN.glob("form-*.tar.zst"))
LOOPS = 160
SETTINGS = Settings(journal=Journal(rotate_bytes=65_536), synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000))


def old_desk(form: int, root: Path) -> Path:
    """A desk of so old a form, unpacked."""
    content = zstandard.ZstdDecompressor().decompress((GOLDEN / f"form-{form}.tar.zst").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(root, filter="data")
    return root
