"""Top and QCD jets from Pythia 8 and FastJet, to the settings of the Top Tagging reference data set."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from physym._optional import require
from physym._rng import generator
from physym._typing import Float
from physym.data.jets import Jets
from physym.data.readers import scatter
from physym.data.simulate.detector import Detector
from physym.errors import InvalidData
from physym.progress import Progress, silent

RADIUS = 0.8
"""Radius of the anti-kT jets, and of the match to a top and its three quarks."""

PT_WINDOW = (550.0, 650.0)
"""pT of the leading jet, GeV."""

MOST_CONSTITUENTS = 200

_COMMON = (
    "Beams:eCM = 14000.", "PartonLevel:MPI = off", "PhaseSpace:pTHatMin = 400.", "Print:quiet = on", "Random:setSeed = on",
)  # fmt: skip
_PROCESSES = {
    1: ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", "24:onMode = off", "24:onIfAny = 1 2 3 4 5"),
    0: ("HardQCD:all = on",),
}


def simulate_toptag(jets: int, *, seed: int, detector: Detector | None = None, progress: Progress = silent) -> Jets:
    """Simulate top and QCD jets, half of each, as in the data set ``pythia_toptag``.

    pp at 14 TeV without multiple interactions, pTHatMin 400 GeV; anti-kT jets with R = 0.8 of energy-flow constituents; the leading jet
    has 550 < pT < 650 GeV and |η| < 2; a top jet has a hadronic top and its three quarks within ΔR < 0.8.

    Arguments:
        jets: number of jets.
        seed: seed of Pythia and of the detector; equal seeds give equal jets.
        detector: detector settings; None: ``Detector()``.
        progress: called after each jet.

    Returns:
        Jets with at most 200 massless constituents in GeV, labels 1 = top, in random order.

    Raises:
        InvalidData: fewer than two jets were asked for.
        MissingDependency: pythia8mc or fastjet is not installed (extra ``hep``).

    References:
        G. Kasieczka et al., SciPost Phys. 7 (2019) 014, arXiv:1902.09914, section 2.

    Example:
        >>> simulate_toptag(2, seed=1).labels.sum().item()  # doctest: +SKIP
        1
    """
    if jets < 2:
        raise InvalidData(f"jets={jets}; expected at least 2, one of each kind.")
    rng = generator(seed)
    found: list[Float[np.ndarray, "n 4"]] = []
    labels = np.arange(jets) % 2
    for label in (1, 0):
        stream = _jets(label, seed, detector or Detector(), rng)
        for _ in range(int((labels == label).sum())):
            found.append(next(stream))
            progress("simulating jets", len(found), jets)
    labels = -np.sort(-labels)
    order = rng.permutation(jets)
    flat = np.concatenate([found[i] for i in order])
    return Jets(
        scatter(flat, np.array([len(found[i]) for i in order], dtype=np.int64)),
        labels=labels[order],
        rounding=2.0**-53,
        source=f"Pythia 8 and FastJet, seed {seed}",
    )


def save_toptag(jets: Jets, path: str | PathLike[str]) -> Path:
    """Write jets in the layout of the Top Tagging reference data set (HDF5, float32, 200 slots).

    Arguments:
        jets: jets with at most 200 constituents each.
        path: file to write.

    Returns:
        The path.

    Raises:
        InvalidData: a jet has more constituents than there are slots.

    Example:
        >>> import tempfile
        >>> from physym.data import load_jets
        >>> from physym.data.simulate import toy_jets
        >>> len(load_jets(save_toptag(toy_jets(4, seed=1), Path(tempfile.mkdtemp()) / "jets.h5")))
        4
    """
    import h5py

    width = jets.four_momenta.shape[1]
    if width > MOST_CONSTITUENTS:
        raise InvalidData(
            f"jets have up to {width} constituents; the layout has {MOST_CONSTITUENTS} slots. Use jets.leading({MOST_CONSTITUENTS})."
        )
    numbers = np.zeros((len(jets), 4 * MOST_CONSTITUENTS + 4), dtype=np.float32)
    numbers[:, : 4 * width] = jets.four_momenta.reshape(len(jets), -1)
    table = np.zeros(len(jets), dtype=[("index", "<i8"), ("values_block_0", "<f4", (numbers.shape[1],)), ("values_block_1", "<i8", (2,))])
    table["index"], table["values_block_0"] = np.arange(len(jets)), numbers
    if jets.labels is not None:
        table["values_block_1"][:, 1] = jets.labels
    with h5py.File(path, "w") as file:
        file.create_dataset("table/table", data=table, compression="gzip")
    return Path(path)


def _jets(label: int, seed: int, detector: Detector, rng: np.random.Generator) -> Iterator[Float[np.ndarray, "n 4"]]:
    """Constituents of accepted leading jets of one process, without end."""
    pythia8: Any = require("pythia8mc", extra="hep")
    require("fastjet", extra="hep")
    pythia = pythia8.Pythia("", False)
    for line in (*_COMMON, f"Random:seed = {seed % 900_000_000 + 1 + label}", *_PROCESSES[label]):
        pythia.readString(line)
    pythia.init()
    while True:
        if not pythia.next():
            continue
        event = pythia.event
        final = [p for p in event if p.isFinal()]
        table = np.array([(p.e(), p.px(), p.py(), p.pz(), p.id(), p.charge()) for p in final])
        constituents = detector.measure(table[:, :4], table[:, 4].astype(np.int64), table[:, 5], rng=rng)
        jet = _leading_jet(constituents)
        if jet is not None and (label == 0 or _matched(event, jet.sum(0))):
            order = np.argsort(-np.hypot(jet[:, 1], jet[:, 2]), kind="stable")
            yield jet[order[:MOST_CONSTITUENTS]]


def _leading_jet(constituents: Float[np.ndarray, "K 4"]) -> Float[np.ndarray, "n 4"] | None:
    """Constituents of the leading anti-kT jet if it lies in the window, else None."""
    fastjet: Any = require("fastjet", extra="hep")
    particles = []
    for index, (energy, px, py, pz) in enumerate(constituents.tolist()):
        particle = fastjet.PseudoJet(px, py, pz, energy)
        particle.set_user_index(index)
        particles.append(particle)
    sequence = fastjet.ClusterSequence(particles, fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS))
    found = fastjet.sorted_by_pt(sequence.inclusive_jets(PT_WINDOW[0]))
    if not found or found[0].perp() > PT_WINDOW[1] or abs(found[0].eta()) >= 2:
        return None
    return constituents[[particle.user_index() for particle in found[0].constituents()]]


def _matched(event: Any, jet: Float[np.ndarray, "4"]) -> bool:
    """Whether a hadronic top and its three quarks lie within the radius of the jet."""
    for top in event:
        if top.idAbs() != 6:
            continue
        children = [event[i] for i in top.daughterList()]
        w = next((child for child in children if child.idAbs() == 24), None)
        if w is None:
            continue
        while any(event[i].idAbs() == 24 for i in w.daughterList()):
            w = next(event[i] for i in w.daughterList() if event[i].idAbs() == 24)
        quarks = [child for child in children if child.idAbs() < 6] + [event[i] for i in w.daughterList()]
        if all(_distance(particle, jet) < RADIUS for particle in (top, *quarks)):
            return True
    return False


def _distance(particle: Any, jet: Float[np.ndarray, "4"]) -> float:
    """ΔR between a particle and a jet."""
    eta = np.arcsinh(jet[3] / np.hypot(jet[1], jet[2]))
    turn = np.mod(particle.phi() - np.arctan2(jet[2], jet[1]) + np.pi, 2 * np.pi) - np.pi
    return float(np.hypot(particle.eta() - eta, turn))
