"""Which mass the constituents carry: massless, the pion mass, one mass, or a mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from physym._typing import Float
from physym.errors import InvalidData

PION_MASS = 0.13957039
"""Mass of the charged pion in GeV (Particle Data Group 2024)."""

MASSLESS_BELOW = 1e-3
"""A constituent lighter than 1 MeV counts as massless: no detector tells it from a photon."""

Kind = Literal["massless", "pion", "one mass", "mixed", "unresolved"]


@dataclass(frozen=True)
class MassConvention:
    """The masses that the constituents of a sample carry, as far as the rounding of its numbers lets them be seen.

    Arguments:
        kind: ``"massless"``, ``"pion"`` (all carry the charged-pion mass), ``"one mass"``, ``"mixed"`` or ``"unresolved"``.
        massless: share of the resolved constituents that are massless, 0 to 1.
        pion: share of the resolved constituents at the charged-pion mass, 0 to 1.
        mass: median mass of the resolved constituents, GeV.
        resolved: share of the constituents whose mass the rounding lets one see, 0 to 1.
        uncertainty: largest error of m² from rounding and resolution, GeV².

    Raises:
        InvalidData: a share lies outside 0 to 1.

    Example:
        >>> MassConvention("massless", massless=1.0, pion=0.0, mass=0.0, resolved=1.0, uncertainty=0.1).sentence
        'massless (100 % of constituents)'
    """

    kind: Kind
    massless: float
    pion: float
    mass: float
    resolved: float
    uncertainty: float

    def __post_init__(self) -> None:
        for name in ("massless", "pion", "resolved"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidData(f"the share {name} is {getattr(self, name)}; expected a number from 0 to 1.")

    @property
    def other(self) -> float:
        """Share of the resolved constituents that are neither massless nor at the pion mass."""
        return max(0.0, 1 - self.massless - self.pion)

    @property
    def sentence(self) -> str:
        """The convention in words, with shares."""
        shares = f"{_percent(self.pion)} at the pion mass, {_percent(self.massless)} massless, {_percent(self.other)} other"
        return {
            "massless": f"massless ({_percent(self.massless)} of constituents)",
            "pion": f"pion mass ({_percent(self.pion)} of constituents)",
            "one mass": f"one mass, {self.mass:.5g} GeV",
            "mixed": f"mixed masses ({shares})",
            "unresolved": f"masses hidden by rounding or resolution (m² uncertain by up to {self.uncertainty:.2g} GeV²)",
        }[self.kind]

    @property
    def warning(self) -> str | None:
        """What the reader must know, or None for the ordinary massless sample."""
        if self.kind == "massless":
            return None
        if self.kind == "unresolved":
            return f"{self.sentence}: store momenta in float64, or as (pt, eta, phi, mass), to see the masses."
        text = (
            f"{self.sentence}: these constituents do not lie on one light cone; a network trained on massless constituents misjudges them."
        )
        if self.kind == "one mass":
            text = f"{self.sentence}: constituents lie on one hyperboloid, so no dilation is expected."
        if self.resolved < 0.99:
            text += (
                f" Rounding hides the mass of {_percent(1 - self.resolved)} of them (m² uncertain by up to {self.uncertainty:.2g} GeV²)."
            )
        return text


def mass_convention(momenta: Float[np.ndarray, "M 4"], *, rounding: float, resolution: float = 0.0) -> MassConvention:
    """Tell which mass the constituents carry, up to the rounding of the stored numbers.

    E² − |p|² is a difference of large numbers: with relative rounding ε of each component its error is at most 4 ε E².
    Constituents for which that bound exceeds a quarter of the squared pion mass cannot be told apart and are not counted.

    Arguments:
        momenta: real constituents (E, px, py, pz), shape ``(M, 4)``, GeV.
        rounding: relative rounding of the stored type: 2⁻²⁴ for float32, 2⁻⁵³ for float64.
        resolution: relative resolution of measured momenta; 0 when the mass shell was imposed.

    Returns:
        A MassConvention.

    Example:
        >>> import numpy as np
        >>> p = np.array([[0.0, 3.0, 4.0], [5.0, 0.0, 12.0]])
        >>> energy = np.sqrt((p**2).sum(1) + 0.13957039**2)
        >>> mass_convention(np.column_stack([energy, p]), rounding=2.0**-53).kind
        'pion'
    """
    squares = momenta**2
    m2 = squares[:, 0] - squares[:, 1] - squares[:, 2] - squares[:, 3]
    error = 4 * (rounding + resolution) * squares[:, 0]
    worst = float(error.max(initial=0.0))
    seen = error < PION_MASS**2 / 4
    resolved = float(seen.mean()) if len(seen) else 0.0
    if resolved < 0.01:
        return MassConvention("unresolved", massless=0.0, pion=0.0, mass=0.0, resolved=resolved, uncertainty=worst)
    m2, error = m2[seen], error[seen]
    massless = float((np.abs(m2) <= error + MASSLESS_BELOW**2).mean())
    pion = float((np.abs(m2 - PION_MASS**2) <= error + 0.01 * PION_MASS**2).mean())
    middle = float(np.median(m2))
    same = float((np.abs(m2 - middle) <= error + 0.01 * abs(middle)).mean())
    return MassConvention(
        _kind(massless, pion, same),
        massless=massless,
        pion=pion,
        mass=float(np.sqrt(max(middle, 0.0))),
        resolved=resolved,
        uncertainty=worst,
    )


def _kind(massless: float, pion: float, same: float) -> Kind:
    # 1 in 1000 may be off: files hold the odd K0 or a candidate whose mass was set by hand.
    for share, kind in ((massless, "massless"), (pion, "pion"), (same, "one mass")):
        if share >= 0.999:
            return kind  # type: ignore[return-value]
    return "mixed"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share in (0.0, 1.0) or 0.01 <= share < 0.995 else f"{100 * share:.2g} %" if share < 0.01 else "> 99 %"
