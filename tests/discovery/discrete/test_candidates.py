"""Named transformations: kept where they hold, rejected where they do not, and silent where the data cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import physym
from physym.algebra import Rep
from physym.data import Samples
from physym.discovery import (
    Candidates,
    DiscreteStatus,
    Transformation,
    discover_discrete,
    exchange_bodies,
    exchange_vectors,
    on_vectors,
    parity,
    sign_flip,
    standard_transformations,
    time_reversal,
)
from physym.errors import DiscoveryFailed, MissingField, ShapeError
from tests.discovery.discrete.samples import blobs, cubic_samples, pendulum


@pytest.mark.parametrize(("even", "order"), [((), 1), ((0,), 2), ((1,), 2), ((0, 1), 4)])
def test_reflections_of_a_cloud(even: tuple[int, ...], order: int) -> None:
    found = discover_discrete(blobs(11, rows=4000, even=even))
    assert found.order == order
    kept = {test.name for test in found.tests}
    assert all(f"sign flip of {'ab'[i]}" in kept for i in even)
    assert len(found.rejected) == {1: 3, 2: 2, 4: 0}[order]


def test_true_symmetries_are_seldom_rejected_and_false_ones_never_certified() -> None:
    lost = sum(discover_discrete(blobs(seed, even=(0, 1)), seed=seed, alpha=0.05).order < 4 for seed in range(24))
    assert lost <= 5  # 1.2 expected at 5 %; more than 5 has a chance of 0.2 %
    assert not any(discover_discrete(blobs(seed), seed=seed).certified for seed in range(10))
    assert not any(discover_discrete(cubic_samples(seed), level="conditional", seed=seed).certified for seed in range(6))


def test_an_uneven_distribution_of_x_is_weighed_away() -> None:
    lost = 0
    for seed in range(12):
        first, second = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
        x = first.normal(size=(1000, 2)) + np.array([0.5, 0.3])
        y = np.abs(x) @ second.normal(size=2) + np.cos(2 * x[:, 0]) * x[:, 1] ** 2 / 2 + 0.5 * second.normal(size=1000)
        rows = Samples(x, rep_x=Rep("V", n=2), y=y, coordinates=("a", "b"))
        found = discover_discrete(rows, level="conditional", seed=seed)
        lost += found.order < 4
        assert discover_discrete(replace(rows, y=None), seed=seed).order < 4  # the density of x is not symmetric
    assert lost <= 1
    assert any("reweighted" in note for note in found.notes)


def test_time_reversal_of_a_pendulum_and_of_a_damped_one() -> None:
    free, damped = pendulum(0), pendulum(0, damping=0.15)
    found = discover_discrete(free, level="conditional")
    assert "time reversal" in {test.name for test in found.tests}
    assert found.order == 4  # time reversal and parity
    lost = discover_discrete(damped, level="conditional")
    assert "time reversal" in {test.name for test in lost.rejected}
    assert "parity" in {test.name for test in lost.tests}


def test_two_bodies_trade_places_and_a_single_one_does_not_reflect() -> None:
    bodies = physym.load("two_body")
    rows = replace(bodies, states=bodies.states[::4]).samples(blocks="full")
    found = discover_discrete(rows, Candidates((exchange_bodies(rows, "1", "2"), parity(rows), time_reversal(rows))), level="conditional")
    assert {test.name for test in found.tests} >= {"identity", "exchange of bodies 1 and 2", "parity"}
    assert found.certified
    # every orbit runs one way round, so the rows hold no state together with its reversal
    assert [test.verdict for test in found.dropped] == ["not tested"]
    assert "overlap" in found.dropped[0].note


def test_jets_are_even_and_their_constituents_are_ordered() -> None:
    rows = physym.load("pythia_toptag").samples(constituents=2)
    found = discover_discrete(replace(rows, y=None))
    assert {"parity", "sign flip of px", "sign flip of py", "sign flip of pz"} <= {test.name for test in found.tests}
    assert [test.name for test in found.rejected] == ["exchange of vectors 1 and 2"]
    assert found.name == "Z2 × Z2 × Z2"


def test_odd_functions_and_matrices_of_the_user() -> None:
    x = np.random.default_rng(0).normal(size=(2000, 2))
    y = x[:, 0] ** 3 + x[:, 1]
    rows = Samples(x, rep_x=Rep("V", n=2), y=y, coordinates=("a", "b"))
    odd = Transformation("odd", -np.eye(2), target=-np.eye(1))
    even = Transformation("even", -np.eye(2), target=np.eye(1))
    found = discover_discrete(rows, Candidates((odd, even)), level="conditional")
    assert [test.name for test in found.tests] == ["identity", "odd"]
    assert [test.name for test in found.rejected] == ["even"]


def test_elements_that_do_not_close_are_listed() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 2))
    rows = Samples(x, rep_x=Rep("V", n=2))
    angle = 2 * np.pi * 0.5 * (np.sqrt(5) - 1)
    turn = on_vectors(rows, "golden turn", np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]))
    found = discover_discrete(rows, Candidates((turn,)))
    assert found.order == 1
    assert "passed 120 elements" in found.dropped[0].note


def test_classes_and_continuous_targets_at_the_measure_level() -> None:
    rows = blobs(3, rows=4000, even=(0,))
    label = (rows.x[:, 0] > 0).astype(int)
    assert discover_discrete(replace(rows, y=label)).order == 1  # the mirror changes the class
    assert discover_discrete(replace(rows, y=(rows.x[:, 1] > 0).astype(int))).order == 2
    assert discover_discrete(replace(rows, y=rows.x[:, 0])).order == 1
    assert discover_discrete(replace(rows, y=np.abs(rows.x[:, 0]))).order == 2


def test_products_are_tested_and_named() -> None:
    found = discover_discrete(blobs(11, rows=4000, even=(0, 1)), Candidates())
    assert found.table.shape == (4, 4)
    assert all(test.p_value >= test.alpha for test in found.tests)
    assert found.status in (DiscreteStatus.CERTIFIED, DiscreteStatus.NOT_CERTIFIED)


def test_standard_transformations_follow_the_names() -> None:
    names = [t.name for t in standard_transformations(physym.load("two_body", split="test").samples(blocks="full"))]
    assert names == ["parity", "exchange of bodies 1 and 2", "time reversal"]


def test_wrong_questions_get_a_sentence() -> None:
    rows = blobs(0)
    with pytest.raises(MissingField, match="present: a, b"):
        sign_flip(rows, ("z",))
    with pytest.raises(MissingField, match="do not pair up"):
        exchange_bodies(rows, "1", "2")
    with pytest.raises(ShapeError, match="below 1"):
        exchange_vectors(rows, 0, 1)
    with pytest.raises(ShapeError, match="next state"):
        time_reversal(rows)
    with pytest.raises(ShapeError, match="one vector"):
        on_vectors(rows, "wrong", np.eye(3))
    with pytest.raises(ShapeError, match="square"):
        Transformation("wrong", np.ones((2, 3)))  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="exchanges x and y"):
        Transformation("wrong", np.eye(2), exchanges=True)
    with pytest.raises(ShapeError, match="acts on 3"):
        discover_discrete(rows, Candidates((Transformation("wrong", np.eye(3)),)))
    with pytest.raises(DiscoveryFailed, match="conditional"):
        discover_discrete(pendulum(0), Candidates((time_reversal(pendulum(0)),)))
    with pytest.raises(DiscoveryFailed, match="no y"):
        discover_discrete(rows, level="conditional")
    with pytest.raises(DiscoveryFailed, match="at least 40"):
        discover_discrete(replace(rows, x=rows.x[:30]))
    with pytest.raises(DiscoveryFailed, match="no level"):
        discover_discrete(rows, level="support")  # type: ignore[arg-type]
    with pytest.raises(DiscoveryFailed, match="probability"):
        discover_discrete(rows, alpha=2.0)
    with pytest.raises(DiscoveryFailed, match="no rows"):
        discover_discrete(replace(rows, x=rows.x[:0]))
    with pytest.raises(DiscoveryFailed, match="constant"):
        discover_discrete(replace(rows, y=np.ones(len(rows))), level="conditional")
    with pytest.raises(DiscoveryFailed, match="degree"):
        Candidates(degree=0)
