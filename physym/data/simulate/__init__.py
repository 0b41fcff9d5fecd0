"""Simulated data: jets in NumPy or from Pythia 8 and FastJet (extra ``hep``), mechanics, molecules, and textbook sets of known symmetry."""

from physym.data.simulate.densities import DENSITIES, TextbookDensity, textbook_density
from physym.data.simulate.detector import Detector
from physym.data.simulate.functions import discrete_rotation, partial_permutation, superpotential
from physym.data.simulate.molecules import MOLECULES, Hydride, small_molecules
from physym.data.simulate.n_body import three_body, two_body
from physym.data.simulate.no_symmetry import NO_SYMMETRY, NoSymmetry, no_symmetry
from physym.data.simulate.oscillators import pendulum, plane_oscillator, spring
from physym.data.simulate.textbook import TEXTBOOK, TextbookFunction, textbook
from physym.data.simulate.toptag import save_toptag, simulate_toptag
from physym.data.simulate.toy import toy_jets

__all__ = [
    "DENSITIES",
    "MOLECULES",
    "NO_SYMMETRY",
    "TEXTBOOK",
    "Detector",
    "Hydride",
    "NoSymmetry",
    "TextbookDensity",
    "TextbookFunction",
    "discrete_rotation",
    "no_symmetry",
    "partial_permutation",
    "pendulum",
    "plane_oscillator",
    "save_toptag",
    "simulate_toptag",
    "small_molecules",
    "spring",
    "superpotential",
    "textbook",
    "textbook_density",
    "three_body",
    "toy_jets",
    "two_body",
]
