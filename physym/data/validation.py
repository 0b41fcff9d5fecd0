"""Refuse what no jet can be, in sentences that name the field and the cure."""

from __future__ import annotations

import numpy as np

from physym._typing import Bool, Float, Shaped
from physym.errors import InvalidData, ShapeError, UnitsError

GEV_PER_UNIT = {"GeV": 1.0, "MeV": 1e-3, "TeV": 1e3}

LARGEST_MEDIAN_PT = 20_000.0
"""GeV: no collider makes jets whose median pT is larger, so larger numbers are MeV."""

_LARGEST_LABEL = 2**31

_RELATIVE = (
    "The components look like coordinates relative to the jet axis (Δη, Δφ, log pT …), which are no four-momenta. "
    "Give absolute (E, px, py, pz) or (pt, eta, phi, mass)."
)


def gev_per_unit(units: str) -> float:
    """GeV in one unit of energy.

    Arguments:
        units: ``"GeV"``, ``"MeV"`` or ``"TeV"``.

    Returns:
        The factor that turns a number in ``units`` into GeV.

    Raises:
        UnitsError: another unit.

    Example:
        >>> gev_per_unit("MeV")
        0.001
    """
    if units not in GEV_PER_UNIT:
        raise UnitsError(f"units={units!r} is not known; expected one of {', '.join(GEV_PER_UNIT)}.")
    return GEV_PER_UNIT[units]


def check_numbers(numbers: Shaped[np.ndarray, "..."], source: str) -> None:
    """Refuse numbers that are not real, too coarse, or partly masked.

    Arguments:
        numbers: momenta as they were given, any shape ``(...)``.
        source: file and field, or origin, named in the sentence.

    Raises:
        InvalidData: a masked array, texts, objects, complex numbers, truth values, or float16.

    Example:
        >>> import numpy as np
        >>> check_numbers(np.ones(3, np.float32), "memory")
    """
    if isinstance(numbers, np.ma.MaskedArray):
        raise InvalidData(f"{source}: a masked array, whose mask would be lost; zeros are padding, so fill it: array.filled(0).")
    if numbers.dtype.kind not in "fiu":
        raise InvalidData(f"{source}: values of type {numbers.dtype}; expected real numbers, float32 or better float64.")
    if numbers.dtype == np.float16:
        raise InvalidData(f"{source}: float16 keeps three digits, too few to tell E from |p|; give float32 or better float64.")


def check_fraction(name: str, value: int | float, source: str) -> None:
    """Refuse a relative error that is not a number from 0 to 1 (1 excluded).

    Arguments:
        name: name of the option, for instance ``"resolution"``.
        value: what was given.
        source: file or origin, named in the sentence.

    Raises:
        InvalidData: NaN, negative, or 1 and more.

    Example:
        >>> check_fraction("resolution", 0.05, "memory")
    """
    if not 0 <= value < 1:
        raise InvalidData(f"{source}: {name}={value}; expected a relative error from 0 to 1, for instance 0.05.")


def check_shape(four_momenta: Shaped[np.ndarray, "..."], source: str) -> None:
    """Refuse anything but a non-empty array of shape ``(N, n, 4)``.

    Arguments:
        four_momenta: what was given as constituents.
        source: file or origin, named in the sentence.

    Raises:
        ShapeError: another shape.
        InvalidData: zero jets, or no room for a constituent.

    Example:
        >>> import numpy as np
        >>> check_shape(np.ones((2, 3, 4)), "memory")
    """
    if four_momenta.ndim != 3 or four_momenta.shape[-1] != 4:
        raise ShapeError(
            f"{source}: four_momenta has shape {four_momenta.shape}; expected (N jets, n constituents, 4) with (E, px, py, pz). "
            "Add the missing axis: a table of single particles is four_momenta[:, None]."
        )
    if four_momenta.shape[0] == 0 or four_momenta.shape[1] == 0:
        raise InvalidData(f"{source}: zero jets (shape {four_momenta.shape}); check the selection or the file.")


def check_momenta(momenta: Float[np.ndarray, "M 4"], mask: Bool[np.ndarray, "N n"], *, tolerance: float, source: str) -> float:
    """Refuse NaN, infinite, negative-energy and space-like constituents.

    Arguments:
        momenta: the real constituents, shape ``(M, 4)``, in the order of ``mask``.
        mask: which slots are real, shape ``(N, n)``; it turns a row into a jet and a constituent.
        tolerance: |p|² may exceed E² by this fraction of E².
        source: file or origin, named in the sentence.

    Returns:
        By which fraction of E² the worst constituent has |p|² > E² (0 when none): what rounding there must have been.

    Raises:
        InvalidData: a constituent cannot be a particle; the sentence names the first.

    Example:
        >>> import numpy as np
        >>> check_momenta(np.array([[5.0, 0, 3, 4]]), np.ones((1, 1), bool), tolerance=1e-6, source="memory")
        0.0
    """
    # one sum finds NaN and infinities: what is not finite survives addition (∞ − ∞ is NaN)
    with np.errstate(invalid="ignore"):
        total = momenta.sum()
    if not np.isfinite(total):
        raise InvalidData(f"{source}: NaN or infinite momenta, {_where(~np.isfinite(momenta).all(1), mask)}. Drop or repair these jets.")
    energy = momenta[:, 0]
    bad = energy < 0
    if bad.any():
        raise InvalidData(f"{source}: negative energies, {_where(bad, mask)}. {_cure(momenta, bad)}")
    squares = momenta**2
    excess = squares[:, 1] + squares[:, 2] + squares[:, 3] - squares[:, 0]
    bad = excess > tolerance * squares[:, 0]
    if bad.any():
        raise InvalidData(f"{source}: E < |p| beyond rounding, {_where(bad, mask)}. {_cure(momenta, bad)}")
    return max(0.0, float((excess / np.maximum(squares[:, 0], 1e-300)).max()))


def check_units(jet_pt: Float[np.ndarray, "N"], source: str) -> None:
    """Refuse jets whose pT can only be in MeV.

    Arguments:
        jet_pt: transverse momenta of the jets, shape ``(N,)``, as if in GeV.
        source: file or origin, named in the sentence.

    Raises:
        UnitsError: the median exceeds what any collider makes.

    Example:
        >>> import numpy as np
        >>> check_units(np.array([550.0, 650.0]), "memory")
    """
    median = float(np.median(jet_pt))
    if median > LARGEST_MEDIAN_PT:
        raise UnitsError(
            f"{source}: the median jet pT is {median:,.0f} if these numbers are GeV, more than any collider gives; they look like MeV. "
            'Say so with units="MeV", and they are converted to GeV; if you stated units, state those of the file.'
        )


def check_absolute(jets: Float[np.ndarray, "N 4"], source: str) -> None:
    """Refuse jets that are normalised to pT = 1 and centred on the axis: made from coordinates relative to the jet.

    Arguments:
        jets: four-momenta of the jets, shape ``(N, 4)``, GeV.
        source: file or origin, named in the sentence.

    Raises:
        InvalidData: each of at least three jets has 0.5 < px ≤ 1 GeV and next to no py and pz.

    Example:
        >>> import numpy as np
        >>> check_absolute(np.array([[600.0, 500.0, 300.0, 100.0]]), "memory")
    """
    some = jets[:100]
    px, across = some[:, 1], np.hypot(some[:, 2], some[:, 3])
    if len(some) >= 3 and ((px > 0.5) & (px < 1.001) & (across < 0.5)).all():
        raise InvalidData(f"{source}: each jet has a pT of about 1 and lies at η = φ = 0. {_RELATIVE}")


def check_distinct(four_momenta: Float[np.ndarray, "N n 4"], source: str) -> None:
    """Refuse a sample in which every jet is the same.

    Arguments:
        four_momenta: constituents, shape ``(N, n, 4)``.
        source: file or origin, named in the sentence.

    Raises:
        InvalidData: all jets are identical.

    Example:
        >>> import numpy as np
        >>> check_distinct(np.arange(8.0).reshape(2, 1, 4), "memory")
    """
    if len(four_momenta) < 2 or not np.array_equal(four_momenta[0], four_momenta[-1]):
        return
    if (four_momenta == four_momenta[0]).all():
        raise InvalidData(
            f"{source}: all {len(four_momenta)} jets are identical, so they say nothing about a symmetry; check how they were read."
        )


def check_labels(labels: Shaped[np.ndarray, "..."], jets: int, source: str) -> None:
    """Refuse labels that do not go with the jets.

    Arguments:
        labels: one whole number per jet, expected shape ``(N,)``.
        jets: the number N of jets.
        source: file or origin, named in the sentence.

    Raises:
        InvalidData: wrong length or values that are no whole numbers.

    Example:
        >>> import numpy as np
        >>> check_labels(np.array([0, 1]), 2, "memory")
    """
    if labels.shape != (jets,):
        raise InvalidData(f"{source}: labels have shape {labels.shape}; expected ({jets},), one label for each jet.")
    if labels.dtype.kind not in "biuf" or (labels.dtype.kind == "f" and not (labels == np.round(labels)).all()):
        raise InvalidData(f"{source}: labels of type {labels.dtype} are not whole numbers; use 1 for signal and 0 for background.")
    if labels.dtype.kind != "b" and len(labels) and not -_LARGEST_LABEL <= labels.min() <= labels.max() <= _LARGEST_LABEL:
        raise InvalidData(f"{source}: labels reach from {labels.min():.4g} to {labels.max():.4g}; use 1 for signal and 0 for background.")


def _where(bad: Bool[np.ndarray, "M"], mask: Bool[np.ndarray, "N n"]) -> str:
    jets, slots = np.nonzero(mask)
    first = int(np.argmax(bad))
    return f"in {int(bad.sum()):,} of {len(bad):,} constituents (first: jet {jets[first]}, constituent {slots[first]})"


def _cure(momenta: Float[np.ndarray, "M 4"], bad: Bool[np.ndarray, "M"]) -> str:
    if bad.mean() > 0.1 and np.median(np.abs(momenta[:, :2])) < 2 and np.median(np.abs(momenta)) < 10:
        return _RELATIVE
    if (momenta == np.rint(momenta)).all():
        return "All components are whole numbers, which cannot lie on a mass shell: give the numbers before they were rounded."
    # (px, py, pz, E) read as (E, px, py, pz): the last component then bounds the other three
    swapped = momenta[:, 3] ** 2 * (1 + 1e-6) >= (momenta[:, :3] ** 2).sum(1)
    if swapped.all():
        return "The last component looks like the energy; state the order of the components, for instance order='px,py,pz,E'."
    return "Drop these jets; if the momenta are smeared by a detector, say so with resolution=, for instance resolution=0.05."
