"""Jets from simulation: quick toy jets in NumPy, and top and QCD jets from Pythia 8 and FastJet (extra ``hep``)."""

from physym.data.simulate.detector import Detector
from physym.data.simulate.toptag import save_toptag, simulate_toptag
from physym.data.simulate.toy import toy_jets

__all__ = ["Detector", "save_toptag", "simulate_toptag", "toy_jets"]
