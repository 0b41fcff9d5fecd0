"""LieGG: the symmetries of a trained network, and of the data behind it."""

from physym.discovery.network.method import LieGG
from physym.discovery.network.polarization import Polarization, polarization

__all__ = ["LieGG", "Polarization", "polarization"]
