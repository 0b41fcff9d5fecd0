"""`LinearMixing` from end to end: the group, its verdicts, and what it declines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym import Rep
from physym.algebra import MatrixGroup, cyclic, dihedral, direct_product, octahedral, permutations, tetrahedral
from physym.data import Samples
from physym.data.simulate.clouds import random_blobs, symmetric_cloud
from physym.discovery import DiscreteDiscovery, DiscreteStatus, LinearMixing, discover_discrete
from physym.errors import DiscoveryFailed

CASES = [
    (cyclic(3), 5000, 2),
    (cyclic(4), 5000, 2),
    (cyclic(7), 5000, 2),
    (cyclic(12), 5000, 3),
    (dihedral(4), 5000, 2),
    (tetrahedral(reflections=True), 5000, 3),
    (octahedral(reflections=True), 20_000, 1),
    (direct_product(permutations(3), permutations(2)), 5000, 1),
]


def distance(found: DiscreteDiscovery, mixing: np.ndarray, group: MatrixGroup) -> float:
    """Largest distance of an element found to the truth, after un-mixing."""
    elements = np.linalg.inv(mixing) @ found.group.elements @ mixing
    return float(np.linalg.norm(elements[:, None] - group.elements[None], axis=(2, 3)).min(1).max())


def test_groups_are_found_exactly() -> None:
    """A true group is rejected in one of a hundred runs by design (alpha = 0.01), so more than two misses in 16 runs are no chance."""
    missed = []
    for group, rows, seeds in CASES:
        for seed in range(seeds):
            cloud, mixing = symmetric_cloud(group, rows, seed=77_000 + seed)
            found = discover_discrete(cloud, LinearMixing(), seed=seed)
            if found.name != group.name:
                missed.append((group.name, seed, repr(found)))
                continue
            assert found.order == group.order
            assert found.group.closure_defect < 1e-9
            assert distance(found, mixing, group) < 0.35
            assert found.p_value >= 0.01
            assert (found.status is DiscreteStatus.CERTIFIED) == found.certified
            assert found.bound <= 0.3 or not found.certified
    assert len(missed) <= 2, missed


@pytest.mark.parametrize(("n", "clouds"), [(2, 25), (3, 12), (5, 2)])
def test_nothing_is_certified_where_there_is_nothing(n: int, clouds: int) -> None:
    for seed in range(clouds):
        found = discover_discrete(random_blobs(n, 1000 + 1000 * (seed % 5), seed=88_000 + seed), LinearMixing(), seed=seed)
        assert not found.certified, (seed, found)


def test_a_linear_map_of_the_data_only_conjugates_the_result() -> None:
    cloud, _ = symmetric_cloud(dihedral(4), 4000, seed=1)
    matrix = np.array([[1.0, 0.7], [-0.4, 2.0]])
    one = discover_discrete(cloud, LinearMixing())
    other = discover_discrete(replace(cloud, x=cloud.x @ matrix.T + np.array([5.0, -3.0])), LinearMixing())
    assert one.name == other.name == "D4"
    conjugate = matrix @ one.group.elements @ np.linalg.inv(matrix)
    assert np.linalg.norm(other.group.elements[:, None] - conjugate[None], axis=(2, 3)).min(1).max() < 0.02


def test_a_run_is_reproducible() -> None:
    cloud, _ = symmetric_cloud(tetrahedral(reflections=True), 4000, seed=2)
    one, same = (discover_discrete(cloud, LinearMixing(), seed=5) for _ in range(2))
    assert np.array_equal(one.group.elements, same.group.elements)
    assert [t.p_value for t in one.tests] == [t.p_value for t in same.tests]


def test_a_larger_cloud_is_more_certain() -> None:
    bounds, errors = [], []
    for rows in (3000, 30_000):
        cloud, _ = symmetric_cloud(dihedral(4), rows, seed=3)
        found = discover_discrete(cloud, LinearMixing())
        assert found.name == "D4"
        bounds.append(found.bound)
        assert found.group.errors is not None
        errors.append(found.group.errors[1:].mean())
    assert bounds[1] < 0.7 * bounds[0]
    assert errors[1] < 0.5 * errors[0]


def test_what_the_result_says() -> None:
    cloud, _ = symmetric_cloud(tetrahedral(reflections=True), 6000, seed=4)
    found = discover_discrete(cloud, LinearMixing())
    kinds = [test.name.split(" (")[0] for test in found.tests]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {
        "identity": 1,
        "rotation of order 3": 8,
        "rotation of order 2": 3,
        "reflection": 6,
        "rotation-reflection of order 4": 6,
    }
    assert found.joint is not None
    assert found.p_value == found.joint.p_value
    assert all(test.errors is not None and test.errors.shape == (3, 3) for test in found.tests[1:])
    assert found.held_out == 3000
    assert "harmonics of degree ≤ 6" in found.sentence
    assert "for all at once" in found.sentence


def test_the_ceiling_is_a_setting() -> None:
    cloud, _ = symmetric_cloud(dihedral(4), 20_000, seed=5)
    strict, lax = (discover_discrete(cloud, LinearMixing(certified_below=ceiling)) for ceiling in (1e-3, 0.9))
    assert strict.name == lax.name == "D4"
    assert (strict.certified, lax.certified) == (False, True)
    assert (strict.verdict, lax.verdict[:9]) == ("not rejected", "certified")


def test_labels_sharpen_the_test() -> None:
    """x alone is symmetric under D4; its labels are under C4 only: p(gx | y) = p(x | y) fails for the mirrors."""
    cloud, mixing = symmetric_cloud(dihedral(4), 20_000, seed=6)
    original = cloud.x @ np.linalg.inv(mixing).T
    angle = np.arctan2(original[:, 1], original[:, 0])
    label = (np.sin(4 * angle) > 0).astype(int)
    assert discover_discrete(cloud, LinearMixing()).name == "D4"
    assert discover_discrete(replace(cloud, y=label), LinearMixing()).name == "C4"


def test_clusters_are_kept_together() -> None:
    """Every row six times: as independent rows the p-values would be far too small, as clusters they are right."""
    rejected = {"clusters": 0, "rows": 0}
    for seed in range(5):
        cloud, _ = symmetric_cloud(cyclic(3), 1500, seed=700 + seed)
        twice = Samples(np.repeat(cloud.x, 6, axis=0), rep_x=cloud.rep_x, cluster=np.repeat(np.arange(1500), 6))
        found = discover_discrete(twice, LinearMixing(), seed=seed)
        assert found.clusters == 1500
        rejected["clusters"] += found.name != "C3"
        rejected["rows"] += discover_discrete(replace(twice, cluster=None), LinearMixing(), seed=seed).name != "C3"
    assert rejected["clusters"] <= 1
    assert rejected["rows"] > rejected["clusters"]


def test_heavy_tails_do_no_harm() -> None:
    rng = np.random.default_rng(7)
    group = dihedral(4)
    arms = np.array([[1.0, 0.3], [0.2, 2.0], [1.6, 1.0]])[rng.integers(3, size=20_000)] + 0.15 * rng.standard_t(5, size=(20_000, 2))
    x = np.einsum("rij,rj->ri", group.elements[rng.integers(8, size=20_000)], arms)
    found = discover_discrete(Samples(x @ np.array([[1.0, 0.3], [0.1, 0.8]]), rep_x=Rep("V", n=2)), LinearMixing())
    assert found.name == "D4"


def test_an_isotropic_cloud_is_said_to_be_continuous() -> None:
    found = discover_discrete(Samples(np.random.default_rng(0).normal(size=(4000, 3)), rep_x=Rep("V", n=3)), LinearMixing())
    assert found.status is DiscreteStatus.CONTINUOUS
    assert found.order == 1
    assert "stands out of the noise" in found.reason


def test_part_of_a_continuous_group_is_noted() -> None:
    """Rings stacked unevenly along z, in pairs: every rotation about z is a symmetry, so a finite group is only part of it."""
    rng = np.random.default_rng(1)
    which = rng.integers(3, size=8000)
    angle, radius = rng.uniform(0, 2 * np.pi, size=8000), np.array([0.5, 1.5, 1.0])[which]
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.array([0.0, 0.4, 1.5])[which]], axis=1) + 0.05 * rng.normal(
        size=(8000, 3)
    )
    found = discover_discrete(Samples(x, rep_x=Rep("V", n=3)), LinearMixing())
    assert found.name == "C_2v"
    assert any("run discover for the continuous symmetry" in note for note in found.notes)
    cloud, _ = symmetric_cloud(tetrahedral(reflections=True), 8000, seed=1)
    assert not discover_discrete(cloud, LinearMixing()).notes  # a finite group has no such note


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (Samples(np.random.default_rng(0).normal(size=(150, 2)), rep_x=Rep("V", n=2)), "150 rows"),
        (Samples(np.random.default_rng(0).normal(size=(500, 7)), rep_x=Rep("V", n=7)), "2 to 6 dimensions"),
        (Samples(np.random.default_rng(0).normal(size=(500, 1)), rep_x=Rep("V", n=1)), "2 to 6 dimensions"),
        (Samples(np.random.default_rng(0).normal(size=(500, 2)) @ np.ones((2, 3)), rep_x=Rep("V", n=3)), "span only 1 of 3"),
        (
            Samples(np.ones((500, 4)), rep_x=Rep("2V", n=2), mask=np.arange(1000).reshape(500, 2) % 3 > 0),
            "padded",
        ),
    ],
    ids=["rows", "wide", "narrow", "flat", "padded"],
)
def test_what_cannot_be_asked_is_declined_with_the_cure(samples: Samples, reason: str) -> None:
    found = discover_discrete(samples, LinearMixing())
    assert found.status is DiscreteStatus.NOT_APPLICABLE
    assert reason in found.reason
    assert found.order == 1
    assert not found.certified


def test_the_conditional_level_is_declined() -> None:
    rows = Samples(np.random.default_rng(0).normal(size=(500, 2)), rep_x=Rep("V", n=2), y=np.arange(500.0))
    found = discover_discrete(rows, LinearMixing(), level="conditional")
    assert found.status is DiscreteStatus.NOT_APPLICABLE
    assert "level='measure'" in found.reason


@pytest.mark.parametrize("name", ["degree", "radial", "starts", "largest"])
def test_settings_are_checked(name: str) -> None:
    with pytest.raises(DiscoveryFailed, match=f"{name}=0"):
        LinearMixing(**{name: 0})


def test_too_few_clusters() -> None:
    rows = Samples(np.random.default_rng(0).gamma(2.0, size=(500, 2)), rep_x=Rep("V", n=2), cluster=np.arange(500) // 50)
    with pytest.raises(DiscoveryFailed, match="10 independent"):
        discover_discrete(rows, LinearMixing())


def test_progress_is_told() -> None:
    steps: list[str] = []
    cloud, _ = symmetric_cloud(cyclic(5), 2000, seed=1)
    discover_discrete(cloud, LinearMixing(), progress=lambda step, done, total: steps.append(step))
    assert steps == ["moments", "groups", "tests"]
