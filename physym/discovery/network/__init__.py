"""Symmetries by way of networks: LieGG, calibrated, and published baselines that the calibrated test judges."""

from physym.discovery.network.embedding import EmbeddingSymmetry
from physym.discovery.network.invariance import Polarization, polarization
from physym.discovery.network.lconv import LConv
from physym.discovery.network.meta import MetaTraining
from physym.discovery.network.method import LieGG
from physym.discovery.network.reparametrised import MSR

__all__ = ["MSR", "EmbeddingSymmetry", "LConv", "LieGG", "MetaTraining", "Polarization", "polarization"]
