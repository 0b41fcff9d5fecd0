"""`CyclicOrder`: the order of a cyclic symmetry as the greatest common divisor of the charges that the data carry."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physym._typing import Bool, Float, Int
from physym.algebra import MatrixGroup
from physym.data import Samples
from physym.discovery.discrete.base import ChargeTest, DiscreteDiscovery, DiscreteLevelName, DiscreteStatus, ElementTest
from physym.discovery.discrete.cyclic.agreement import raw_rotation
from physym.discovery.discrete.cyclic.charges import ChargeFunctions, PlaneRows, charge_functions
from physym.discovery.discrete.cyclic.cylinder import rotation_errors, rotation_in_plane
from physym.discovery.discrete.cyclic.plane import first_plane, refined_plane, tilt_free, vanishing
from physym.discovery.discrete.evidence import Evidence, halves
from physym.discovery.discrete.outcomes import STATEMENTS, identity_only
from physym.discovery.discrete.targets import targets
from physym.errors import DiscoveryFailed, ShapeError
from physym.progress import Progress

REFINING_CHARGES = 6


@dataclass(frozen=True)
class CyclicOrder:
    """Find the order k of a symmetry under rotations by 2π/k in one plane.

    A function or density with that symmetry carries only charges (Fourier modes of the azimuth) that are multiples of k, so k is the
    greatest common divisor of the charges that are seen. One half of the data gives the plane, the charges and k; every rotation by
    2πj/k is then tested on the other half, with the error of the plane projected out.

    Arguments:
        plane: the two coordinates that span the plane, or two orthonormal rows of shape ``(2, n)`` as tuples; None: coordinates
            (0, 1) in two dimensions, else the plane is estimated.
        highest_charge: highest charge tested, so also the largest order that can be seen; twice that order is safer.
        certified_below: the largest bound U that counts as certified.
        charge_alpha: family-wise significance at which a charge counts as seen. It is stricter than the ``alpha`` of the held-out tests,
            because one false charge spoils the divisor, while an order that a missed charge left too high is rejected on the other half.

    Example:
        >>> from physym.algebra import Rep
        >>> from physym.discovery import discover_discrete
        >>> x = np.random.default_rng(0).normal(size=(2000, 3))
        >>> y = x[:, 2] * np.cos(5 * np.arctan2(x[:, 1], x[:, 0]))
        >>> discover_discrete(Samples(x, rep_x=Rep("V", n=3), y=y), CyclicOrder(plane=(0, 1)), level="conditional").name
        'C5'
    """

    plane: tuple[int, int] | tuple[tuple[float, ...], tuple[float, ...]] | None = None
    highest_charge: int = 24
    certified_below: float = 0.3
    charge_alpha: float = 0.0001

    def __post_init__(self) -> None:
        if self.highest_charge < 2:
            raise DiscoveryFailed(f"highest_charge={self.highest_charge}; expected at least 2, better twice the largest order.")
        if not 0 < self.charge_alpha < 1:
            raise DiscoveryFailed(f"charge_alpha={self.charge_alpha}; expected a probability between 0 and 1, for instance 0.0001.")

    def run(self, samples: Samples, *, level: DiscreteLevelName, alpha: float, seed: int, progress: Progress) -> DiscreteDiscovery:
        """Propose the plane and the order on one half of the clusters, test every rotation on the other half."""
        samples.refuse_images()
        search = _Search(self, samples, level, alpha, seed)
        progress("plane", 1, 3)
        outcome = search.run(progress)
        progress("rotations tested", 3, 3)
        return outcome

    def axes(self, n: int) -> Float[np.ndarray, "n n"] | None:
        """The plane that was given, completed to orthonormal rows of shape ``(n, n)``; None where it must be estimated.

        Raises:
            ShapeError: the plane does not fit n coordinates, or its rows are not orthonormal.
        """
        plane = (0, 1) if self.plane is None and n == 2 else self.plane
        if plane is None:
            return None
        try:
            rows = np.asarray(plane, dtype=np.float64)
            if rows.ndim == 1:  # an index below 0 or between two coordinates would quietly mean another plane
                rows = np.eye(n)[rows.astype(np.int64)] if (rows >= 0).all() and (rows % 1 == 0).all() else np.zeros((0, n))
        except (IndexError, ValueError):
            rows = np.zeros((0, n))
        if rows.shape != (2, n) or not np.allclose(rows @ rows.T, np.eye(2), atol=1e-9):
            raise ShapeError(f"plane={self.plane}; expected two different coordinates below {n}, or two orthonormal rows of length {n}.")
        _, _, completed = np.linalg.svd(rows)
        return np.concatenate([rows, completed[2:]])


@dataclass(frozen=True, eq=False)
class _Search:
    """One run on one set of samples."""

    method: CyclicOrder
    samples: Samples
    level: DiscreteLevelName
    alpha: float
    seed: int

    @property
    def conditional(self) -> bool:
        return self.level == "conditional"

    def run(self, progress: Progress) -> DiscreteDiscovery:
        if self.samples.n < 2:
            raise DiscoveryFailed("a rotation needs a plane; vectors of one coordinate have none. Test parity with Candidates instead.")
        proposing, clusters = halves(self.samples, self.seed)
        goal = targets(self.samples)
        rows = PlaneRows(self.samples.vectors, goal.columns, goal.vectors, self.samples.cluster)
        draft = DiscreteDiscovery(
            *identity_only(self.samples.n),
            level=self.level,
            statement=STATEMENTS[self.level],
            rows=len(rows),
            held_out=int((~proposing).sum()),
            clusters=clusters,
            alpha=self.alpha,
            features=f"charges ≤ {self.method.highest_charge}",
        )
        axes = given = self.method.axes(self.samples.n)
        first = rows.chosen(proposing)
        if axes is None:
            axes = first_plane(first, conditional=self.conditional, alpha=self.alpha)
        if axes is None:
            return replace(draft, status=DiscreteStatus.NO_PLANE)
        free = given is None
        if free:
            axes, _ = refined_plane(first, axes, highest=1, order=0, conditional=self.conditional)
        charges = self._charges(first, axes, free)
        draft = replace(draft, notes=self._uneven(first, axes))
        order = int(np.gcd.reduce([t.charge for t in charges if self._is_seen(t)] or [0]))
        draft = replace(draft, charges=charges)
        progress("charges", 2, 3)
        if order <= 1:
            return self._without_rotations(draft, order)
        return self._tested(draft, rows, proposing, axes, order, free)

    def _uneven(self, rows: PlaneRows, axes: Float[np.ndarray, "n n"]) -> tuple[str, ...]:
        """At the conditional level: a warning where x itself carries charges, for they mix with what the regression left over."""
        if not self.conditional:
            return ()
        bare = PlaneRows(rows.x, np.zeros((len(rows), 0)), 0, rows.cluster)
        evidence = charge_functions(bare, axes, highest=self.method.highest_charge, conditional=False).evidence(bare, axes)
        if evidence.p_value > self.alpha:
            return ()
        return ("x is unevenly distributed over the angles of the plane: charges may stem from x and not from y, and the order be too low",)

    def _is_seen(self, test: ChargeTest) -> bool:
        """Bonferroni over the charges: a single false one would spoil the divisor."""
        return test.p_value < self.method.charge_alpha / self.method.highest_charge

    def _functions(self, rows: PlaneRows, axes: Float[np.ndarray, "n n"]) -> ChargeFunctions:
        return charge_functions(rows, axes, highest=self.method.highest_charge, conditional=self.conditional)

    def _moments(self, functions: ChargeFunctions, rows: PlaneRows, axes: Float[np.ndarray, "n n"], *, order: int, free: bool) -> Evidence:
        """Moments without what a tilt explains; a plane that was given has no tilt."""
        evidence = functions.evidence(rows, axes)
        slope = functions.tilts(rows, axes, evidence.mean) if free else np.zeros((len(evidence.mean), 0))
        return tilt_free(evidence, slope, vanishing(functions.charges, order))[0]

    def _charges(self, rows: PlaneRows, axes: Float[np.ndarray, "n n"], free: bool) -> tuple[ChargeTest, ...]:
        functions = self._functions(rows, axes)
        moments = self._moments(functions, rows, axes, order=0, free=free)
        found = []
        for charge in range(1, self.method.highest_charge + 1):
            one = moments.scaled((functions.charges == charge).astype(float))
            found.append(ChargeTest(charge, one.banded_p_value(functions.radial), float(np.sqrt(one.statistic))))
        return tuple(found)

    def _without_rotations(self, draft: DiscreteDiscovery, order: int) -> DiscreteDiscovery:
        if order == 0:
            reason = (
                f"no charge up to {self.method.highest_charge} was seen, so no order: rotations of the plane by any angle are not rejected"
            )
            return replace(draft, status=DiscreteStatus.CONTINUOUS, reason=reason)
        strongest = sorted((t for t in draft.charges if self._is_seen(t)), key=lambda t: t.p_value)[:4]
        seen = ", ".join(str(t.charge) for t in strongest)
        reason = f"charges {seen} are seen and the charges have no common divisor: no rotation of the plane is a symmetry"
        return replace(draft, status=DiscreteStatus.TRIVIAL, reason=reason)

    def _tested(
        self,
        draft: DiscreteDiscovery,
        rows: PlaneRows,
        proposing: Bool[np.ndarray, "N"],
        axes: Float[np.ndarray, "n n"],
        order: int,
        free: bool,
    ) -> DiscreteDiscovery:
        first, second = rows.chosen(proposing), rows.chosen(~proposing)
        highest, tilt = self.method.highest_charge, np.zeros((0, 0))
        if free:
            refining = min(highest, max(REFINING_CHARGES, order))
            axes, last = refined_plane(first, axes, highest=refining, order=order, conditional=self.conditional)
            tilt = last.covariance
        plain = self._functions(first, axes)
        sharp = plain.with_waves(first, axes, order)
        judge = _Judge(
            charges=plain.charges,
            proposal=plain.evidence(first, axes),
            signal=plain.evidence(second, axes),
            breaking=self._moments(sharp, second, axes, order=order, free=free),
            tilt=tilt,
            axes=axes,
            alpha=self.alpha,
            ceiling=self.method.certified_below,
        )
        tests = tuple(judge.test(j, order) for j in range(1, order))
        kept = _largest_subgroup(tests, order)
        chosen = [j for j in range(1, order) if j % (order // kept) == 0]
        raw, errors = raw_rotation(rows, axes, self._functions(rows, axes), order=order, tilts=free, conditional=self.conditional)
        first_test = draft.tests[0]
        members = (first_test, *(tests[j - 1] for j in chosen))
        group = MatrixGroup(np.stack([t.matrix for t in members]), errors=np.stack([_errors(t) for t in members]), source="CyclicOrder")
        lost = [tests[j - 1] for j in range(1, order) if j not in chosen]
        certified = kept > 1 and all(t.certified for t in members[1:])
        return replace(
            draft,
            group=group,
            tests=members,
            rejected=tuple(t for t in lost if t.rejected),
            dropped=tuple(replace(t, note="its powers include a rejected rotation") for t in lost if not t.rejected),
            raw=raw[None],
            raw_errors=errors[None],
            status=DiscreteStatus.TRIVIAL if kept == 1 else DiscreteStatus.CERTIFIED if certified else DiscreteStatus.NOT_CERTIFIED,
            notes=(*draft.notes, *_notes(order, highest)),
        )


@dataclass(frozen=True, eq=False)
class _Judge:
    """Tests rotations of one plane on the held-out half."""

    charges: Int[np.ndarray, "P"]
    proposal: Evidence
    signal: Evidence
    breaking: Evidence
    tilt: Float[np.ndarray, "m m"]
    axes: Float[np.ndarray, "n n"]
    alpha: float
    ceiling: float

    def test(self, j: int, order: int) -> ElementTest:
        # D = (1 − e^{2πi m j/k}) E[φ e^{imθ}]: a rotation of each (real, imaginary) pair, so only its length matters
        defect = _lengths(self.charges, j, order)
        bands = np.searchsorted([5, 13], self.charges, side="right")[defect > 0]
        sharp = self._sharp(order)
        narrow = np.repeat(np.arange(1, int(self.charges[-1]) + 1), 2)
        breaking = self.breaking.mapped(sharp).scaled(_lengths(narrow, j, order))
        scale = float(np.sqrt(2 * max(self.signal.mapped(sharp).lower_square(self.alpha / 2), 0.0)))
        angle = 2 * np.pi * j / order
        return ElementTest(
            f"rotation by 2π·{j}/{order}" if j > 1 else f"rotation by 2π/{order}",
            rotation_in_plane(self.axes, angle),
            order=order // int(np.gcd(j, order)),
            p_value=self.breaking.scaled(defect).banded_p_value(bands),
            defect=float(np.sqrt(max(breaking.excess(), 0.0))) / scale if scale else float("nan"),
            bound=breaking.upper(self.alpha / 2) / scale if scale else float("nan"),
            alpha=self.alpha / (order - 1),
            ceiling=self.ceiling,
            errors=rotation_errors(self.axes, angle, self.tilt),
        )

    def _sharp(self, order: int) -> Float[np.ndarray, "Q P"]:
        """One combination of the functions per charge, the one that sees the charges of the group best on the proposing half."""
        highest = int(self.charges[-1])
        half = len(self.charges) // (2 * highest)
        shaped = self.proposal.mean.reshape(highest, 2, half)[order - 1 :: order].reshape(-1, half)
        noise = np.diag(self.proposal.covariance).reshape(highest, 2, half)[order - 1 :: order].mean((0, 1))
        weight = 1 / np.sqrt(np.maximum(noise, 1e-12 * max(float(noise.max()), 1e-300)))
        direction = np.linalg.svd(shaped * weight)[2][0] * weight
        return np.kron(np.eye(2 * highest), direction / np.linalg.norm(direction))


def _lengths(charges: Int[np.ndarray, "P"], j: int, order: int) -> Float[np.ndarray, "P"]:
    """``|1 − e^{2πi m j/k}|``, exactly 0 for multiples of the order."""
    return np.where(charges * j % order == 0, 0.0, 2 * np.abs(np.sin(np.pi * charges * j / order)))


def _errors(test: ElementTest) -> Float[np.ndarray, "n n"]:
    return np.zeros_like(test.matrix) if test.errors is None else test.errors


def _largest_subgroup(tests: tuple[ElementTest, ...], order: int) -> int:
    """Order of the largest subgroup of C_k none of whose rotations is rejected."""
    for divisor in sorted((d for d in range(2, order + 1) if order % d == 0), reverse=True):
        if not any(tests[j - 1].rejected for j in range(1, order) if j % (order // divisor) == 0):
            return divisor
    return 1


def _notes(order: int, highest: int) -> tuple[str, ...]:
    if 2 * order <= highest:
        return ()
    return (f"only charge {order} itself lies below the highest one tested ({highest}); raise highest_charge to see its multiples",)
