"""What a row of jets is, in words."""

from __future__ import annotations

from dataclasses import replace

from physym.discovery.base import Level

_UNITS = {"rows": "jets", "vectors": "constituents"}


def in_jets(level: Level | None) -> Level | None:
    """The same level with rows called by what they are.

    Example:
        >>> in_jets(Level("support", "E² = p²", None, unit="vectors")).unit
        'constituents'
    """
    return None if level is None else replace(level, unit=_UNITS.get(level.unit, level.unit))
