"""Moments of charge m, ``E[φ(r, h, y) e^{imθ}]``: the functions, their rows, and what a tilt of the plane does to them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physym._typing import Float, Int
from physym.algebra import evaluate, exponents
from physym.discovery.discrete.cyclic.cylinder import Cylinder, cylinder, tilted
from physym.discovery.discrete.evidence import CHUNK, Evidence, gather

TILT_STEP = 1e-6  # rad; the moments are smooth and exact to 1e-14
MOST_MONOMIALS = 60
ROWS_PER_COEFFICIENT = 8
MOST_WAVES = 8  # multiples of the order in the regression: a jump leaves 1/(2 MOST_WAVES) of its variance, so more gain little
THINNEST_SHELL = 1e-3  # of the bounded radius: a thinner one counts as a circle


@dataclass(frozen=True, eq=False)
class PlaneRows:
    """Rows with the plane about which their charges are counted.

    Arguments:
        x: vectors, shape ``(N, copies, n)``.
        targets: shape ``(N, t)``.
        vectors: how many vectors the targets are; 0 where they do not turn.
        cluster: cluster of each row, shape ``(N,)``, or None.
        weights: weight of each row, shape ``(N,)``, or None for equal weights.

    Example:
        >>> PlaneRows(np.ones((3, 1, 2)), np.zeros((3, 0))).seen(np.eye(2), slice(0, 2)).radius.round(3)
        array([1.414, 1.414])
    """

    x: Float[np.ndarray, "N copies n"]
    targets: Float[np.ndarray, "N t"]
    vectors: int = 0
    cluster: Int[np.ndarray, "N"] | None = None
    weights: Float[np.ndarray, "N"] | None = None

    def seen(self, axes: Float[np.ndarray, "n n"], part: slice) -> Cylinder:
        """Cylinder coordinates of some rows about the plane of the first two rows of ``axes``, shape ``(n, n)``."""
        return cylinder(self.x[part], self.targets[part], axes, vectors=self.vectors)

    def chosen(self, mask: np.ndarray) -> PlaneRows:
        """The rows of a mask of shape ``(N,)``."""
        cluster = None if self.cluster is None else self.cluster[mask]
        weights = None if self.weights is None else self.weights[mask]
        return PlaneRows(self.x[mask], self.targets[mask], self.vectors, cluster, weights)

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, eq=False)
class ChargeFunctions:
    """The functions whose charged moments are taken, with settings learned on the proposing half.

    ``φ`` runs over ``{ρ, ρ² (ρ − ρ̄)/σ} × {1, h₁, h₂, …}`` with ρ and h bounded (``t/√(1 + t²)``), so that no row dominates and nothing is
    singular at the centre; the second radial function changes sign, so shells of opposite phase do not cancel. At the conditional level
    each is multiplied by the residual of y after a regression on functions of charge 0.

    Arguments:
        highest: highest charge M.
        radius: root-mean-square radius.
        shell: mean ρ̄ and spread σ of the bounded radius.
        centre: centre of the invariants (and targets), shape ``(q,)``.
        scale: their spread, shape ``(q,)``.
        powers: monomials of the regression in the bounded coordinates, shape ``(P, r)``; empty at the measure level. Those up to
            degree 2 in the unbounded ones join them, or a large y would be left over far from the centre and hide small charges.
        waves: charges besides 0 that the regression holds, all multiples of the order that was found; shape ``(w,)``.
        coefficients: of the regression, shape ``(R, t)``.
        spread: spread of each function on the proposing half, shape ``(M, F)``.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 1, 2))
        >>> functions = charge_functions(PlaneRows(x, np.zeros((500, 0))), np.eye(2), highest=5, conditional=False)
        >>> functions.count, functions.evidence(PlaneRows(x, np.zeros((500, 0))), np.eye(2)).mean.shape
        (4, (20,))
    """

    highest: int
    radius: float
    shell: tuple[float, float]
    centre: Float[np.ndarray, "q"]
    scale: Float[np.ndarray, "q"]
    powers: Int[np.ndarray, "P r"]
    waves: Int[np.ndarray, "w"]
    coefficients: Float[np.ndarray, "R t"]
    spread: Float[np.ndarray, "M F"]

    @property
    def count(self) -> int:
        """Number F of real functions per charge."""
        return int(self.spread.shape[1])

    @property
    def charges(self) -> Int[np.ndarray, "P"]:
        """Charge of each entry of the evidence, shape ``(M F,)``."""
        return np.repeat(np.arange(1, self.highest + 1), self.count)

    @property
    def radial(self) -> Int[np.ndarray, "c"]:
        """Which radial function each entry of one charge holds, shape ``(F,)``: each is tested alone as well as with the other."""
        return np.tile(np.repeat(np.arange(2), self.count // 4), 2)

    def rows(self, rows: PlaneRows, axes: Float[np.ndarray, "n n"], part: slice) -> Float[np.ndarray, "c P"]:
        """The functions of some rows in units of their spread, shape ``(c, M F)``, real parts before imaginary ones for each charge."""
        values = self._raw(rows.seen(axes, part)) / self.spread
        if rows.weights is not None:
            values *= rows.weights[part][:, None, None]
        return np.asarray(values.reshape(len(values), -1))

    def evidence(self, rows: PlaneRows, axes: Float[np.ndarray, "n n"]) -> Evidence:
        """Charged moments with their covariance, shape ``(M F,)``."""
        return gather(lambda part: self.rows(rows, axes, part), len(rows), rows.cluster)

    def tilts(
        self, rows: PlaneRows, axes: Float[np.ndarray, "n n"], here: Float[np.ndarray, "P"], *, fitted_here: bool = False
    ) -> Float[np.ndarray, "P m"]:
        """Derivative of the moments ``here`` with respect to the 2 (n − 2) tilts of the plane, shape ``(M F, m)``.

        ``fitted_here`` says that the regression was learned on these very rows and will be learned again about the tilted plane. It then
        takes up about R/N of what a tilt does to the rows, by chance, and the moments move by as much less.
        """
        tilts = (TILT_STEP * np.eye(2 * (len(axes) - 2))).reshape(-1, 2, len(axes) - 2)
        inverse = self._inverse_gram(rows.seen(axes, slice(None))) if fitted_here and len(self.powers) and len(tilts) else None
        columns = []
        for moved in (tilted(axes, tilt) for tilt in tilts):
            functions = self if inverse is None else self._follow(rows.seen(moved, slice(None)), inverse)
            columns.append((functions.mean(rows, moved) - here) / TILT_STEP)
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.charges), 0))

    def mean(self, rows: PlaneRows, axes: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "P"]:
        """The moments alone, shape ``(M F,)``."""
        total = np.zeros((2, self.highest, self.count // 2))
        for part in (slice(start, start + CHUNK) for start in range(0, len(rows), CHUNK)):
            phase, functions = self._factors(rows.seen(axes, part))
            if rows.weights is not None:
                functions = functions * rows.weights[part][:, None]
            total += phase.transpose(0, 2, 1) @ functions
        return np.asarray((total.transpose(1, 0, 2).reshape(self.spread.shape) / self.spread / len(rows)).ravel())

    def with_waves(self, rows: PlaneRows, axes: Float[np.ndarray, "n n"], order: int) -> ChargeFunctions:
        """The same functions with multiples of ``order`` in the regression: the residual keeps what breaks C_k and loses what does not.

        At the measure level there is no regression and nothing changes. Up to eight waves are added, also beyond the highest charge,
        while eight rows bear each coefficient.
        """
        if not len(self.powers):
            return self
        each = 2 * self._functions(rows.seen(axes, slice(0, 1))).shape[1]
        room = (len(rows) // ROWS_PER_COEFFICIENT - len(self.coefficients)) // each
        return replace(self, waves=order * np.arange(1, min(MOST_WAVES, room) + 1))._fitted(rows.seen(axes, slice(None)))

    def _fitted(self, seen: Cylinder) -> ChargeFunctions:
        columns = self._regressors(seen)
        size = np.sqrt((columns**2).mean(0))
        size[size == 0] = 1.0  # one large coordinate must not push the others below the rank that counts
        return replace(self, coefficients=np.linalg.lstsq(columns / size, seen.targets, rcond=1e-10)[0] / size[:, None])

    def _inverse_gram(self, seen: Cylinder) -> Float[np.ndarray, "R R"]:
        columns = self._regressors(seen)
        size = np.sqrt((columns**2).sum(0))
        size[size == 0] = 1.0
        columns /= size
        return np.asarray(np.linalg.pinv(columns.T @ columns, rcond=1e-12, hermitian=True) / np.outer(size, size))

    def _follow(self, seen: Cylinder, inverse: Float[np.ndarray, "R R"]) -> ChargeFunctions:
        """The regression learned again on rows that moved little: one Newton step, which needs no second decomposition."""
        columns = self._regressors(seen)
        return replace(self, coefficients=self.coefficients + inverse @ (columns.T @ (seen.targets - columns @ self.coefficients)))

    def _bounded_invariants(self, seen: Cylinder) -> Float[np.ndarray, "c q"]:
        return _bounded((_invariants(seen, conditional=len(self.powers) > 0) - self.centre) / self.scale)

    def _functions(self, seen: Cylinder) -> Float[np.ndarray, "c f"]:
        """φ, shape ``(c, f)``."""
        radius = _bounded(seen.radius / self.radius)[:, None]
        functions = np.concatenate([np.ones_like(radius), self._bounded_invariants(seen)], axis=1)
        return np.concatenate([functions * radius, functions * radius**2 * (radius - self.shell[0]) / self.shell[1]], axis=1)

    def _regressors(self, seen: Cylinder) -> Float[np.ndarray, "c R"]:
        """Functions of charge 0, and φ times the waves."""
        plain = np.concatenate([(seen.radius / self.radius)[:, None], (seen.invariants - self.centre) / self.scale], axis=1)
        growing = self.powers[(self.powers.sum(1) > 0) & (self.powers.sum(1) < 3)]
        still = np.concatenate([evaluate(_bounded(plain), self.powers), evaluate(plain, growing)], axis=1)
        if not len(self.waves):
            return still
        phase = seen.angle[:, None] * self.waves
        waves = np.concatenate([np.cos(phase), np.sin(phase)], axis=1)
        return np.concatenate([still, (waves[:, :, None] * self._functions(seen)[:, None]).reshape(len(still), -1)], axis=1)

    def _factors(self, seen: Cylinder) -> tuple[Float[np.ndarray, "2 c M"], Float[np.ndarray, "c f"]]:
        """``cos mθ`` and ``sin mθ``, shape ``(2, c, M)``, and φ (times the residual at the conditional level), shape ``(c, f)``."""
        functions = self._functions(seen)
        if len(self.powers):
            residual = seen.targets - self._regressors(seen) @ self.coefficients
            functions = (functions[:, :, None] * residual[:, None, :]).reshape(len(residual), -1)
        once = np.broadcast_to(np.exp(1j * seen.angle)[:, None], (len(functions), self.highest))
        waves = np.cumprod(once, axis=1)  # e^{imθ} by repeated multiplication: far cheaper than powers
        return np.stack([waves.real, waves.imag]), functions

    def _raw(self, seen: Cylinder) -> Float[np.ndarray, "c M F"]:
        phase, functions = self._factors(seen)
        values = np.empty((len(functions), self.highest, 2, functions.shape[1]))
        np.multiply(phase[0][:, :, None], functions[:, None, :], out=values[:, :, 0])
        np.multiply(phase[1][:, :, None], functions[:, None, :], out=values[:, :, 1])
        return values.reshape(len(functions), self.highest, -1)


def charge_functions(rows: PlaneRows, axes: Float[np.ndarray, "n n"], *, highest: int, conditional: bool) -> ChargeFunctions:
    """Learn scales and the charge-0 regression from rows.

    Arguments:
        rows: the proposing rows.
        axes: orthonormal rows, the first two of which span the plane, shape ``(n, n)``.
        highest: highest charge M.
        conditional: whether the targets are regressed (conditional level) or taken as further invariants (measure level).

    Returns:
        The functions.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 1, 2))
        >>> charge_functions(PlaneRows(x, x[:, 0, :1]), np.eye(2), highest=3, conditional=True).powers.shape
        (4, 1)
    """
    seen = rows.seen(axes, slice(None))
    invariants = _invariants(seen, conditional=conditional)
    scale = invariants.std(0)
    floor = 1e-9 * max(float(np.abs(rows.x).max()), np.finfo(float).tiny)
    radius = float(np.sqrt((seen.radius**2).mean())) or 1.0
    bounded = _bounded(seen.radius / radius)
    draft = ChargeFunctions(
        highest,
        radius,
        (float(bounded.mean()), max(float(bounded.std()), THINNEST_SHELL)),
        invariants.mean(0),
        np.where(scale > floor, scale, 1.0),
        np.zeros((0, 1), dtype=np.int64),
        np.zeros(0, dtype=np.int64),
        np.zeros((0, seen.targets.shape[1])),
        np.ones((highest, 0)),
    )
    if conditional:
        size = invariants.shape[1] + 1
        degree = next(d for d in (3, 2, 1) if d == 1 or len(exponents(size, range(d + 1))) <= MOST_MONOMIALS)
        draft = replace(draft, powers=exponents(size, range(degree + 1)))._fitted(seen)
    spread = draft._raw(_part(seen, slice(0, 4096))).std(0)
    return replace(draft, spread=np.where(spread > 1e-12 * max(spread.max(initial=0.0), 1e-300), spread, 1.0))


def _part(seen: Cylinder, part: slice) -> Cylinder:
    return Cylinder(seen.angle[part], seen.radius[part], seen.invariants[part], seen.targets[part])


def _invariants(seen: Cylinder, *, conditional: bool) -> Float[np.ndarray, "N q"]:
    """What a rotation leaves alone: at the measure level the targets are part of it."""
    return seen.invariants if conditional else np.concatenate([seen.invariants, seen.targets], axis=1)


def _bounded(values: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Odd, of slope 1 at zero, below 1: heavy tails cannot rule the moments."""
    return np.asarray(values / np.sqrt(1 + values**2))
