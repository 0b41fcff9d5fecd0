"""What discovery returns: levels of symmetry, each with what was tested, and how the run went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from physym import algebra
from physym._numbers import p_text
from physym._typing import Float
from physym.algebra import Identification, InvariantMetric, LieAlgebra, invariant_metric
from physym.data import Samples
from physym.discovery.certificate import certified_defect
from physym.discovery.equation import DimensionTest, SymmetryEquation
from physym.discovery.runs import Runs
from physym.discovery.status import Status
from physym.errors import InvalidData, NoInvariantForm, PhysymError
from physym.progress import Progress

LevelName = Literal["support", "conditional", "measure"]
UNTESTED = "no calibrated test applies"
WHOLE_STEPS = "for g = exp(nL), n whole"  # how the statement of a level ends whose generators are steps of a discrete group


@dataclass(frozen=True, eq=False)
class Level:
    """One of the three statements of symmetry, with what was tested and how sure it is.

    Arguments:
        name: ``"support"``, ``"conditional"`` or ``"measure"``.
        statement: the sentence that was tested.
        algebra: the generators that the data do not reject, or None where the level does not apply.
        reason: why ``algebra`` is None; empty otherwise.
        searched: the space of matrices that was searched, shape ``(s, n, n)``.
        tests: one ``DimensionTest`` per dimension that was tested, from 1 upwards.
        defect: δ*, the relative defect of the claimed algebra that the data rule out exceeding; NaN where it cannot be certified.
        alpha: significance of the tests; ``defect`` holds at 1 − ``alpha``.
        degree: highest polynomial degree tested.
        rows: number of rows used (vectors, jets or events; see ``unit``).
        clusters: number of independent clusters among them.
        unit: what a row is, in words.
        noise: noise per coordinate estimated from the data, or NaN; in the units of x where it is isotropic.
        noise_model: ``"relative"`` or ``"isotropic"``: what ``noise`` is.
        spectrum: singular values of the symmetry equation, shape ``(s,)``.
        tested: the test functions in words; empty for polynomials of degree ≤ ``degree``.
        bands: names of the bands of test functions whose p-values stand in ``tests``; empty for a single band.
        note: what a reader must know to read the algebra rightly, such as "modulo maps off the span of the data"; empty where nothing.
        equation: the equation that was solved, for certificates of algebras named by the user; None where there is none.
        status: how it went.

    Example:
        >>> level = Level("measure", "p(gx) = p(x)", None, reason="fewer than 20 jets")
        >>> level.dimension, level.reason
        (0, 'fewer than 20 jets')
    """

    name: LevelName
    statement: str
    algebra: LieAlgebra | None
    reason: str = field(default="", kw_only=True)
    searched: Float[np.ndarray, "s n n"] = field(default_factory=lambda: np.zeros((0, 1, 1)), kw_only=True)
    tests: tuple[DimensionTest, ...] = field(default=(), kw_only=True)
    defect: float = field(default=float("nan"), kw_only=True)
    alpha: float = field(default=0.01, kw_only=True)
    degree: int = field(default=2, kw_only=True)
    rows: int = field(default=0, kw_only=True)
    clusters: int = field(default=0, kw_only=True)
    unit: str = field(default="rows", kw_only=True)
    noise: float = field(default=float("nan"), kw_only=True)
    noise_model: Literal["relative", "isotropic"] = field(default="relative", kw_only=True)
    spectrum: Float[np.ndarray, "s"] = field(default_factory=lambda: np.zeros(0), kw_only=True)
    tested: str = field(default="", kw_only=True)
    bands: tuple[str, ...] = field(default=(), kw_only=True)
    note: str = field(default="", kw_only=True)
    equation: SymmetryEquation | None = field(default=None, kw_only=True)
    status: Status = field(default=Status.FOUND, kw_only=True)

    @property
    def dimension(self) -> int:
        """Number of generators that the data do not reject."""
        return 0 if self.algebra is None else self.algebra.dimension

    @cached_property
    def identification(self) -> Identification | None:
        """Name and structure of ``algebra``; None where there is no generator."""
        return algebra.identify(self.algebra) if self.algebra is not None and self.dimension else None

    @property
    def discrete(self) -> bool:
        """Whether the generators are steps: only ``g = exp(nL)`` with whole n are meant, and no continuous symmetry is claimed."""
        return self.statement.endswith(WHOLE_STEPS)

    @property
    def title(self) -> str:
        """What was found in a word or two: the name of the algebra, "discrete step", or "no symmetry"."""
        if self.discrete and self.dimension:
            return "discrete step" if self.dimension == 1 else f"{self.dimension} discrete steps"
        if not self.dimension and not self.status.reliable:
            return "no result"
        return self.identification.name if self.identification is not None else "no symmetry"

    @property
    def p_value(self) -> float:
        """p-value of the claimed dimension (1 for dimension 0: nothing was claimed)."""
        return next((t.p_value for t in self.tests if t.dimension == self.dimension), 1.0)

    def certify(self, algebra: LieAlgebra, *, alpha: float | None = None) -> float:
        """The relative defect of an algebra named by the user that these data rule out exceeding.

        ``defect`` bounds the algebra that the data chose, and pays for that choice. A textbook algebra, or one found on other data, is
        named beforehand and has a bound about half as large.

        Arguments:
            algebra: generators ``(k, n, n)`` within the searched space.
            alpha: 1 − confidence; None: that of the level.

        Returns:
            δ*, relative to the root-mean-square defect of a random searched matrix; NaN where nothing can be certified.

        Raises:
            InvalidData: the level solved no equation, or a generator lies outside the searched space.

        Example:
            >>> import numpy as np
            >>> from physym import Rep, Samples, Spectral, algebra, discover
            >>> x = np.random.default_rng(0).normal(size=(2000, 3))
            >>> rows = Samples(x, rep_x=Rep("V", n=3), y=(x**2).sum(1) + 0.1 * np.random.default_rng(1).normal(size=2000))
            >>> level = discover(rows, Spectral(), level="conditional").level
            >>> level.certify(algebra.so(3)) < level.defect < 0.1
            True
        """
        if self.equation is None:
            raise InvalidData(f"the {self.name} level solved no equation ({self.reason or 'nothing was tested'}); it certifies nothing.")
        searched = self.equation.searched
        if algebra.basis.shape[1:] != searched.shape[1:]:
            raise InvalidData(f"generators of shape {algebra.basis.shape[1:]}; the searched matrices have shape {searched.shape[1:]}.")
        rows = np.linalg.qr(algebra.basis.reshape(algebra.dimension, -1).T)[0].T
        flat = searched.reshape(len(searched), -1)  # orthonormal in the frame of the search, not always in the units of the data
        coefficients = rows @ np.linalg.pinv(flat)
        span = np.linalg.qr(coefficients.T)[0].T
        if np.abs(coefficients @ flat - rows).max(initial=0.0) > 1e-9:
            raise InvalidData(
                "a generator lies outside the space of matrices that was searched; search a larger one with Spectral(basis=…)."
            )
        return certified_defect(self.equation, span, alpha=self.alpha if alpha is None else alpha, chosen=False)

    @property
    def refuted(self) -> DimensionTest | None:
        """The test of the smallest larger dimension that the data reject; None where they reject none."""
        return next((t for t in self.tests if t.dimension > self.dimension and t.rejected(alpha=self.alpha)), None)

    @property
    def sentence(self) -> str:
        """What holds, to which degree, on how many rows, and the bound on the breaking."""
        if self.algebra is None:
            return f"{self.name}: {self.nothing}"
        name = self.title if self.dimension else "no generator"
        parts = [f"{self.name}: {name}" if self.discrete and self.dimension else f"{self.name}: {name}, dimension {self.dimension}"]
        if self.dimension:
            verdict = "rejected" if self.p_value < self.alpha else "not rejected"
            counted = any(test.dimension == self.dimension for test in self.tests)
            parts.append(f"{verdict} (p {p_text(self.p_value)})" if counted else UNTESTED)
        if self.refuted is not None:
            parts.append(f"dimension {self.refuted.dimension} refuted (p {p_text(self.refuted.p_value)})")
        if self.dimension:
            bound = "no defect certified" if not self.defect < 1 else f"defect < {100 * self.defect:.2g} % at {100 * (1 - self.alpha):g} %"
            parts.append(bound)
        tested = "by training" if self.discrete else self.tested or f"degree ≤ {self.degree}"
        note = f". Note: {self.note}" if self.note else ""
        return "; ".join(parts) + f" ({tested}, {self.rows:,} {self.unit})" + note

    @property
    def nothing(self) -> str:
        """Why there is no algebra, where there is none; a reason that the status gives already is not said twice."""
        return "no generator to report" if self.reason == self.status.value else f"not applicable ({self.reason})"

    def __repr__(self) -> str:
        return f"Level {self.sentence}"


@runtime_checkable
class FiniteSymmetry(Protocol):
    """What a discovery needs to know of a finite group found on the same data; ``discover_discrete`` returns one.

    Example:
        >>> from physym.discovery import DiscreteDiscovery
        >>> hasattr(DiscreteDiscovery, "sentence")
        True
    """

    @property
    def sentence(self) -> str:
        """What was found and how sure it is."""
        ...


@dataclass(frozen=True, eq=False)
class Discovery:
    """The outcome of one run: up to three levels, the headline algebra and how it went.

    Arguments:
        support: symmetry of the variety that carries the data, or None where it was not asked for.
        conditional: symmetry of p(y | x), or None.
        measure: symmetry of p(x | y), or None.
        headline: name of the level whose algebra is ``algebra``.
        method: the method object that ran.
        seed: the seed that reproduces the run.
        seconds: wall-clock time of the run.
        provenance: versions, source of the data, warnings; text by key.
        discrete: finite symmetry group found by ``discover_discrete`` on the same data, or None where it was not searched.
        runs: what each seed gave, for methods that are trained; None for the others.

    Example:
        >>> level = Level("support", "E² = p²", None, reason="no data")
        >>> Discovery(support=level, headline="support").algebra is None
        True
    """

    support: Level | None = None
    conditional: Level | None = None
    measure: Level | None = None
    headline: LevelName = field(default="support", kw_only=True)
    method: AbstractMethod | None = field(default=None, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    seconds: float = field(default=0.0, kw_only=True)
    provenance: dict[str, str] = field(default_factory=dict, kw_only=True)
    discrete: FiniteSymmetry | None = field(default=None, kw_only=True)
    runs: Runs | None = field(default=None, kw_only=True)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that were tested, weakest statement first."""
        return tuple(level for level in (self.support, self.conditional, self.measure) if level is not None)

    @property
    def level(self) -> Level:
        """The headline level."""
        return next(level for level in self.levels if level.name == self.headline)

    @property
    def status(self) -> Status:
        """How the headline level went."""
        return self.level.status

    @property
    def algebra(self) -> LieAlgebra | None:
        """The headline algebra with its error bars, in the canonical sparse basis."""
        return self.level.algebra

    @property
    def identification(self) -> Identification | None:
        """Name and structure of the headline algebra."""
        return self.level.identification

    @property
    def title(self) -> str:
        """What was found in a few words, with a caveat where the status says that it is not to be relied on."""
        return self.level.title if self.status.reliable else f"{self.level.title} ({self.status.words})"

    @cached_property
    def exact(self) -> LieAlgebra | None:
        """The headline algebra with exact entries, or None where the χ² test or exact closure refused (see ``exact_reason``)."""
        return self._snapped[0]

    @property
    def exact_reason(self) -> str:
        """Why ``exact`` is None; empty when it is not."""
        return self._snapped[1]

    @cached_property
    def _snapped(self) -> tuple[LieAlgebra | None, str]:
        if self.algebra is None or not self.algebra.dimension:
            return None, "there is no generator to snap"
        if not self.status.reliable:
            return None, f"the generators are not to be relied on ({self.status.words})"
        if self.level.discrete:
            return None, "a step is measured with its length"
        try:
            return algebra.snap(self.algebra, alpha=self.level.alpha), ""
        except PhysymError as error:
            return None, str(error)

    @cached_property
    def metric(self) -> InvariantMetric | None:
        """The invariant metric with errors, or None where the algebra preserves no form."""
        if self.algebra is None or not self.algebra.dimension:
            return None
        try:
            return invariant_metric(self.algebra)
        except NoInvariantForm:
            return None

    def __repr__(self) -> str:
        snapped = "exact" if self.exact is not None else "not snapped" if self.status.reliable else self.status.words
        return f"Discovery: {self.level.title} ({self.headline} level, {snapped}) in {1000 * self.seconds:.1f} ms\n  {self.level.sentence}"


def headline_of(found: Mapping[LevelName, Level | None], levels: tuple[LevelName, ...]) -> LevelName:
    """The level that a discovery stands for: the first of those asked for that applies, else the first.

    Arguments:
        found: the levels by name.
        levels: those asked for, in order.

    Returns:
        Its name.

    Example:
        >>> headline_of({"support": Level("support", "E² = p²", None, reason="no data"), "measure": None}, ("support", "measure"))
        'support'
    """
    return next((name for name in levels if (level := found.get(name)) is not None and level.algebra is not None), levels[0])


@runtime_checkable
class AbstractMethod(Protocol):
    """A method of discovery: a frozen configuration with one verb.

    Example:
        >>> class Nothing:
        ...     def run(self, samples, *, levels, seed, device, progress):
        ...         return Discovery(support=Level("support", "none", None, reason="nothing ran"))
        >>> method: AbstractMethod = Nothing()
    """

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Test the levels on the samples; the first level named is the headline."""
        ...
