"""`Candidates`: transformations named beforehand, each tested on its own, and the largest group that the survivors form."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from physym._typing import Bool, Float
from physym.algebra import MatrixGroup, generated_group
from physym.data import Samples
from physym.discovery.discrete.base import DiscreteDiscovery, DiscreteLevelName, DiscreteStatus, ElementTest
from physym.discovery.discrete.comparing import Comparison, Rows, compare, element_order
from physym.discovery.discrete.evidence import halves
from physym.discovery.discrete.outcomes import STATEMENTS, identity_only
from physym.discovery.discrete.targets import targets
from physym.discovery.discrete.transformations import Transformation, standard_transformations
from physym.errors import DiscoveryFailed, NotAGroup, ShapeError
from physym.progress import Progress

LARGEST_GROUP = 120
FEWEST_SHARED = 10.0  # clusters of the testing half, times the overlap: below this nothing was compared
NOT_CLOSING = "forms no group with the others: a product is rejected"


@dataclass(frozen=True)
class Candidates:
    """Test transformations that can be named: parity, sign flips, exchanges of vectors or bodies, time reversal, or any matrix.

    Each candidate is tested on the held-out half of the clusters; so is every product of those that are not rejected. The result
    is the largest group none of whose elements is rejected; other survivors are listed with the reason why they are not in it.

    Arguments:
        elements: what to test; empty: ``standard_transformations`` of the samples.
        degree: highest degree of the polynomial test functions (lowered where there are too many of them for the rows).
        waves: number of random waves beside the polynomials.
        certified_below: the largest bound U that counts as certified.
        negligible: at the conditional level, a defect below this fraction of that of random elements counts as none: the regression of
            a noise-free y always leaves a little over.

    Example:
        >>> from physym.algebra import Rep
        >>> from physym.discovery import discover_discrete
        >>> x = np.random.default_rng(0).normal(size=(2000, 2))
        >>> y = np.cos(x[:, 0]) + 0.1 * x[:, 1]
        >>> rows = Samples(x, rep_x=Rep("V", n=2), y=y, coordinates=("a", "b"))
        >>> found = discover_discrete(rows, Candidates(), level="conditional")
        >>> [t.name for t in found.tests], [t.name for t in found.rejected]
        (['identity', 'sign flip of a'], ['parity', 'sign flip of b'])
    """

    elements: tuple[Transformation, ...] = ()
    degree: int = 3
    waves: int = 24
    certified_below: float = 0.3
    negligible: float = 1e-3

    def __post_init__(self) -> None:
        if self.degree < 1 or self.waves < 0:
            raise DiscoveryFailed(f"degree={self.degree}, waves={self.waves}; expected a degree of at least 1 and no negative number.")

    def run(self, samples: Samples, *, level: DiscreteLevelName, alpha: float, seed: int, progress: Progress) -> DiscreteDiscovery:
        """Learn test functions on one half of the clusters, test every candidate and every product on the other half."""
        elements = self._checked(samples, level)
        proposing, clusters = halves(samples, seed)
        first, second, dropped = _split(samples, elements, proposing)
        comparison = compare(first, conditional=level == "conditional", degree=self.degree, waves=self.waves, seed=seed)
        judge = _Judge(comparison, second, alpha, self, seed)
        screened = []
        for number, element in enumerate(elements, start=1):
            screened.append(judge.test(element, len(elements)))
            progress("candidates", number, len(elements))
        draft = DiscreteDiscovery(
            *identity_only(samples.x.shape[1]),
            level=level,
            statement=STATEMENTS[level],
            features=comparison.functions.description,
            rows=len(samples) - dropped,
            held_out=len(second.x),
            clusters=clusters,
            alpha=alpha,
            notes=(f"{dropped} rows with padded vectors were left out",) if dropped else (),
        )
        return _concluded(draft, judge, elements, screened)

    def _checked(self, samples: Samples, level: DiscreteLevelName) -> tuple[Transformation, ...]:
        elements = self.elements or standard_transformations(samples)
        if samples.y is None:
            elements = tuple(e if e.exchanges else replace(e, target=None) for e in elements)
        if level == "measure":
            if not self.elements:
                elements = tuple(e for e in elements if not e.exchanges)
            elsewhere = [e.name for e in elements if e.exchanges]
            if elsewhere:
                raise DiscoveryFailed(f"{elsewhere[0]} exchanges x and y, so it is no statement on p(x); ask for level='conditional'.")
        if not elements:
            raise DiscoveryFailed("no standard transformation fits these samples; name some: Candidates(elements=(Transformation(…),)).")
        for element in elements:
            if len(element.matrix) != samples.x.shape[1]:
                raise ShapeError(f"{element.name} acts on {len(element.matrix)} coordinates; a row of x has {samples.x.shape[1]}.")
        return elements


@dataclass(frozen=True, eq=False)
class _Judge:
    """Tests transformations on the held-out rows."""

    comparison: Comparison
    rows: Rows
    alpha: float
    method: Candidates
    seed: int
    scales: dict[str, float] = field(default_factory=dict)

    def scale(self, element: Transformation) -> float:
        """The defect of random elements of the same kind, computed once for each kind."""
        kind = "exchange" if element.exchanges else "invariant y" if element.target is None else "moving y"
        if kind not in self.scales:
            self.scales[kind] = self.comparison.scale(element, self.rows, alpha=self.alpha / 2, seed=self.seed)
        return self.scales[kind]

    @property
    def negligible(self) -> float:
        """Fraction of the scale that counts as no defect: none at the measure level, where nothing is regressed."""
        return self.method.negligible if self.comparison.conditional else 0.0

    def test(self, element: Transformation, tests: int) -> ElementTest:
        order = element_order(element)
        evidence, overlap = self.comparison.evidence(element, self.rows)
        scale = self.scale(element)
        note = "" if overlap == 1 else f"reweighted, for x is distributed otherwise than its image (overlap {100 * overlap:.0f} %)"
        if self.rows.kept_by(element):
            note = "moves none of the rows, so the data cannot speak against it: its coordinates are zero or equal in all of them"
        blind = overlap * evidence.clusters < FEWEST_SHARED
        if blind:
            note = f"not tested: the rows hold hardly any x together with its image (overlap {100 * overlap:.1f} %)"
        return ElementTest(
            element.name,
            element.matrix,
            order=order,
            p_value=float("nan") if blind else evidence.banded_p_value(self.comparison.bands, length=self.negligible * scale),
            defect=float(np.sqrt(max(evidence.excess(), 0.0))) / scale if scale and not blind else float("nan"),
            bound=evidence.upper(self.alpha / 2) / scale if scale and not blind else float("nan"),
            alpha=self.alpha / tests,
            ceiling=self.method.certified_below,
            target=element.target,
            exchanges=element.exchanges,
            note=note,
        )


def _split(samples: Samples, elements: tuple[Transformation, ...], proposing: Bool[np.ndarray, "N"]) -> tuple[Rows, Rows, int]:
    """The proposing and the testing rows, and how many were left out because a vector is padding."""
    goal = targets(samples).columns
    shaped = [e.target for e in elements if e.target is not None]
    if shaped and samples.y is not None:
        goal = np.asarray(samples.y, dtype=np.float64).reshape(len(samples), -1)
        if any(target.shape[0] != goal.shape[1] for target in shaped):
            raise ShapeError(f"a target matrix has shape {shaped[0].shape}; y has {goal.shape[1]} columns.")
    whole = np.ones(len(samples), dtype=bool) if samples.mask is None else samples.mask.all(1)
    parts = []
    for mask in (proposing & whole, ~proposing & whole):
        parts.append(Rows(samples.x[mask], goal[mask], None if samples.cluster is None else samples.cluster[mask]))
    if min(len(part.x) for part in parts) < 20:
        raise DiscoveryFailed(f"{samples.source} holds fewer than 20 rows without padding in one of the halves; ask for fewer vectors.")
    return parts[0], parts[1], int((~whole).sum())


def _concluded(
    draft: DiscreteDiscovery, judge: _Judge, elements: tuple[Transformation, ...], screened: list[ElementTest]
) -> DiscreteDiscovery:
    """The largest group of elements that are not rejected, with the others listed."""
    alive = [i for i, test in enumerate(screened) if test.p_value >= test.alpha]
    rejected = tuple(test for test in screened if test.rejected)
    dropped = [test for test in screened if np.isnan(test.p_value)]
    if not alive:
        return replace(draft, status=DiscreteStatus.TRIVIAL, rejected=rejected, dropped=tuple(dropped))
    try:
        whole = generated_group(np.stack([elements[i].pair for i in alive]), limit=LARGEST_GROUP)
    except NotAGroup as error:
        lost = tuple(replace(screened[i], note=str(error)) for i in alive)
        return replace(draft, status=DiscreteStatus.NOT_CERTIFIED, rejected=rejected, dropped=(*dropped, *lost))
    tests = [draft.tests[0], *_element_tests(judge, whole, elements, screened)]
    chosen = _largest_subgroup(whole, [not test.rejected and not np.isnan(test.p_value) for test in tests])
    lost_tests = [test for index, test in enumerate(tests) if index not in chosen]
    members = tuple(tests[index] for index in chosen)
    group = MatrixGroup(_distinct(members, whole, chosen), source="Candidates")
    certified = len(members) > 1 and all(test.certified for test in members[1:])
    return replace(
        draft,
        group=group,
        tests=members,
        rejected=(*rejected, *(test for test in lost_tests if test.rejected and test not in rejected)),
        dropped=(*dropped, *(replace(test, note=NOT_CLOSING) for test in lost_tests if not test.rejected)),
        status=DiscreteStatus.TRIVIAL if len(members) == 1 else DiscreteStatus.CERTIFIED if certified else DiscreteStatus.NOT_CERTIFIED,
        notes=(*draft.notes, *dict.fromkeys(f"{test.name}: {test.note}" for test in members if test.note)),
    )


def _element_tests(
    judge: _Judge, whole: MatrixGroup, elements: tuple[Transformation, ...], screened: list[ElementTest]
) -> list[ElementTest]:
    """A test of every element of the closure but the identity; a candidate that was rejected stays so where it returns as a product."""
    known = {i: _position(whole, elements[i].pair) for i, test in enumerate(screened) if test.p_value >= test.alpha}
    refused = {i: _position(whole, elements[i].pair) for i, test in enumerate(screened) if test.rejected}
    refused = {i: index for i, index in refused.items() if np.allclose(whole.elements[index], elements[i].pair, rtol=1e-6, atol=1e-6)}
    tests = []
    for index in range(1, whole.order):
        out = next((i for i in refused if refused[i] == index), None)
        if out is not None:
            tests.append(screened[out])
            continue
        given = next((i for i in known if known[i] == index), None)
        one = screened[given] if given is not None else judge.test(_product(index, whole, elements, known), whole.order - 1)
        tests.append(replace(one, alpha=judge.alpha / max(whole.order - 1, len(elements))))
    return tests


def _position(group: MatrixGroup, matrix: Float[np.ndarray, "p p"]) -> int:
    return int(np.argmin(((group.elements - matrix) ** 2).sum((1, 2))))


def _product(index: int, group: MatrixGroup, elements: tuple[Transformation, ...], known: dict[int, int]) -> Transformation:
    """An element of the closure as a transformation, named after two factors where they are among the candidates."""
    pair, like = group.elements[index], elements[next(iter(known))]
    names = {position: elements[i].name for i, position in known.items()}
    name = next((f"{names[a]} · {names[b]}" for a in names for b in names if group.table[a, b] == index), f"product {index}")
    if like.target is None:
        return Transformation(name, pair)
    d = len(like.matrix)
    exchanges = bool(np.abs(pair[:d, :d]).max() < 1e-9)
    matrix, target = (pair[:d, d:], pair[d:, :d]) if exchanges else (pair[:d, :d], pair[d:, d:])
    return Transformation(name, matrix, target=target, exchanges=exchanges)


def _distinct(members: tuple[ElementTest, ...], whole: MatrixGroup, chosen: list[int]) -> Float[np.ndarray, "g n n"]:
    """The matrices on x where they tell the elements apart, else those on the pair (x, y)."""
    matrices = np.stack([test.matrix for test in members])
    apart = ((matrices[:, None] - matrices[None]) ** 2).sum((2, 3)) + np.eye(len(members))
    return matrices if apart.min() > 1e-9 else whole.elements[chosen]


def _largest_subgroup(group: MatrixGroup, allowed: list[bool]) -> list[int]:
    """Indices of the largest subgroup whose elements are all allowed, the identity first."""
    usable = [i for i in range(1, group.order) if allowed[i]]
    found: set[tuple[int, ...]] = {(0,)}
    frontier = set(found)
    while frontier:
        fresh = set[tuple[int, ...]]()
        for members in frontier:
            for i in usable:
                joined = group.subgroup([*members, i])
                if all(a == 0 or allowed[a] for a in joined):
                    fresh.add(joined)
        frontier = fresh - found
        found |= frontier
    return list(max((len(members), members) for members in found)[1])
