"""A name in the settings becomes the part that a file exports."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from executor.errors import SettingsError


def names_in(package: ModuleType) -> list[str]:
    """Files of a plug folder, without `base` and what begins with `_`."""
    return sorted(name for _, name, _ in pkgutil.iter_modules(package.__path__) if name != "base" and not name.startswith("_"))


def load(package: ModuleType, name: str, export: str) -> Any:
    """What file `name` of a plug folder exports; refuses names that are not there, with those that are."""
    known = names_in(package)
    if name not in known:
        raise SettingsError(
            f"{package.__name__.rpartition('.')[2]} was {name!r}, known are {', '.join(known)}; name one of them or add {name}.py"
        )
    module = importlib.import_module(f"{package.__name__}.{name}")
    try:
        return getattr(module, export)
    except AttributeError:
        raise SettingsError(f"{module.__name__} exports no {export}; add a line {export} = ...") from None
