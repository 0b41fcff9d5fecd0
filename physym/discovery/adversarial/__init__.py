"""Adversarial discovery: LieGAN as published and in a form that does not fail, with its baselines."""

from physym.discovery.adversarial.augerino import Augerino
from physym.discovery.adversarial.coefficients import GaussianMixture, IntegerGrid, LearnableNormal, Normal, Uniform
from physym.discovery.adversarial.critics import Convolutional, Dense, PermutationInvariant
from physym.discovery.adversarial.extents import LearnableUniform
from physym.discovery.adversarial.features import Coordinates, Pixels, Quadratics, Residuals
from physym.discovery.adversarial.liegan import LieGAN
from physym.discovery.adversarial.optimisation import Optimisation
from physym.discovery.adversarial.penalties import ChannelCosine, ChannelKilling, CosineSimilarity, GeneratorNorm, LogSpectrum, Sparsity
from physym.discovery.adversarial.plan import Trials
from physym.discovery.adversarial.regressor import Regressor
from physym.discovery.adversarial.snapped import FiniteStep, finite_step
from physym.discovery.adversarial.steps import StepSearch
from physym.discovery.adversarial.symmetrygan import SymmetryGAN

__all__ = [
    "Augerino",
    "ChannelCosine",
    "ChannelKilling",
    "Convolutional",
    "Coordinates",
    "CosineSimilarity",
    "Dense",
    "FiniteStep",
    "GaussianMixture",
    "GeneratorNorm",
    "IntegerGrid",
    "LearnableNormal",
    "LearnableUniform",
    "LieGAN",
    "LogSpectrum",
    "Normal",
    "Optimisation",
    "PermutationInvariant",
    "Pixels",
    "Quadratics",
    "Regressor",
    "Residuals",
    "Sparsity",
    "StepSearch",
    "SymmetryGAN",
    "Trials",
    "Uniform",
    "finite_step",
]
