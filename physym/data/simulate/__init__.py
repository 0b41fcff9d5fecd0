"""Simulated data: toy jets in NumPy, top and QCD jets from Pythia 8 and FastJet (extra ``hep``), and textbook sets of known symmetry."""

from physym.data.simulate.densities import DENSITIES, TextbookDensity, textbook_density
from physym.data.simulate.detector import Detector
from physym.data.simulate.n_body import three_body, two_body
from physym.data.simulate.no_symmetry import NO_SYMMETRY, NoSymmetry, no_symmetry
from physym.data.simulate.oscillators import pendulum, plane_oscillator, spring
from physym.data.simulate.textbook import TEXTBOOK, TextbookFunction, textbook
from physym.data.simulate.toptag import save_toptag, simulate_toptag
from physym.data.simulate.toy import toy_jets

__all__ = [
    "DENSITIES",
    "NO_SYMMETRY",
    "TEXTBOOK",
    "Detector",
    "NoSymmetry",
    "TextbookDensity",
    "TextbookFunction",
    "no_symmetry",
    "pendulum",
    "plane_oscillator",
    "save_toptag",
    "simulate_toptag",
    "spring",
    "textbook",
    "textbook_density",
    "three_body",
    "toy_jets",
    "two_body",
]
