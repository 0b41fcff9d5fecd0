"""Columns with physicists' names into (E, px, py, pz), always by name and never by position."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from physym._typing import Float, Shaped
from physym.data.readers.base import FLOAT64_ROUNDING, near_misses, rounding_of
from physym.errors import InvalidData, MissingField

NAMES = {
    "E": ("energy", "e", "fe", "ft", "t"),
    "px": ("px", "fx", "x"),
    "py": ("py", "fy", "y"),
    "pz": ("pz", "fz", "z"),
    "pt": ("pt", "fpt", "rho"),
    "eta": ("eta", "feta"),
    "rapidity": ("rapidity",),
    "phi": ("phi", "fphi"),
    "mass": ("mass", "m", "fm", "tau"),
}
"""Each quantity with the names it goes by, in lower case, the most explicit first."""

SETS = (
    ("E", "px", "py", "pz"),
    ("px", "py", "pz", "mass"),
    ("pt", "eta", "phi", "mass"),
    ("E", "pt", "eta", "phi"),
    ("pt", "rapidity", "phi", "mass"),
    ("pt", "eta", "phi"),
    ("pt", "rapidity", "phi"),
)
"""Sets of quantities that fix a four-momentum; without a mass, constituents are massless."""

RELATIVE = re.compile(r"(deta|dphi|etarel|eta_rel|phirel|phi_rel|ptrel|pt_rel|logptrel|log_pt|delta_eta|delta_phi)", re.I)
"""Names of coordinates that are relative to the jet axis."""


def quantities(names: Iterable[str], prefix: str = "") -> dict[str, str]:
    """Which columns with a prefix hold which quantity.

    Arguments:
        names: names of columns.
        prefix: beginning of the names, for instance ``"part_"``.

    Returns:
        Quantity (a key of ``NAMES``) to column.

    Example:
        >>> quantities(["Jet_Px", "Jet_E", "Jet_btag"], "Jet_")
        {'E': 'Jet_E', 'px': 'Jet_Px'}
    """
    lower = {name[len(prefix) :].lower(): name for name in names if name.startswith(prefix)}
    found = {}
    for quantity, aliases in NAMES.items():
        column = next((lower[alias] for alias in aliases if alias in lower), None)
        if column is not None:
            found[quantity] = column
    return found


def complete(found: Mapping[str, str]) -> tuple[str, ...] | None:
    """The first set of quantities that fixes a four-momentum, or None.

    Example:
        >>> complete({"pt": "pt", "eta": "eta", "phi": "phi", "E": "e"})
        ('E', 'pt', 'eta', 'phi')
    """
    return next((wanted for wanted in SETS if set(wanted) <= set(found)), None)


def choose(names: Iterable[str], prefix: str, where: str) -> dict[str, str]:
    """The columns with a prefix that fix a four-momentum.

    Arguments:
        names: names of all columns.
        prefix: beginning of the names.
        where: file or origin, named in the sentence.

    Returns:
        Quantity to column, for one of ``SETS``.

    Raises:
        MissingField: a component is missing; near misses are listed.
        InvalidData: only coordinates relative to the jet axis are there.

    Example:
        >>> choose(["mu_pt", "mu_eta", "mu_phi", "mu_m"], "mu_", "memory")["mass"]
        'mu_m'
    """
    known = list(names)
    found = quantities(known, prefix)
    wanted = complete(found)
    if wanted is not None:
        return {quantity: found[quantity] for quantity in wanted}
    relative = [name for name in known if name.startswith(prefix) and RELATIVE.search(name)]
    if len(found) < 2 and relative:
        raise InvalidData(
            f"{where}: only coordinates relative to the jet axis are there ({', '.join(relative)}); they are no "
            "four-momenta. Give absolute px, py, pz, energy or pt, eta, phi, mass."
        )
    best = max(SETS[:4], key=lambda options: (len(set(options) & set(found)), -SETS.index(options)))
    missing = [quantity for quantity in best if quantity not in found]
    # a near miss is looked for under the name that completes what is already there
    wish = prefix + NAMES[missing[0]][0]
    raise MissingField(
        f"{where}: no four-momentum under {prefix!r}: found {', '.join(found.values()) or 'nothing'}; missing {', '.join(missing)} "
        f"(for instance {wish}). {near_misses(wish, [name for name in known if name not in found.values()])}"
    )


def four_momenta(columns: Mapping[str, Shaped[np.ndarray, "M"]]) -> tuple[Float[np.ndarray, "M 4"], float]:
    """(E, px, py, pz) from the quantities of one of ``SETS``, computed in float64.

    Arguments:
        columns: quantity to numbers, shape ``(M,)`` each.

    Returns:
        Momenta of shape ``(M, 4)``, and their relative rounding as it affects E² − |p|². When the mass is given (or zero), the mass
        shell is computed here, so that rounding is that of float64 whatever the type of the columns.

    Raises:
        InvalidData: the energies are smaller than the momenta that pt and eta say, or the quantities do not fix a momentum.

    Example:
        >>> import numpy as np
        >>> p, rounding = four_momenta({"pt": np.array([3.0]), "eta": np.zeros(1), "phi": np.zeros(1), "mass": np.array([4.0])})
        >>> p.tolist(), rounding == 2.0**-53
        ([[5.0, 3.0, 0.0, 0.0]], True)
    """
    numbers = {name: np.ma.filled(column, np.nan).astype(np.float64) for name, column in columns.items()}
    m2 = _mass_squared(numbers)
    if {"px", "py", "pz"} <= set(numbers):
        px, py, pz = numbers["px"], numbers["py"], numbers["pz"]
    elif "pt" in numbers:
        with np.errstate(over="ignore", invalid="ignore"):
            px, py = numbers["pt"] * np.cos(numbers["phi"]), numbers["pt"] * np.sin(numbers["phi"])
            if "rapidity" in numbers:
                pz = np.sqrt(np.maximum(numbers["pt"] ** 2 + m2, 0)) * np.sinh(numbers["rapidity"])
            else:
                pz = numbers["pt"] * np.sinh(numbers["eta"])
    else:
        raise InvalidData(f"{', '.join(columns)} do not fix a four-momentum; expected one of {'; '.join(','.join(s) for s in SETS)}.")
    if "E" in numbers:
        return np.stack([numbers["E"], px, py, pz], axis=-1), rounding_of(*columns.values())
    energy = np.sqrt(np.maximum(px**2 + py**2 + pz**2 + m2, 0))
    return np.stack([energy, px, py, pz], axis=-1), FLOAT64_ROUNDING


def _mass_squared(numbers: Mapping[str, Float[np.ndarray, "M"]]) -> Float[np.ndarray, "M"] | float:
    """m |m|; a small negative mass is the rounding of zero (CMS stores the root of a negative square with a minus sign)."""
    mass = numbers.get("mass")
    if mass is None:
        return 0.0
    size = np.abs(numbers["pt"]) if "pt" in numbers else np.abs(numbers["pz"])
    mass = np.where((mass < 0) & (mass > -0.01 * size), 0.0, mass)
    return np.asarray(mass * np.abs(mass))
