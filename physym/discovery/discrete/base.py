"""The protocol of discrete methods, with the nouns that they share."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from physym.data import Samples
from physym.discovery.discrete.element import CERTIFIED_BELOW, DiscreteLevelName, ElementTest, GroupTest
from physym.discovery.discrete.result import ChargeTest, DiscreteDiscovery, DiscreteStatus
from physym.progress import Progress

__all__ = [
    "CERTIFIED_BELOW",
    "ChargeTest",
    "DiscreteDiscovery",
    "DiscreteLevelName",
    "DiscreteMethod",
    "DiscreteStatus",
    "ElementTest",
    "GroupTest",
]


@runtime_checkable
class DiscreteMethod(Protocol):
    """A method that searches a finite group: a frozen configuration with one verb.

    Example:
        >>> class Nothing:
        ...     def run(self, samples, *, level, alpha, seed, progress):
        ...         raise NotImplementedError
        >>> isinstance(Nothing(), DiscreteMethod)
        True
    """

    def run(self, samples: Samples, *, level: DiscreteLevelName, alpha: float, seed: int, progress: Progress) -> DiscreteDiscovery:
        """Propose on one half of the clusters, test every element on the other half."""
        ...
