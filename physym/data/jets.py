"""`Jets`: validated four-momenta of jet constituents, with units, mass convention and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from physym._typing import Bool, Float, Int, Shaped
from physym.algebra import Rep
from physym.data import validation
from physym.data.mass_convention import MassConvention, mass_convention
from physym.data.samples import Samples
from physym.errors import InvalidData, ShapeError

COORDINATES = ("E", "px", "py", "pz")
"""Order of the components of a four-momentum, everywhere in physym."""

MOST_CONSTITUENTS = 10_000
"""More constituents than any jet has: rows of that width hold nothing but padding."""

FLOAT32_ROUNDING = 2.0**-24
FLOAT64_ROUNDING = 2.0**-53


@dataclass(frozen=True, eq=False)
class Jets:
    """Jets as padded lists of constituents, checked when they are made.

    Constituents are sorted by falling pT; jets with few constituents are padded with zeros, never dropped.

    Arguments:
        four_momenta: (E, px, py, pz) of the constituents, shape ``(N, n, 4)``, in ``units``; zero rows are padding.
        labels: one whole number per jet, shape ``(N,)``: 1 = signal, 0 = background; None when there are none.
        units: ``"GeV"``, ``"MeV"`` or ``"TeV"``; the jets are held in GeV.
        rounding: relative rounding of the stored numbers, 2⁻²⁴ for float32 and 2⁻⁵³ for float64; 0 means: tell it from the numbers.
        resolution: relative resolution of measured momenta; a constituent may have E < |p| within 5 of it.
        source: where the jets come from.
        mask: which slots hold a constituent, shape ``(N, n)``; None means: the rows that are not zero. Set at construction.
        subset: a chunk or a selection of a sample, in which equal jets are no mistake.
        mass_convention: which mass the constituents carry. Set at construction.

    Raises:
        ShapeError: not an ``(N, n, 4)`` array, or a mask of another shape.
        InvalidData: NaN, negative energies, E < |p| beyond rounding, zero or identical jets, labels of the wrong length.
        UnitsError: the numbers can only be MeV, or the unit is unknown.

    Example:
        >>> import numpy as np
        >>> jets = Jets(np.array([[[5.0, 3, 4, 0], [13, 5, 0, 12]], [[17.0, 8, 15, 0], [0, 0, 0, 0]]]), labels=np.array([1, 0]))
        >>> len(jets), jets.multiplicity.tolist(), jets.mass_convention.kind
        (2, [2, 1], 'massless')
        >>> jets.samples(constituents=1).x[0].tolist()
        [5.0, 3.0, 4.0, 0.0]
    """

    four_momenta: Float[np.ndarray, "N n 4"]
    labels: Int[np.ndarray, "N"] | None = field(default=None, kw_only=True)
    units: str = field(default="GeV", kw_only=True)
    rounding: float = field(default=0.0, kw_only=True)
    resolution: float = field(default=0.0, kw_only=True)
    source: str = field(default="memory", kw_only=True)
    mask: Bool[np.ndarray, "N n"] | None = field(default=None, kw_only=True)
    subset: bool = field(default=False, kw_only=True)
    mass_convention: MassConvention = field(init=False)

    def __post_init__(self) -> None:
        validation.check_numbers(np.asanyarray(self.four_momenta), self.source)
        given = np.asarray(self.four_momenta)
        validation.check_shape(given, self.source)
        validation.check_fraction("rounding", self.rounding, self.source)
        validation.check_fraction("resolution", self.resolution, self.source)
        rounding = self.rounding or _rounding(given)
        scale = validation.gev_per_unit(self.units)
        momenta = given.astype(np.float64, copy=False) if scale == 1 else given.astype(np.float64) * scale
        mask = self._checked_mask(momenta)
        momenta, mask = _sorted_by_pt(momenta, mask)
        real = momenta[mask]
        # 30: at a resolution of 10 % a fluctuation of 5σ in E makes |p|²/E² four
        tolerance = 16 * FLOAT32_ROUNDING + 30 * self.resolution
        excess = validation.check_momenta(real, mask, tolerance=tolerance, source=self.source)
        if self.resolution == 0 and excess > 16 * rounding:
            # space-like by less than float32 rounds: the numbers were float32 once, and boosted or scaled since
            rounding = max(FLOAT32_ROUNDING, excess / 2)
        total = momenta.sum(1)
        validation.check_units(np.hypot(total[:, 1], total[:, 2]), self.source)
        validation.check_absolute(total, self.source)
        if not self.subset:
            validation.check_distinct(momenta, self.source)
        labels = None
        if self.labels is not None:
            labels = np.asarray(self.labels)
            validation.check_labels(labels, len(momenta), self.source)
            labels = labels.astype(np.int64)
        convention = mass_convention(real, rounding=rounding, resolution=self.resolution)
        settled = {"four_momenta": momenta, "mask": mask, "labels": labels, "units": "GeV", "rounding": rounding}
        for name, value in (settled | {"mass_convention": convention}).items():
            object.__setattr__(self, name, value)

    def _checked_mask(self, momenta: Float[np.ndarray, "N n 4"]) -> Bool[np.ndarray, "N n"]:
        if self.mask is None:
            mask = (momenta != 0).any(-1)
        else:
            mask = np.asarray(self.mask, dtype=bool)
            if mask.shape != momenta.shape[:2]:
                raise ShapeError(
                    f"{self.source}: mask has shape {mask.shape}; expected {momenta.shape[:2]}, one entry per constituent slot."
                )
            mask = mask & (momenta != 0).any(-1)  # a slot of zeros holds no particle, whatever the mask says
        empty = ~mask.any(1)
        if empty.any():
            first = int(np.argmax(empty))
            raise InvalidData(
                f"{self.source}: {int(empty.sum())} of {len(empty)} jets have no constituent (first: jet {first}); drop them."
            )
        return np.asarray(mask)

    @property
    def real(self) -> Bool[np.ndarray, "N n"]:
        """Which slots hold a constituent, shape ``(N, n)``: the mask, always an array after construction."""
        return np.asarray(self.mask)

    @property
    def multiplicity(self) -> Int[np.ndarray, "N"]:
        """Constituents per jet, shape ``(N,)``."""
        return np.asarray(self.real.sum(1))

    @property
    def momenta(self) -> Float[np.ndarray, "N 4"]:
        """Four-momenta of the jets, the sums over constituents, shape ``(N, 4)``, GeV."""
        return np.asarray(self.four_momenta.sum(1))

    def samples(self, *, constituents: int = 2) -> Samples:
        """The K leading constituents as rows that discovery searches: x of shape ``(N, 4 K)`` moves by one matrix per constituent.

        Arguments:
            constituents: K, how many leading constituents to keep; jets with fewer are padded with zeros and masked.

        Returns:
            Samples with ``rep_x`` K copies of the four-vector, the labels as invariant y.

        Raises:
            ShapeError: K is not positive, or larger than any jet.

        Example:
            >>> import numpy as np
            >>> jets = Jets(np.array([[[5.0, 3, 4, 0]], [[17.0, 8, 15, 0]]]))
            >>> jets.samples().x.shape, jets.samples().mask.tolist()
            ((2, 8), [[True, False], [True, False]])
        """
        if constituents < 1:
            raise ShapeError(f"constituents={constituents}; expected at least 1.")
        if constituents > max(MOST_CONSTITUENTS, self.four_momenta.shape[1]):
            raise ShapeError(f"constituents={constituents}; expected at most {MOST_CONSTITUENTS:,}, for no jet has that many.")
        x, mask = self.four_momenta[:, :constituents], self.real[:, :constituents]
        missing = constituents - x.shape[1]
        if missing > 0:
            x, mask = np.pad(x, ((0, 0), (0, missing), (0, 0))), np.pad(mask, ((0, 0), (0, missing)))
        return Samples(
            x.reshape(len(self), -1),
            rep_x=Rep(f"{constituents}V", n=4),
            y=self.labels,
            mask=mask,
            units=self.units,
            coordinates=COORDINATES,
            source=self.source,
            rounding=self.rounding,
        )

    def leading(self, constituents: int) -> Jets:
        """The same jets with at most ``constituents`` leading constituents each.

        Raises:
            ShapeError: ``constituents`` is not positive.
        """
        if constituents < 1:
            raise ShapeError(f"constituents={constituents}; expected at least 1.")
        return replace(self, four_momenta=self.four_momenta[:, :constituents], mask=self.real[:, :constituents])

    def __len__(self) -> int:
        return len(self.four_momenta)

    def __getitem__(self, index: int | slice | Sequence[int] | Shaped[np.ndarray, "..."]) -> Jets:
        if not isinstance(index, (int, slice)):
            index = np.asarray(index, dtype=np.int64 if len(index) == 0 else None)
        rows = np.atleast_1d(np.arange(len(self))[index])
        labels = None if self.labels is None else self.labels[rows]
        return replace(self, four_momenta=self.four_momenta[rows], mask=self.real[rows], labels=labels, subset=True)

    def __repr__(self) -> str:
        count = self.multiplicity
        labels = "no labels"
        if self.labels is not None:
            signal, background = int((self.labels == 1).sum()), int((self.labels == 0).sum())
            other = f" / {len(self) - signal - background:,} with other labels" if signal + background < len(self) else ""
            labels = f"{signal:,} signal / {background:,} background{other}"
        stored = "float32" if self.rounding >= FLOAT32_ROUNDING else "float64"
        error = f"{stored}: m² uncertain by up to {self.mass_convention.uncertainty:.2g} GeV²"
        sizes = f"{count.min()} to {count.max()} constituents (median {np.median(count):.0f})"
        return (
            f"Jets: {len(self):,} jets in {self.units}, {sizes}; {labels}\n"
            f"  constituents: {self.mass_convention.sentence}; {error}\n"
            f"  source: {self.source}"
        )


def concatenate(parts: Sequence[Jets]) -> Jets:
    """Put samples of jets one after the other, padding to the largest number of constituents.

    Arguments:
        parts: at least one Jets; labels are kept when every part has them.

    Returns:
        Jets whose rounding is the coarsest of the parts.

    Raises:
        InvalidData: no parts.

    Example:
        >>> import numpy as np
        >>> one, two = (Jets(np.array([[[5.0 * k, 3 * k, 4 * k, 0]]])) for k in (1, 2))
        >>> len(concatenate([one, two]))
        2
    """
    if not parts:
        raise InvalidData("zero jets: there is nothing to put together; check the selection or the file.")
    if len(parts) == 1:
        return parts[0]
    width = max(part.four_momenta.shape[1] for part in parts)
    total = sum(len(part) for part in parts)
    momenta, mask, row = np.zeros((total, width, 4)), np.zeros((total, width), dtype=bool), 0
    for part in parts:
        n = part.four_momenta.shape[1]
        momenta[row : row + len(part), :n] = part.four_momenta
        mask[row : row + len(part), :n] = part.real
        row += len(part)
    labels = [part.labels for part in parts if part.labels is not None]
    return Jets(
        momenta,
        mask=mask,
        labels=np.concatenate(labels) if len(labels) == len(parts) else None,
        rounding=max(part.rounding for part in parts),
        resolution=max(part.resolution for part in parts),
        source=", ".join(dict.fromkeys(part.source for part in parts)),
    )


def _rounding(numbers: Shaped[np.ndarray, "N n 4"]) -> float:
    """float32 numbers that were copied into a float64 array are still float32 numbers."""
    if numbers.dtype != np.float64:
        return FLOAT32_ROUNDING
    with np.errstate(over="ignore", invalid="ignore"):
        exact = (numbers.astype(np.float32) == numbers).all()
    return FLOAT32_ROUNDING if exact else FLOAT64_ROUNDING


def _sorted_by_pt(
    momenta: Float[np.ndarray, "N n 4"], mask: Bool[np.ndarray, "N n"]
) -> tuple[Float[np.ndarray, "N n 4"], Bool[np.ndarray, "N n"]]:
    """Constituents by falling pT, padding last; ties keep their order in the file."""
    with np.errstate(invalid="ignore", over="ignore"):
        key = np.where(mask, momenta[..., 1] ** 2 + momenta[..., 2] ** 2, -1.0)
        if (key[:, 1:] <= key[:, :-1]).all():
            return (momenta, mask) if mask.all() else (np.where(mask[..., None], momenta, 0.0), mask)
    order = np.argsort(-key, axis=1, kind="stable")
    momenta = np.take_along_axis(np.where(mask[..., None], momenta, 0.0), order[..., None], axis=1)
    return momenta, np.take_along_axis(mask, order, axis=1)
