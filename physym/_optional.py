"""Optional packages, imported at the point of use."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from physym.errors import MissingDependency


def require(name: str, *, extra: str) -> ModuleType:
    """Import the optional package ``name`` or say how to install it.

    Arguments:
        name: module name, for instance ``"fastjet"``.
        extra: the extra of physym that brings it, for instance ``"hep"``.

    Returns:
        The imported module.

    Raises:
        MissingDependency: the package is not installed.

    Example:
        >>> require("json", extra="hep").dumps([1])
        '[1]'
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingDependency(f"{name} is not installed ({error}). Install it with: pip install 'physym[{extra}]'") from error
