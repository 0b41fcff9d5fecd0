"""`LinearMixing`: the finite group that a cloud of points has in coordinates that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physym._rng import generator
from physym._typing import Bool, Float
from physym.algebra import MatrixGroup
from physym.data import Samples
from physym.discovery.discrete.base import DiscreteDiscovery, DiscreteLevelName, DiscreteStatus, ElementTest, GroupTest
from physym.discovery.discrete.evidence import halves
from physym.discovery.discrete.mixing.grow import Growth, grown
from physym.discovery.discrete.mixing.moments import HarmonicMoments, harmonic_moments
from physym.discovery.discrete.mixing.profile import Profile, continuous_p_value, element_profiles, group_profile, omnibus_p_value
from physym.discovery.discrete.mixing.propose import defects, proposed
from physym.discovery.discrete.mixing.radial import RadialBasis, SignalWeights
from physym.discovery.discrete.mixing.refine import conjugated, entry_errors
from physym.discovery.discrete.mixing.weights import signal_weights
from physym.discovery.discrete.mixing.whitening import Whitening
from physym.discovery.discrete.outcomes import STATEMENTS, identity_only
from physym.discovery.discrete.targets import targets
from physym.errors import DiscoveryFailed
from physym.progress import Progress

DEGREES = {2: 14, 3: 6, 4: 4, 5: 4, 6: 4}
RADIAL = {2: 6, 3: 4, 4: 3, 5: 3, 6: 3}
FEWEST_ROWS = 200
MOST_CANDIDATES = 60
MOST_GROUPS = 10  # tried on the held-out half, largest first
SINGULAR = 1e-10


@dataclass(frozen=True)
class LinearMixing:
    """Find the finite group of linear maps that leave the distribution of x unchanged, in unknown coordinates.

    Whitening turns an unknown linear mixing into an unknown rotation, so the group lies in O(n). One half of the rows proposes
    elements (a scan of the plane, or the shifted polar iteration on harmonic moments), refines them and lets them grow to a group that
    closes exactly; the other half tests the whole group at once and every element, with the error of the elements, of the centre
    and of the whitening in the covariance. The largest group that is not rejected is kept, whole, or none. A group counts as
    certified only where its bound U is at most ``certified_below`` and all rows together do not reject it at 5 % either.

    The group acts about the mean of the cloud. Bands of harmonics above ``degree`` are not tested, so a symmetry that is broken only
    there is not seen to be broken.

    Arguments:
        degree: highest degree of the harmonics; None: 14 in the plane, 6 in space, 4 in four to six dimensions.
        radial: number of functions of the radius; None: 6, 4 and 3.
        starts: random starts of the proposal in three dimensions and more.
        largest: largest order of a group.
        screen: p-value on the proposing half below which an element or a group is dropped.
        certified_below: the largest bound U that counts as certified.

    Example:
        >>> from physym.algebra import Rep
        >>> rng = np.random.default_rng(0)
        >>> angle = 2 * np.pi * rng.integers(3, size=3000) / 3
        >>> arm = np.array([[1.0, 0.2], [0.3, 0.6]])[rng.integers(2, size=3000)] + 0.1 * rng.normal(size=(3000, 2))
        >>> cos, sin = np.cos(angle), np.sin(angle)
        >>> cloud = np.stack([cos * arm[:, 0] - sin * arm[:, 1], sin * arm[:, 0] + cos * arm[:, 1]], axis=1)
        >>> rows = Samples(cloud @ np.array([[1.0, 0.4], [-0.2, 0.8]]), rep_x=Rep("V", n=2))
        >>> found = LinearMixing().run(rows, level="measure", alpha=0.01, seed=0, progress=lambda *step: None)
        >>> found.name, found.verdict
        ('C3', 'not rejected')
    """

    degree: int | None = None
    radial: int | None = None
    starts: int = 256
    largest: int = 240
    screen: float = 2e-4
    certified_below: float = 0.3

    def __post_init__(self) -> None:
        for name in ("degree", "radial", "starts", "largest"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise DiscoveryFailed(f"{name}={value}; expected at least 1.")

    def run(self, samples: Samples, *, level: DiscreteLevelName, alpha: float, seed: int, progress: Progress) -> DiscreteDiscovery:
        """Propose and grow groups on one half of the clusters, test them on the other half."""
        samples.refuse_images()
        draft = DiscreteDiscovery(
            *identity_only(samples.x.shape[1]), level=level, statement=STATEMENTS[level], rows=len(samples), alpha=alpha
        )
        reason = _declined(samples, level)
        if reason:
            return replace(draft, status=DiscreteStatus.NOT_APPLICABLE, reason=reason)
        search = Search.of(samples, self, seed)
        draft = replace(
            draft, held_out=int((~search.proposing).sum()), clusters=search.clusters, features=f"harmonics of degree ≤ {search.degree}"
        )
        progress("moments", 1, 3)
        if not search.first.size:
            reason = (
                f"no harmonic up to degree {search.degree} stands out of the noise, so every rotation of the whitened cloud is not rejected"
            )
            return replace(draft, status=DiscreteStatus.CONTINUOUS, reason=reason)
        groups = search.groups(seed)
        progress("groups", 2, 3)
        result = search.tested(draft, groups)
        progress("tests", 3, 3)
        return result


def _declined(samples: Samples, level: DiscreteLevelName) -> str:
    """Why the question cannot be asked of these samples; empty where it can."""
    rows, n = samples.x.shape
    if level == "conditional":
        return "LinearMixing tests p(x), or p(x | y); ask for level='measure', or name candidates for the conditional level"
    if n not in DEGREES:
        return f"LinearMixing works in 2 to 6 dimensions, and a row of x has {n}; give fewer coordinates"
    if samples.mask is not None and not samples.mask.all():
        return "some vectors are padded; LinearMixing needs every coordinate in every row"
    if rows < FEWEST_ROWS:
        return f"{rows} rows; LinearMixing needs at least {FEWEST_ROWS}, better thousands"
    spread = samples.x.std(0)
    spectrum = np.linalg.eigvalsh(np.cov(samples.x.T))
    if spectrum[0] > SINGULAR * spectrum[-1]:
        return ""
    alone = np.linalg.eigvalsh(np.cov((samples.x / spread).T)) if (spread > 1e-12 * np.abs(samples.x).max(0)).all() else spectrum
    if alone[0] > SINGULAR * alone[-1]:
        return f"the spreads of the coordinates reach from {spread.min():.2g} to {spread.max():.2g}; give them in units of similar size"
    return f"the rows span only {int((spectrum > SINGULAR * spectrum[-1]).sum())} of {n} dimensions; give coordinates on their span"


@dataclass(frozen=True, eq=False)
class Search:
    """One run on one set of samples: the moments of any of its rows in the frame and weights of the proposing half.

    Arguments:
        method: the settings.
        samples: N rows.
        proposing: which rows propose, shape ``(N,)``.
        clusters: number of independent clusters.
        degree: highest degree of the harmonics.
        frame: whitening by the proposing half.
        radial: functions of the radius.
        weights: weights of the signal on the proposing half.
        first: moments of the proposing half.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.random.default_rng(0).gamma(2, size=(500, 2)), rep_x=Rep("V", n=2))
        >>> search = Search.of(rows, LinearMixing(), seed=0)
        >>> search.moments(~search.proposing).size == search.first.size
        True
    """

    method: LinearMixing
    samples: Samples
    proposing: Bool[np.ndarray, "N"]
    clusters: int
    degree: int
    frame: Whitening
    radial: RadialBasis
    weights: SignalWeights
    first: HarmonicMoments

    @classmethod
    def of(cls, samples: Samples, method: LinearMixing, seed: int) -> Search:
        """Split the rows, and learn frame, radial functions and weights from the half that proposes."""
        n = samples.x.shape[1]
        proposing, clusters = halves(samples, seed)
        frame = Whitening.of(samples.x[proposing])
        radii = np.linalg.norm(frame(samples.x[proposing]), axis=1)
        radial = RadialBasis.of(radii, method.radial or RADIAL[n])
        degree = method.degree or DEGREES[n]
        plain = _moments(samples, proposing, frame, radial, degree)
        weights = signal_weights(plain)
        return cls(method, samples, proposing, clusters, degree, frame, radial, weights, plain.weighted(weights))

    def moments(self, chosen: Bool[np.ndarray, "N"]) -> HarmonicMoments:
        """Moments of some rows; ``chosen`` is a mask of shape ``(N,)``."""
        return _moments(self.samples, chosen, self.frame, self.radial, self.degree).weighted(self.weights)

    def groups(self, seed: int) -> tuple[MatrixGroup, ...]:
        """Groups that the proposing half does not reject, largest first."""
        growth = Growth(largest=self.method.largest, screen=self.method.screen)
        candidates = proposed(self.first, starts=self.method.starts, seed=generator(seed), merge=growth.merge)
        # half the defect of a random element, and what the noise alone may give: worse ones need no test
        worst = float((self.first.mean**2).sum() + 4 * np.trace(self.first.covariance))
        candidates = candidates[defects(self.first, candidates) < worst][:MOST_CANDIDATES]
        profiles = element_profiles(self.first, candidates, alpha=None)
        return grown(self.first, candidates[[p.p_value >= growth.screen for p in profiles]], growth)

    def tested(self, draft: DiscreteDiscovery, groups: tuple[MatrixGroup, ...]) -> DiscreteDiscovery:
        """The largest group that the held-out half does not reject."""
        held_out, alpha = self.moments(~self.proposing), draft.alpha
        notes: list[str] = []
        for group in groups[:MOST_GROUPS]:
            elements, projector, slope = conjugated(held_out, group.elements)
            profile = group_profile(held_out, projector, slope, order=group.order, alpha=alpha)
            if profile.p_value < alpha:
                notes.append(f"a group of order {group.order} was proposed and is rejected (p = {profile.p_value:.2g})")
                continue
            profiles = element_profiles(held_out, elements[1:], alpha=alpha / (group.order - 1), of_group=True)
            smooth = continuous_p_value(self.first, held_out)
            if smooth >= alpha:
                notes.append(f"a rotation by any angle is not rejected (p = {smooth:.2g}): run discover for the continuous symmetry")
            return self._result(replace(draft, notes=tuple(notes)), group, profile, profiles)
        reason = (
            "no group of more than the identity closes on the proposing half" if not groups else "every group that was proposed is rejected"
        )
        return replace(draft, status=DiscreteStatus.TRIVIAL, reason=reason, notes=tuple(notes))

    def _result(self, draft: DiscreteDiscovery, group: MatrixGroup, whole: Profile, profiles: tuple[Profile, ...]) -> DiscreteDiscovery:
        """The group with matrices from all rows, in the coordinates of x."""
        everything = self.moments(np.ones(len(self.samples), dtype=bool))
        white, projector, slope = conjugated(everything, group.elements)
        root = self.frame.root @ everything.whitening.root
        matrices = root @ white @ np.linalg.inv(root)
        matrices[0] = np.eye(len(root))
        errors = entry_errors(everything, white, projector, slope, root)
        joint = GroupTest(
            p_value=whole.p_value,
            defect=whole.defect,
            bound=whole.bound,
            alpha=draft.alpha,
            ceiling=self.method.certified_below,
            p_all=omnibus_p_value(everything, projector, slope),
        )
        result = MatrixGroup(matrices, errors=errors, source="LinearMixing")
        tests = [draft.tests[0]]
        for i in range(1, group.order):
            order, profile = int(result.element_orders[i]), profiles[i - 1]
            tests.append(
                ElementTest(
                    f"{_kind(white[i], order)} ({i})",
                    matrices[i],
                    order=order,
                    p_value=profile.p_value,
                    defect=profile.defect,
                    bound=profile.bound,
                    alpha=draft.alpha / (group.order - 1),
                    ceiling=self.method.certified_below,
                    errors=errors[i],
                )
            )
        found = replace(draft, group=result, tests=tuple(tests), joint=joint, raw=matrices[1:], raw_errors=errors[1:])
        return replace(found, status=DiscreteStatus.CERTIFIED if found.certified else DiscreteStatus.NOT_CERTIFIED)


def _moments(samples: Samples, chosen: Bool[np.ndarray, "N"], frame: Whitening, radial: RadialBasis, degree: int) -> HarmonicMoments:
    columns = targets(samples).columns[chosen]
    cluster = None if samples.cluster is None else np.asarray(samples.cluster)[chosen]
    return harmonic_moments(frame(samples.x[chosen]), columns, radial, degree=degree, cluster=cluster)


def _kind(element: Float[np.ndarray, "n n"], order: int) -> str:
    """What an orthogonal matrix does, in words."""
    n = len(element)
    if n > 2 and np.allclose(element, -np.eye(n), atol=1e-6):
        return "inversion"
    if np.linalg.det(element) > 0:
        return f"rotation of order {order}"
    return "reflection" if abs(np.trace(element) - (n - 2)) < 1e-6 else f"rotation-reflection of order {order}"
