"""Toy jets in pure NumPy: collimated constituents of one mass in a pT window, in milliseconds."""

from __future__ import annotations

import numpy as np

from physym._rng import generator
from physym.data.jets import Jets
from physym.errors import InvalidData


def toy_jets(
    n: int,
    *,
    seed: int | np.random.Generator,
    mass: int | float = 0.0,
    constituents: int = 10,
    pt_window: tuple[int | float, int | float] = (550.0, 650.0),
    noise: int | float = 0.0,
    labels: bool = True,
) -> Jets:
    """Jets whose constituents share one mass, for tests and examples.

    Momentum fractions are Dirichlet, angles to the axis Gaussian and wider for signal (three prongs' worth of mass), the axis is
    uniform in |η| < 2 and φ. The scalar sum of the constituents' pT lies in the window.

    Arguments:
        n: number of jets.
        seed: seed or generator.
        mass: mass of every constituent, GeV.
        constituents: constituents per jet.
        pt_window: smallest and largest scalar sum of pT, GeV.
        noise: relative Gaussian noise on each component, for instance 0.05; the mass shell is blurred by it.
        labels: whether half of the jets (the wider ones) are labelled signal.

    Returns:
        Jets of shape ``(n, constituents, 4)`` in GeV.

    Raises:
        InvalidData: no jets or constituents, a negative mass or noise, or an empty window.

    Example:
        >>> toy_jets(100, mass=0.13957039, seed=1).mass_convention.kind
        'pion'
    """
    if n < 1 or constituents < 1 or mass < 0 or noise < 0 or not 0 < pt_window[0] <= pt_window[1]:
        raise InvalidData(
            f"toy_jets(n={n}, constituents={constituents}, mass={mass}, noise={noise}, pt_window={pt_window}): expected at least one jet "
            "and constituent, a mass and noise of at least 0, and a window 0 < low <= high."
        )
    rng = generator(seed)
    signal = np.arange(n) % 2 if labels else np.zeros(n, dtype=np.int64)
    width = np.where(signal == 1, 0.25, 0.12)[:, None]
    pt = rng.uniform(*pt_window, size=(n, 1)) * rng.dirichlet(np.full(constituents, 0.7), size=n)
    pt = np.maximum(pt, 1e-3 * pt_window[0] / constituents)  # a vanishing constituent would be padding
    eta = rng.uniform(-2, 2, size=(n, 1)) + width * rng.normal(size=(n, constituents))
    phi = rng.uniform(-np.pi, np.pi, size=(n, 1)) + width * rng.normal(size=(n, constituents))
    p = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    energy = np.sqrt((p**2).sum(-1) + mass**2)
    momenta = np.concatenate([energy[..., None], p], axis=-1)
    if noise:
        # a fluctuation below zero energy cannot be a measurement
        momenta = momenta * np.maximum(1 + noise * rng.normal(size=momenta.shape), 0.05)
    return Jets(
        momenta,
        labels=signal if labels else None,
        rounding=2.0**-53,
        resolution=float(noise),
        source=f"toy jets, mass {mass:g} GeV, noise {noise:g}",
    )
