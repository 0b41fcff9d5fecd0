"""Discovery of symmetries from `Samples`."""

from physym.discovery.base import AbstractMethod, Discovery, Level, LevelName, Status
from physym.discovery.equation import DimensionTest
from physym.discovery.lorentz import discover_lorentz
from physym.discovery.run import discover
from physym.discovery.spectral import Spectral

__all__ = ["AbstractMethod", "DimensionTest", "Discovery", "Level", "LevelName", "Spectral", "Status", "discover", "discover_lorentz"]
