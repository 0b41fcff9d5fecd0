"""A vectorised detector in the manner of Delphes' ATLAS card: tracks, two calorimeters, energy flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float, Int
from physym.errors import ShapeError

_INVISIBLE = (12, 14, 16)


@dataclass(frozen=True)
class Detector:
    """Efficiencies, resolutions and cells; the defaults follow the Delphes ATLAS card of 2017.

    Not modelled: curling tracks, displaced vertices, isolation, the coarser cells beyond |η| = 2.5.

    Arguments:
        field: magnetic field, T.
        radius: radius of the calorimeter's face, m.
        ecal_cell: size of a cell of the electromagnetic calorimeter in (η, φ).
        hcal_cell: size of a cell of the hadronic calorimeter in (η, φ).
        ecal_minimum: smallest energy of a photon candidate, GeV.
        hcal_minimum: smallest energy of a neutral-hadron candidate, GeV.
        significance: a neutral excess must exceed its error this many times.

    References:
        J. de Favereau et al. (DELPHES 3), JHEP 02 (2014) 057, arXiv:1307.6346, section 3.

    Example:
        >>> Detector().field
        2.0
    """

    field: float = 2.0
    radius: float = 1.15
    ecal_cell: tuple[float, float] = (0.0174, np.pi / 180)
    hcal_cell: tuple[float, float] = (0.1, np.pi / 18)
    ecal_minimum: float = 0.5
    hcal_minimum: float = 1.0
    significance: float = 2.0

    def measure(
        self,
        momenta: Float[np.ndarray, "M 4"],
        ids: Int[np.ndarray, "M"],
        charges: Float[np.ndarray, "M"],
        *,
        rng: np.random.Generator,
    ) -> Float[np.ndarray, "K 4"]:
        """Energy-flow constituents, massless, of the stable particles of one event.

        Arguments:
            momenta: (E, px, py, pz), shape ``(M, 4)``, GeV.
            ids: PDG ids, shape ``(M,)``.
            charges: in units of e, shape ``(M,)``.
            rng: random numbers.

        Returns:
            Tracks, photons and neutral hadrons, shape ``(K, 4)``, GeV.

        Raises:
            ShapeError: the arguments do not have one entry per particle.

        Example:
            >>> photon = np.array([[100.0, 100.0, 0.0, 0.0]])
            >>> Detector().measure(photon, np.array([22]), np.zeros(1), rng=np.random.default_rng(1)).shape
            (1, 4)
        """
        if not len(momenta) == len(ids) == len(charges):
            raise ShapeError(f"{len(momenta)} momenta, {len(ids)} ids and {len(charges)} charges; expected one of each per particle.")
        seen = ~np.isin(np.abs(ids), _INVISIBLE) & (np.hypot(momenta[:, 1], momenta[:, 2]) > 0.05)
        momenta, kinds, charges = momenta[seen], np.abs(ids[seen]), charges[seen]
        pt, eta, phi = _polar(momenta)
        tracked = (charges != 0) & (rng.random(len(pt)) < _efficiency(pt, eta, kinds))
        track_pt = _log_normal(pt, _track_resolution(pt, eta, kinds), rng)
        track_energy = track_pt * np.cosh(eta)
        # a charged particle meets the calorimeter where its circle of radius pT / (0.3 q B) crosses the face
        bend = np.clip(0.3 * self.field * charges * self.radius / (2 * np.maximum(pt, 1e-9)), -1, 1)
        face_phi = phi - np.arcsin(bend)
        electromagnetic = np.isin(kinds, (11, 22))
        muon = kinds == 13
        found, scales = [], np.ones(len(pt))
        for inside, cell, resolution, minimum in (
            (electromagnetic, self.ecal_cell, _ecal_resolution, self.ecal_minimum),
            (~electromagnetic & ~muon, self.hcal_cell, _hcal_resolution, self.hcal_minimum),
        ):
            energy = momenta[inside, 0]
            neutral, scale = _tower_excess(
                (eta[inside], face_phi[inside], energy), np.where(tracked[inside], track_energy[inside], 0.0),
                (cell, resolution, minimum, self.significance), rng,
            )  # fmt: skip
            found.append(neutral)
            scales[inside] = scale
        tracks = _massless(track_pt[tracked] * scales[tracked], eta[tracked], phi[tracked])
        return np.concatenate([tracks, *found])


def _polar(momenta: Float[np.ndarray, "M 4"]) -> tuple[Float[np.ndarray, "M"], Float[np.ndarray, "M"], Float[np.ndarray, "M"]]:
    pt = np.hypot(momenta[:, 1], momenta[:, 2])
    return pt, np.arcsinh(momenta[:, 3] / pt), np.arctan2(momenta[:, 2], momenta[:, 1])


def _massless(pt: Float[np.ndarray, "M"], eta: Float[np.ndarray, "M"], phi: Float[np.ndarray, "M"]) -> Float[np.ndarray, "M 4"]:
    p = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    return np.concatenate([np.sqrt((p**2).sum(-1))[:, None], p], axis=-1)


def _efficiency(pt: Float[np.ndarray, "M"], eta: Float[np.ndarray, "M"], kinds: Int[np.ndarray, "M"]) -> Float[np.ndarray, "M"]:
    """Probability that a charged particle leaves a track: rows are hadrons, electrons, muons; then barrel and endcap."""
    soft = np.array([[0.70, 0.60], [0.73, 0.50], [0.75, 0.70]])
    hard = np.array([[0.95, 0.85], [0.95, 0.83], [0.99, 0.98]])
    kind = np.select([kinds == 11, kinds == 13], [1, 2], 0)
    endcap = (np.abs(eta) > 1.5).astype(int)
    value = np.where(pt > 1, hard[kind, endcap], soft[kind, endcap])
    value = np.where((kind == 1) & (pt > 100), np.where(endcap == 1, 0.90, 0.99), value)
    return np.asarray(np.where((pt > 0.1) & (np.abs(eta) < 2.5), value, 0.0))


def _track_resolution(pt: Float[np.ndarray, "M"], eta: Float[np.ndarray, "M"], kinds: Int[np.ndarray, "M"]) -> Float[np.ndarray, "M"]:
    """Relative error of pT: constant and curvature terms in three regions of |η|, for hadrons, electrons, muons."""
    constant = np.array([[0.06, 0.10, 0.25], [0.03, 0.05, 0.15], [0.01, 0.015, 0.025]])
    slope = np.array([[1.3e-3, 1.7e-3, 3.1e-3], [1.3e-3, 1.7e-3, 3.1e-3], [1.0e-4, 1.5e-4, 3.5e-4]])
    kind = np.select([kinds == 11, kinds == 13], [1, 2], 0)
    region = np.digitize(np.abs(eta), [0.5, 1.5])
    return np.asarray(np.hypot(constant[kind, region], slope[kind, region] * pt))


def _ecal_resolution(energy: Float[np.ndarray, "M"], eta: Float[np.ndarray, "M"]) -> Float[np.ndarray, "M"]:
    central = np.abs(eta) <= 3.2
    return np.asarray(np.sqrt((np.where(central, 0.0017, 0.035) * energy) ** 2 + np.where(central, 0.101, 0.285) ** 2 * energy))


def _hcal_resolution(energy: Float[np.ndarray, "M"], eta: Float[np.ndarray, "M"]) -> Float[np.ndarray, "M"]:
    region = np.digitize(np.abs(eta), [1.7, 3.2])
    constant, root, noise = np.array([0.0302, 0.05, 0.0942]), np.array([0.5205, 0.706, 1.0]), np.array([1.59, 0.0, 0.0])
    return np.asarray(np.sqrt((constant[region] * energy) ** 2 + root[region] ** 2 * energy + noise[region] ** 2))


def _log_normal(mean: Float[np.ndarray, "M"], relative: Float[np.ndarray, "M"], rng: np.random.Generator) -> Float[np.ndarray, "M"]:
    """Positive numbers with this mean and relative spread; an infinite relative spread gives zero."""
    variance = np.log1p(relative**2)
    return np.asarray(mean * np.exp(np.sqrt(variance) * rng.normal(size=len(mean)) - variance / 2))


def _tower_excess(
    deposits: tuple[Float[np.ndarray, "M"], Float[np.ndarray, "M"], Float[np.ndarray, "M"]],
    tracks: Float[np.ndarray, "M"],
    settings: tuple[tuple[float, float], object, float, float],
    rng: np.random.Generator,
) -> tuple[Float[np.ndarray, "K 4"], Float[np.ndarray, "M"]]:
    """Neutral candidates of one calorimeter, and by which factor each track is scaled where there is no neutral excess.

    ``deposits`` holds η, φ at the face and energy, shape ``(M,)`` each; ``tracks`` the energy of each deposit's track or zero.
    """
    eta, phi, energy = deposits
    (step_eta, step_phi), resolution, minimum, significance = settings
    around = round(2 * np.pi / step_phi)
    row, column = np.floor(eta / step_eta).astype(np.int64), np.floor(np.mod(phi, 2 * np.pi) / step_phi).astype(np.int64) % around
    towers, index = np.unique(row * around + column, return_inverse=True)
    row, column = np.divmod(towers, around)
    tower_eta = (row + rng.random(len(towers))) * step_eta
    tower_phi = (column + rng.random(len(towers))) * step_phi
    # of nothing, bincount makes integers
    true = np.bincount(index, energy, minlength=len(towers)).astype(np.float64)
    error = resolution(true, tower_eta)  # type: ignore[operator]
    seen = _log_normal(true, error / np.maximum(true, 1e-9), rng)
    from_tracks = np.bincount(index, tracks, minlength=len(towers)).astype(np.float64)
    track_error = 0.1 * from_tracks
    excess = seen - from_tracks
    neutral = (excess > minimum) & (excess > significance * np.hypot(error, track_error))
    # without an excess, track and tower measure the same energy: take their weighted mean
    weight, other = 1 / np.maximum(track_error, 1e-3) ** 2, 1 / np.maximum(error, 1e-3) ** 2
    best = (weight * from_tracks + other * seen) / (weight + other)
    scale = np.where(neutral | (from_tracks == 0), 1.0, best / np.maximum(from_tracks, 1e-9))
    pt = excess[neutral] / np.cosh(tower_eta[neutral])
    return _massless(pt, tower_eta[neutral], tower_phi[neutral]), scale[index]
