"""LieGG: the symmetries of a trained network, and of the data behind it."""

from physym.discovery.network.invariance import Polarization, polarization
from physym.discovery.network.method import LieGG

__all__ = ["LieGG", "Polarization", "polarization"]
