"""SymmetryGAN finds single elements of known groups, tests them on rows it never saw, and claims no algebra."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from physym import Candidates, Complex, Discovery, DiscreteDiscovery, Rep, Samples, SymmetryGAN, discover
from physym.algebra import LieAlgebra, se, so
from physym.discovery.adversarial import Coordinates, CosineSimilarity, Dense, Optimisation
from physym.discovery.base import LevelName
from physym.discovery.discrete.evidence import halves
from physym.discovery.references import explanation_of
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed, InvalidData

FAST = Optimisation(steps=500, batch=128)
QUICK = SymmetryGAN(seeds=3, optimisation=FAST, critic=Dense((32, 32)), features=Coordinates())
BRIEF = replace(QUICK, seeds=2, optimisation=Optimisation(steps=12, batch=32))


def gaussian(rows: int = 2000, *, seed: int = 0, stretched: float = 1.0) -> Samples:
    """Standard normal in the plane, stretched along the first axis: O(2), or only the sign flips, preserve it."""
    x = np.random.default_rng(seed).normal(size=(rows, 2)) * [stretched, 1.0]
    return Samples(x, rep_x=Rep("V", n=2), coordinates=("x", "y"))


def square(rows: int = 2000, *, seed: int = 0) -> Samples:
    """Four narrow blobs at the corners of a square: only quarter turns, among turns, preserve them."""
    rng = np.random.default_rng(seed)
    corner = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])[rng.integers(4, size=rows)]
    return Samples(corner + 0.15 * rng.normal(size=(rows, 2)), rep_x=Rep("V", n=2), coordinates=("x", "y"))


def triangle(rows: int = 2000) -> Samples:
    """Three blobs of different weights: no turn preserves them."""
    rng = np.random.default_rng(0)
    angle = np.array([0.0, 1.7, 3.6])[rng.choice(3, size=rows, p=[0.6, 0.3, 0.1])]
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) * 2 + 0.1 * rng.normal(size=(rows, 2)) + [0.4, 0.0]
    return Samples(x, rep_x=Rep("V", n=2))


def found_in(samples: Samples, method: SymmetryGAN = QUICK, *, level: LevelName = "measure", seed: int = 0) -> Discovery:
    """One level."""
    return discover(samples, method, level=level, seed=seed, device="cpu")


@cache
def of_the_gaussian() -> Discovery:
    """The run that several tests read."""
    return found_in(gaussian())


def elements(found: Discovery) -> np.ndarray:
    """g of each seed."""
    assert found.runs is not None
    return found.runs.generators[:, 0]


def verdict_of(found: Discovery) -> DiscreteDiscovery:
    """The test of the elements."""
    assert isinstance(found.discrete, DiscreteDiscovery)
    return found.discrete


# --- mathematics ---


def test_elements_of_the_orthogonal_group_are_found() -> None:
    for g in elements(of_the_gaussian()):
        assert np.abs(g.T @ g - np.eye(2)).max() < 0.25
        assert np.linalg.det(g) > 0


def test_an_anisotropic_gaussian_keeps_its_covariance() -> None:
    covariance = np.diag([4.0, 1.0])
    for g in elements(found_in(gaussian(stretched=2.0))):
        assert np.abs(g @ covariance @ g.T - covariance).max() < 1.0
        assert np.abs(g @ np.diag([1.0, 4.0]) @ g.T - covariance).max() > 1.0  # the test of the test


def test_different_seeds_find_different_elements_of_a_continuous_group() -> None:
    g = elements(of_the_gaussian())
    assert min(np.linalg.norm(g[a] - g[b]) for a in range(3) for b in range(a)) > 0.1


def test_quarter_turns_are_found_where_only_these_are_symmetries() -> None:
    found = found_in(square(), replace(QUICK, seeds=6))
    assert found.runs is not None
    for g in elements(found)[found.runs.kept]:
        angle = np.degrees(np.arctan2(g[1, 0] - g[0, 1], g[0, 0] + g[1, 1]))
        assert abs(angle - 90 * round(angle / 90)) < 3
    assert found.runs.kept.sum() >= 4  # the others ended at the identity


def test_y_moves_along() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 2))
    y = x @ np.array([[0.0, -1.0], [1.0, 0.0]]).T + 0.05 * rng.normal(size=(2000, 2))
    rows = Samples(x, rep_x=Rep("V", n=2), y=y, rep_y=Rep("V", n=2))
    for g in elements(found_in(rows, level="conditional")):
        assert np.abs(g.T @ g - np.eye(2)).max() < 0.3


def test_blocks_are_kept() -> None:
    x = np.random.default_rng(0).normal(size=(400, 4))
    found = found_in(Samples(x, rep_x=Rep("V", n=4), blocks=((0, 1), (2, 3))), BRIEF)
    assert not elements(found)[:, :2, 2:].any()
    assert not elements(found)[:, 2:, :2].any()


def test_complex_vectors_are_moved_by_complex_matrices() -> None:
    x = np.random.default_rng(0).normal(size=(400, 4))
    found = found_in(Samples(x, rep_x=Rep("C", n=2)), BRIEF)
    same = found_in(Samples(x, rep_x=Rep("V", n=4)), replace(BRIEF, basis=Complex()))
    assert np.allclose(elements(found), elements(same))


def test_directions_that_do_not_occur_are_left_alone() -> None:
    x = np.random.default_rng(0).normal(size=(400, 2))
    flat = np.concatenate([x, 0 * x[:, :1]], axis=1)
    for g in elements(found_in(Samples(flat, rep_x=Rep("V", n=3)), BRIEF)):
        assert np.allclose(g[:, 2], [0, 0, 1])


def test_a_penalty_keeps_g_from_the_identity_and_chooses_the_quarter_turn() -> None:
    long = replace(QUICK, penalties=(CosineSimilarity(0.3),), optimisation=Optimisation(steps=900, batch=128))
    found = found_in(gaussian(), long)
    for g in elements(found):
        assert abs(np.trace(g)) < 0.5


# --- what is reported ---


def test_no_level_claims_an_algebra() -> None:
    found = discover(gaussian(400), BRIEF, device="cpu")
    assert [level.name for level in found.levels] == ["support", "conditional", "measure"]
    assert all(level.algebra is None for level in found.levels)
    assert found.algebra is None
    assert found.exact is None
    assert "SymmetryGAN finds single elements and no algebra: g turns (x, y) by" in found.level.reason
    assert "Discovery.discrete" in found.level.reason


def test_words_hold_the_angle_with_its_scatter() -> None:
    words = of_the_gaussian().provenance["elements"]
    assert "(mean ± scatter of 3 runs, up to inverses), the runs by" in words
    assert words.count("°") == 5
    assert words in verdict_of(of_the_gaussian()).notes


def test_runs_hold_the_elements_themselves() -> None:
    runs = of_the_gaussian().runs
    assert runs is not None
    assert runs.seeds == (0, 1, 2)
    assert runs.generators.shape == (3, 1, 2, 2)
    assert runs.paths.shape[1:] == (3, 1, 2, 2)
    assert runs.statistic.shape == (3,)
    assert runs.losses.shape[1:] == (2, 3)
    assert runs.law == "one element g for all rows"
    assert np.allclose(np.linalg.det(runs.generators[:, 0]), 1, atol=0.3)  # not of unit norm


def test_each_distinct_element_is_tested() -> None:
    found = of_the_gaussian()
    assert found.runs is not None
    each = [*verdict_of(found).tests[1:], *verdict_of(found).rejected, *verdict_of(found).dropped]
    named = {seed for test in each for seed in found.runs.seeds if f"{seed}" in test.name.partition("seed")[2]}
    assert named == set(found.runs.seeds)


def test_a_symmetry_of_finite_order_survives_its_test() -> None:
    found = found_in(square(4000), replace(QUICK, seeds=6))
    assert verdict_of(found).name == "C4"
    assert verdict_of(found).p_value > 0.01
    assert found.status in (Status.FOUND, Status.NOT_CERTIFIED)


def test_elements_of_a_continuous_group_close_in_no_finite_one() -> None:
    found = of_the_gaussian()
    assert len(verdict_of(found).closing_none) >= 2
    assert "close in no finite group, as those of a continuous one would" in found.level.reason


def test_elements_are_tested_on_rows_that_the_players_never_saw() -> None:
    rows = gaussian(400)
    problem = BRIEF._problem(rows, 0, "cpu")
    seen = set(problem.rows.kept.tolist()) | set(problem.rows.held.tolist())
    proposing = halves(rows, 0)[0]
    assert seen == set(np.flatnonzero(proposing).tolist())
    assert not seen & set(np.flatnonzero(~proposing).tolist())


def test_a_method_of_ones_own_for_the_test() -> None:
    found = found_in(gaussian(400), replace(BRIEF, candidates=Candidates(degree=1, waves=3)))
    assert "degree ≤ 1 and 3 random waves" in verdict_of(found).features


def test_the_conditional_level_is_tested_where_there_is_a_y() -> None:
    x = np.random.default_rng(0).normal(size=(600, 2))
    rows = Samples(x, rep_x=Rep("V", n=2), y=(x**2).sum(1))
    asked: list[tuple[Samples, LevelName]] = [(rows, "conditional"), (rows, "measure"), (gaussian(400), "conditional")]
    found = [verdict_of(found_in(samples, BRIEF, level=level)) for samples, level in asked]
    assert [one.level for one in found] == ["conditional", "measure", "measure"]


def test_the_paper_is_cited() -> None:
    assert [reference.key for reference in explanation_of(SymmetryGAN()).references] == ["symmetrygan"]


# --- data without a symmetry ---


def test_without_a_symmetry_nothing_is_reported_as_one() -> None:
    found = found_in(triangle(), replace(QUICK, seeds=2))
    assert found.status in (Status.COLLAPSED, Status.NOT_CONFIRMED)
    assert not found.status.reliable
    assert found.discrete is None or (verdict_of(found).order == 1 and not verdict_of(found).closing_none)


def test_runs_that_end_at_the_identity_are_called_collapsed(monkeypatch: pytest.MonkeyPatch) -> None:
    import physym.discovery.adversarial.symmetrygan as module

    monkeypatch.setattr(module, "moving", lambda g: np.zeros(len(g), dtype=bool))
    found = found_in(gaussian(400), BRIEF)
    assert found.status is Status.COLLAPSED
    assert found.discrete is None
    assert "every run ended at the identity" in found.level.reason
    assert found.runs is not None
    assert not found.runs.kept.any()


def test_a_test_that_cannot_be_made_is_told() -> None:
    x = np.random.default_rng(0).normal(size=(400, 2))
    rows = Samples(x, rep_x=Rep("V", n=2), y=np.full(400, 2.5))
    found = found_in(rows, BRIEF, level="conditional")
    assert found.discrete is None
    assert "not tested: y is constant" in found.level.reason
    assert found.status is Status.NOT_CERTIFIED


# --- reproducibility ---


def test_a_seed_reproduces_the_run() -> None:
    first, again, other = (found_in(gaussian(400), BRIEF, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(elements(first), elements(again))
    assert not np.array_equal(elements(first), elements(other))
    assert first.runs is not None
    assert first.runs.seeds == (2, 3)


def test_a_seed_does_not_depend_on_those_beside_it() -> None:
    two, one = (elements(found_in(gaussian(400), replace(BRIEF, seeds=seeds))) for seeds in (2, 1))
    assert np.allclose(two[0], one[0], atol=1e-5)


# --- bad input ---


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidData, match="seeds=0; expected at least 1"):
        SymmetryGAN(seeds=0)


def test_pictures_are_refused() -> None:
    rows = Samples(np.random.default_rng(0).normal(size=(100, 16)), rep_x=Rep("16S", n=2), grid=(4, 4))
    with pytest.raises(InvalidData, match="these rows are pictures: use LieGAN"):
        found_in(rows)


@pytest.mark.parametrize("rep", [Rep("V + S", n=3), Rep("V*V", n=2)])
def test_other_representations_are_refused(rep: Rep) -> None:
    rows = Samples(np.random.default_rng(0).normal(size=(100, 4)), rep_x=rep)
    with pytest.raises(InvalidData, match="linear maps of copies of the vector V"):
        found_in(rows)


def test_affine_maps_are_refused() -> None:
    with pytest.raises(InvalidData, match="linear maps of copies"):
        found_in(gaussian(100), replace(BRIEF, basis=se(2)))


def test_a_basis_without_a_group_is_refused() -> None:
    with pytest.raises(InvalidData, match="holds no group"):
        found_in(gaussian(100), replace(BRIEF, basis=LieAlgebra(so(2).basis)))


def test_too_few_rows_are_refused() -> None:
    rows = Samples(np.random.default_rng(0).normal(size=(60, 2)), rep_x=Rep("V", n=2), cluster=np.arange(60) % 20)
    with pytest.raises(DiscoveryFailed, match="20 independent rows or clusters; a discrete search needs at least 40"):
        found_in(rows)


def test_a_loss_that_is_no_number_stops_the_run() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2)) * 1e60  # beyond float32
    with pytest.raises(DiscoveryFailed, match=r"SymmetryGAN: the loss .* at step [\d,]+.*Lower rate and critic_rate"):
        found_in(Samples(x, rep_x=Rep("V", n=2)), replace(BRIEF, features=Coordinates(scaled=False)))
