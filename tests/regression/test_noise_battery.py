"""The figures to beat: exactness on few jets, noise of 1, 5 and 10 per cent, scalar functions of the mass, and no symmetry at all."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, Rep, dilation, extend, principal_cosines, so, span_distance
from physym.algebra.monomials import evaluate, exponents
from physym.data import Jets, Samples
from physym.discovery import Discovery, Level, Spectral, Status, discover, discover_lorentz
from tests.discovery.jets import MINKOWSKI, metric_cosine, momenta, samples

LORENTZ, WEYL = so(1, 3), extend(so(1, 3), dilation(4))


def jets(number: int, noise: float, seed: int) -> Discovery:
    """The support level of simulated massless pairs with relative noise on every coordinate."""
    vectors = momenta(number, seed=seed) * (1 + noise * np.random.default_rng(seed + 500).normal(size=(number, 2, 4)))
    return discover(samples(vectors), level="support")


def scalar_function(seed: int, *, noise: float, rows: int = 1000, breaking: float = 0.0) -> Level:
    """y = m² + 0.2 m⁴ (+ breaking · E²) of one random four-vector, with noise relative to the spread of y."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    mass2 = x**2 @ np.diag(MINKOWSKI)
    y = mass2 + 0.2 * mass2**2 + breaking * x[:, 0] ** 2
    y = y + noise * y.std() * rng.normal(size=rows)
    return discover(Samples(x, rep_x=Rep("V", n=4), y=y), Spectral(degree=4), level="conditional").level


def off_lorentz(level: Level) -> float:
    """Mean of 1 − cos² over the principal angles to so(1,3)."""
    assert level.algebra is not None
    return float(np.mean(1 - np.square(principal_cosines(level.algebra, LORENTZ))))


@pytest.mark.parametrize("seed", range(10))
def test_twelve_massless_jets_are_exact(seed: int) -> None:
    found = jets(12, 0.0, seed)
    assert found.algebra is not None
    assert found.algebra.dimension == 7
    assert span_distance(found.algebra, WEYL) < 1e-10
    assert found.exact is not None
    assert found.metric is not None
    assert 1 - metric_cosine(found.metric.matrix) < 1e-13
    assert found.status is Status.FOUND


def test_too_few_jets_to_fix_the_cone_claim_nothing_wrong() -> None:
    """Six jets: 12 vectors for 15 monomials leave more vanishing polynomials than the cone; the level declines or says so."""
    for seed in range(5):
        level = jets(6, 0.0, seed).level
        assert level.algebra is None
        assert level.reason


@pytest.mark.parametrize(("noise", "cosine"), [(0.01, 0.99999), (0.05, 0.9998), (0.10, 0.999)])
def test_relative_noise_on_2000_jets(noise: float, cosine: float) -> None:
    """Dimension 7, name and metric in every run, and the noise itself to a tenth."""
    for seed in range(20):
        found = jets(2000, noise, seed)
        assert found.metric is not None
        assert found.algebra is not None
        assert found.algebra.dimension == 7
        assert metric_cosine(found.metric.matrix) >= cosine
        assert found.level.noise == pytest.approx(noise, rel=0.1)
        assert found.metric.signature == (1, 3)


@pytest.mark.parametrize("noise", [0.01, 0.05])
def test_many_jets_keep_the_dimension(noise: float) -> None:
    """A bias below the noise of 2,000 jets would show at 50,000: the true dimension is then rejected."""
    for seed in range(4):
        found = jets(50_000, noise, seed)
        assert found.level.dimension == 7
        assert found.level.p_value > 1e-3


def test_the_metric_converges_as_one_over_the_root_of_the_jets() -> None:
    def error(number: int) -> float:
        metrics = [m.matrix for seed in range(12) if (m := jets(number, 0.03, seed).metric) is not None]
        return float(np.sqrt(np.mean([np.linalg.norm(m - MINKOWSKI) ** 2 for m in metrics])))

    assert error(500) / error(8000) == pytest.approx(4, rel=0.35)


def test_noise_on_the_energy_alone_is_seen_as_less_noise_per_coordinate() -> None:
    """One noisy coordinate of four: the estimate assumes equal shares and lies between nothing and the truth."""
    vectors = momenta(4000, seed=0)
    vectors[..., 0] *= 1 + 0.04 * np.random.default_rng(500).normal(size=vectors.shape[:2])
    level = discover(samples(vectors), level="support").level
    assert 0.01 < level.noise < 0.04
    assert level.dimension == 7


def test_a_known_noise_gives_the_same_algebra_as_an_estimated_one() -> None:
    vectors = momenta(1000, seed=3) * (1 + 0.05 * np.random.default_rng(503).normal(size=(1000, 2, 4)))
    estimated = discover(samples(vectors), level="support").algebra
    known = discover(samples(vectors), Spectral(noise=0.05), level="support").algebra
    assert estimated is not None
    assert known is not None
    assert span_distance(estimated, known) < 1e-9


def test_a_noise_stated_too_small_finds_no_polynomial() -> None:
    """The checker itself: data with 5 % noise do not satisfy an equation to within 1 %."""
    vectors = momenta(1000, seed=3) * (1 + 0.05 * np.random.default_rng(503).normal(size=(1000, 2, 4)))
    level = discover(samples(vectors), Spectral(noise=0.01), level="support").level
    assert level.status is Status.NO_CONSTRAINT
    assert level.algebra is None


@pytest.mark.parametrize("number", [50, 500, 5000])
def test_the_error_bars_shrink_with_the_jets(number: int) -> None:
    """Errors of the generators are a fixed multiple of noise/√N, so each factor of ten in jets cuts them by √10."""
    algebra = jets(number, 0.02, 1).algebra
    assert algebra is not None
    size = float(np.sqrt((algebra.errors**2).mean())) * np.sqrt(2 * number) / 0.02
    assert size == pytest.approx(2, rel=0.3)


@pytest.mark.parametrize(("noise", "most"), [(0.01, 8e-7), (0.1, 8e-5)])
def test_a_scalar_function_of_the_mass_has_dimension_six_in_ten_of_ten(noise: float, most: float) -> None:
    levels = [scalar_function(seed, noise=noise) for seed in range(10)]
    assert [level.dimension for level in levels] == [6] * 10
    assert np.median([off_lorentz(level) for level in levels]) <= most
    assert all(level.refuted is not None and level.refuted.p_value < 1e-9 for level in levels)


@pytest.mark.parametrize(("noise", "most"), [(0.01, 0.03), (0.1, 0.3)])
def test_a_scalar_function_carries_a_certificate(noise: float, most: float) -> None:
    """The algebra that the data chose pays for the choice; the textbook's own bound is about half as large."""
    levels = [scalar_function(seed, noise=noise) for seed in range(5)]
    assert max(level.certify(so(1, 3)) for level in levels) < most
    assert max(level.defect for level in levels) < 2 * most


def test_a_scalar_function_broken_by_the_energy_keeps_the_rotations() -> None:
    for seed in range(5):
        level = scalar_function(seed, noise=0.01, breaking=0.3)
        assert level.algebra is not None
        assert level.dimension == 3
        rotations = LieAlgebra(LORENTZ.basis[[i for i, m in enumerate(LORENTZ.basis) if np.abs(m + m.T).max() == 0]])
        assert rotations.dimension == 3
        assert span_distance(level.algebra, rotations) < 0.05


def test_pair_masses_at_every_sample_size() -> None:
    """Labels drawn from the pair mass: dimension 6, and the dilation is refuted beyond doubt with 5,000 jets."""
    for number, p_value in ((1000, 0.01), (5000, 1e-20)):
        vectors = momenta(number, seed=number)
        pair = vectors.sum(1)
        mass2 = pair**2 @ np.diag(MINKOWSKI)
        lower, middle, upper = np.quantile(mass2, [0.25, 0.5, 0.75])
        share = 1 / (1 + np.exp(-6 * (mass2 - middle) / (upper - lower)))
        labels = (np.random.default_rng(number + 1).uniform(size=number) < share).astype(np.int64)
        level = discover_lorentz(Jets(vectors, labels=labels), level="conditional").level
        assert level.dimension == 6
        assert level.refuted is not None
        assert level.refuted.p_value < p_value


def quartic(seed: int) -> Level:
    """A random polynomial of degree 4 in four variables with 5 % noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1000, 4))
    psi = evaluate(x, exponents(4, range(1, 5)))
    y = psi @ rng.normal(size=psi.shape[1])
    return discover(
        Samples(x, rep_x=Rep("V", n=4), y=y + 0.05 * y.std() * rng.normal(size=1000)), Spectral(degree=4), level="conditional"
    ).level


def blobs(seed: int, n: int) -> Level:
    """A mixture of four skew Gaussians in random places."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(3000, rng.dirichlet(2 * np.ones(4)))
    parts = [1.5 * rng.normal(size=n) + rng.normal(size=(c, n)) @ (0.6 * rng.normal(size=(n, n))) for c in counts]
    return discover(Samples(rng.permutation(np.concatenate(parts)), rep_x=Rep("V", n=n)), level="measure").level


def test_random_quartics_have_no_symmetry_in_twenty_of_twenty() -> None:
    levels = [quartic(seed) for seed in range(20)]
    assert [level.dimension for level in levels] == [0] * 20
    assert {level.status for level in levels} == {Status.NO_SYMMETRY}


@pytest.mark.parametrize("n", [2, 3, 4])
def test_random_blobs_have_no_symmetry_in_twenty_of_twenty(n: int) -> None:
    levels = [blobs(seed, n) for seed in range(20)]
    assert [level.dimension for level in levels] == [0] * 20
    assert all("no generator" in level.sentence for level in levels)


@pytest.mark.parametrize("n", [2, 3])
def test_round_blobs_do_have_one(n: int) -> None:
    """The checker itself: nothing is missed by always answering zero."""
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=(3000, n))
        assert discover(Samples(x, rep_x=Rep("V", n=n)), level="measure").level.dimension >= n * (n - 1) // 2
