"""Meta-learned sharing finds the commutant of a group, and the permutations read off it are judged on held-out rows."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from math import factorial

import numpy as np
import pytest
import torch

from physym import Rep, Samples
from physym.discovery import Candidates, DiscreteDiscovery, DiscreteStatus, discover_discrete
from physym.discovery.discrete.base import DiscreteMethod
from physym.discovery.discrete.evidence import halves
from physym.discovery.network import MSR, MetaTraining
from physym.discovery.network.meta import Reparametrisation, Tasks, _error, _Learner, _moments, meta_learned
from physym.discovery.network.permuted import all_permutations, changes, cycles
from physym.discovery.network.reparametrised import _mixed, tasks_of
from physym.discovery.network.targets import target_of
from physym.errors import DiscoveryFailed, InvalidData

SHORT = MetaTraining(steps=400)


def circulant(filter_: np.ndarray) -> np.ndarray:
    """The matrix of a circular convolution."""
    return np.stack([np.roll(filter_, i) for i in range(len(filter_))])


def convolved(n: int, *, seed: int, rows: int = 800, tasks: int = 6) -> Samples:
    """Random circular convolutions of n coordinates with noise, one copy of the vector for each."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, n))
    y = [x @ circulant(rng.normal(size=n) / np.sqrt(n)).T + 0.1 * rng.normal(size=(rows, n)) for _ in range(tasks)]
    return Samples(x, rep_x=Rep("V", n=n), y=np.concatenate(y, axis=1), rep_y=Rep(f"{tasks}V", n=n))


def partly_symmetric(rows: int, *, seed: int, breaking: float = 0.0) -> Samples:
    """A function of five variables that is symmetric in the first three, with noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 5))
    first = x[:, :3]
    y = first.prod(1) + (first**2).sum(1) / 2 + x[:, 3] * first.sum(1) + np.sin(x[:, 4]) + x[:, 3] / 2
    y = y + breaking * (x[:, 0] * x[:, 4] - x[:, 1] + x[:, 2] * x[:, 3]) + 0.05 * rng.normal(size=rows)
    return Samples(x, rep_x=Rep("5V", n=1), y=y)


def found_in(rows: Samples, method: DiscreteMethod | None = None, *, seed: int = 0) -> DiscreteDiscovery:
    """The conditional level."""
    return discover_discrete(rows, method or MSR(training=SHORT), level="conditional", seed=seed)


def whole(samples: Samples, *, count: int, seed: int = 0) -> Tasks:
    """Tasks made of every row."""
    return tasks_of(samples, target_of(samples), np.ones(len(samples), dtype=bool), count=count, seed=seed)


# --- U and v ---


def commutant(group: np.ndarray) -> np.ndarray:
    """Orthonormal rows that span ``{W: P W Pᵀ = W}``, by the null space of the whole linear system."""
    n = group.shape[1]
    system = np.concatenate([np.kron(p, p) - np.eye(n * n) for p in group])
    _, values, right = np.linalg.svd(system)
    return right[values < 1e-9]


def largest_angle(a: np.ndarray, b: np.ndarray) -> float:
    """Between the spans of orthonormal rows."""
    return float(np.arccos(np.clip(np.linalg.svd(a @ b.T, compute_uv=False)[-1], 0, 1)))


@pytest.mark.parametrize("n", [4, 5, 6])
def test_the_weights_in_use_are_the_commutant_of_the_group(n: int) -> None:
    learned = meta_learned(whole(convolved(n, seed=n, tasks=2 * n), count=2 * n), SHORT, seed=0)
    shift = np.eye(n)[(np.arange(n) + 1) % n]
    truth = commutant(np.stack([np.linalg.matrix_power(shift, k) for k in range(1, n)]))
    assert len(truth) == n
    assert largest_angle(learned.used(n), truth) < 0.15
    other = commutant(np.eye(n)[[[1, 0, *range(2, n)]]])
    assert largest_angle(learned.used(n), other[:n]) > 0.5


def test_the_range_of_the_sharing_holds_the_weights() -> None:
    learned = meta_learned(whole(convolved(4, seed=1), count=6), SHORT, seed=0)
    projector = np.linalg.qr(learned.sharing)[0]
    flat = learned.weights.reshape(len(learned.weights), -1)
    assert np.allclose(flat @ projector @ projector.T, flat)


def test_the_symmetric_function_has_symmetric_weights() -> None:
    learned = meta_learned(whole(partly_symmetric(2000, seed=2), count=24), SHORT, seed=0)
    orders = all_permutations(5)
    change = changes(learned.weights, orders)
    allowed = (orders[:, 3:] == [3, 4]).all(1)
    assert allowed.sum() == 5
    assert change[allowed].max() < 0.2 < change[~allowed].min()


def test_inner_steps_are_gradient_steps() -> None:
    rng = np.random.default_rng(3)
    x, y = torch.from_numpy(rng.normal(size=(30, 4))), torch.from_numpy(rng.normal(size=(2, 30, 3)))
    learner = _Learner(12, 5, torch.Generator().manual_seed(0))
    gram, cross = _moments(x, y)
    v = torch.zeros(2, 5, dtype=torch.float64)
    for _ in range(3):
        v = v.detach().requires_grad_()
        weights = (v @ learner.sharing.T).reshape(2, 3, 4)
        loss = ((torch.einsum("tof,nf->tno", weights, x) - y) ** 2).sum() / 30 / 2
        v = v - learner.log_step.exp() * torch.autograd.grad(loss, v)[0]
    slow = (v @ learner.sharing.T).reshape(2, 3, 4)
    assert torch.allclose(learner.adapted(gram, cross, 3), slow)


def test_the_error_is_the_mean_square() -> None:
    rng = np.random.default_rng(4)
    x, y, weights = (torch.from_numpy(rng.normal(size=shape)) for shape in ((20, 4), (3, 20, 2), (3, 2, 4)))
    slow = ((torch.einsum("tof,nf->tno", weights, x) - y) ** 2).sum(2).mean(1)
    assert torch.allclose(_error(weights, *_moments(x, y), y), slow)


def test_invariant_tasks_are_quadratic_forms() -> None:
    x = np.random.default_rng(5).normal(size=(7, 3))
    tasks = Tasks(x, np.zeros((1, 7, 1)), moving=False)
    flat = tasks.basis.reshape(10, 16)
    assert np.allclose(flat @ flat.T, np.eye(10))
    coefficients = np.random.default_rng(6).normal(size=10)
    lifted = np.concatenate([np.ones((7, 1)), x], axis=1)
    form = np.tensordot(coefficients, tasks.basis, 1)
    assert np.allclose(tasks.features() @ coefficients, np.einsum("ni,ij,nj->n", lifted, form, lifted))


def test_moving_tasks_are_matrices() -> None:
    x = np.random.default_rng(7).normal(size=(7, 3))
    tasks = Tasks(x, np.zeros((1, 7, 3)), moving=True)
    assert tasks.basis.shape == (9, 3, 3)
    assert np.array_equal(tasks.features(), x)


def test_meta_learning_follows_the_seed_and_leaves_the_global_one_alone() -> None:
    tasks, short = whole(convolved(3, seed=8), count=6), MetaTraining(steps=20)
    torch.manual_seed(7)
    expected = torch.randn(3)
    torch.manual_seed(7)
    one, two, other = (meta_learned(tasks, short, seed=seed).weights for seed in (0, 0, 1))
    assert torch.equal(torch.randn(3), expected)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_it_learns_more_than_nothing() -> None:
    tasks = whole(convolved(5, seed=9), count=6)
    short, long = (meta_learned(tasks, MetaTraining(steps=steps), seed=0).error for steps in (1, 400))
    assert long < 0.1 < short


def test_the_tasks_in_use_come_first() -> None:
    weights = np.stack([np.eye(2), 2 * np.eye(2), 0.1 * np.ones((2, 2))])
    assert np.allclose(np.abs(Reparametrisation(np.eye(4), weights, 0.0).used(1)), np.eye(2).reshape(1, 4) / np.sqrt(2), atol=0.05)


# --- permutations ---


def test_changes_are_those_of_the_matrices() -> None:
    weights = np.random.default_rng(10).normal(size=(3, 5, 5))
    orders = all_permutations(4)
    slow = []
    for order in orders:
        p = np.eye(5)
        p[1:, 1:] = np.eye(4)[order]
        slow.append(np.sqrt(sum(((p @ w @ p.T - w) ** 2).sum() for w in weights) / (2 * (weights**2).sum())))
    assert np.allclose(changes(weights, orders), slow)


def test_a_circulant_is_unchanged_by_shifts_alone() -> None:
    weights, orders = circulant(np.array([1.0, 2.0, -1.0, 0.5, 3.0]))[None], all_permutations(5)
    unchanged = orders[changes(weights, orders) < 1e-9]
    assert sorted(order[0] for order in unchanged) == [1, 2, 3, 4]
    assert all(((order - order[0]) % 5 == np.arange(5)).all() for order in unchanged)


def test_relabelling_the_weights_relabels_the_permutations() -> None:
    weights, label = circulant(np.array([1.0, 2.0, -1.0, 0.5])), np.array([2, 0, 3, 1])
    orders, p = all_permutations(4), np.eye(4)[label]
    moved = p @ weights @ p.T
    here, there = ({tuple(order) for order in orders[changes(w[None], orders) < 1e-9]} for w in (weights, moved))
    conjugated = {tuple((p @ np.eye(4)[list(order)] @ p.T).argmax(1)) for order in here}
    assert conjugated == there


@pytest.mark.parametrize("d", [2, 3, 5])
def test_every_permutation_is_tried_once(d: int) -> None:
    found = {tuple(order) for order in all_permutations(d)}
    assert len(found) == factorial(d) - 1 == len(all_permutations(d))
    assert found == set(permutations(range(d))) - {tuple(range(d))}


@pytest.mark.parametrize(("order", "words"), [([0, 2, 1], "(2 3)"), ([1, 2, 0], "(1 2 3)"), ([1, 0, 3, 2], "(1 2)(3 4)"), ([0, 1], "")])
def test_cycles_are_written_as_in_textbooks(order: list[int], words: str) -> None:
    assert cycles(np.array(order)) == words


@pytest.mark.parametrize("d", [1, 9])
def test_too_many_coordinates_are_refused(d: int) -> None:
    with pytest.raises(DiscoveryFailed, match=rf"x has {d} coordinates.*Candidates"):
        all_permutations(d)


# --- tasks ---


def test_given_targets_come_first_and_functions_of_them_follow() -> None:
    rows = convolved(4, seed=11, tasks=3)
    tasks = whole(rows, count=8)
    assert rows.y is not None
    assert tasks.y.shape == (8, 800, 4)
    assert np.allclose(np.corrcoef(tasks.y[1].ravel(), np.asarray(rows.y)[:, 4:8].ravel())[0, 1], 1)
    assert np.allclose(tasks.y.mean((1, 2)), 0)
    assert np.allclose(tasks.y.std((1, 2)), 1)
    assert len(whole(rows, count=2).y) == 3  # none is thrown away


def test_functions_of_the_targets_commute_with_permutations() -> None:
    rows, order = convolved(4, seed=12, tasks=1), np.array([2, 0, 3, 1])
    moved = replace(rows, x=rows.x[:, order], y=np.asarray(rows.y)[:, order])
    assert np.allclose(whole(moved, count=5).y, whole(rows, count=5).y[:, :, order])


def test_a_label_is_one_task() -> None:
    rows = partly_symmetric(300, seed=13)
    tasks = whole(replace(rows, y=(np.asarray(rows.y) > 0).astype(int)), count=24)
    assert tasks.y.shape == (1, 300, 1)  # every function of a label is the label


def test_mixtures_of_targets_are_targets() -> None:
    vectors, order = np.random.default_rng(14).normal(size=(50, 6, 4)), np.array([1, 2, 3, 0])
    assert _mixed(vectors, 3, 0).shape == (50, 12)
    assert np.allclose(_mixed(vectors[:, :, order], 3, 0).reshape(50, 3, 4), _mixed(vectors, 3, 0).reshape(50, 3, 4)[:, :, order])
    assert np.array_equal(_mixed(vectors[:, :2], 2, 0), vectors[:, :2].reshape(50, 8))


# --- method ---


def test_it_is_a_discrete_method() -> None:
    assert isinstance(MSR(), DiscreteMethod)
    assert replace(MSR(), tolerance=0.1).tolerance == 0.1
    assert MSR() == MSR()


@pytest.mark.parametrize("n", [5, 6, 7])
def test_shifts_of_convolutions_are_found(n: int) -> None:
    found = found_in(convolved(n, seed=n), MSR())
    assert (found.name, found.order) == (f"C{n}", n)
    assert found.status is DiscreteStatus.CERTIFIED
    assert found.notes[0].startswith("proposed by MSR (24 tasks, ")
    assert f"{n - 1} permutations" in found.notes[0]
    assert found.held_out == 400


def test_one_convolution_is_enough() -> None:
    assert found_in(convolved(5, seed=15, tasks=1), MSR()).name == "C5"


def test_a_partial_permutation_symmetry_is_found() -> None:
    found = found_in(partly_symmetric(2000, seed=16), MSR())
    assert (found.name, found.order) == ("S3", 6)
    assert {test.name for test in found.tests} == {"identity", "(1 2)", "(1 3)", "(2 3)", "(1 2 3)", "(1 3 2)"}
    assert found.p_value > 0.01


def test_without_symmetry_nothing_is_proposed() -> None:
    found = found_in(partly_symmetric(2000, seed=17, breaking=1.0), MSR())
    assert found.status is DiscreteStatus.TRIVIAL
    assert found.order == 1
    assert "0 permutations" in found.notes[0]


def test_what_is_proposed_too_freely_is_rejected() -> None:
    found = found_in(partly_symmetric(2000, seed=18, breaking=0.3), MSR(training=SHORT, tolerance=0.35))
    assert found.order == 1
    assert found.rejected
    assert all(test.p_value < 0.01 for test in found.rejected)


def test_relabelled_coordinates_give_the_relabelled_group() -> None:
    rows, order = partly_symmetric(2000, seed=19), [4, 2, 0, 3, 1]
    found = found_in(replace(rows, x=rows.x[:, order]))
    moved = {tuple(sorted(np.flatnonzero(test.matrix.argmax(1) != np.arange(5)))) for test in found.tests[1:]}
    places = sorted(order.index(i) for i in range(3))
    assert found.order == 6
    assert set().union(*moved) == set(places)


def test_the_judging_half_has_no_part_in_the_proposal() -> None:
    rows = convolved(4, seed=20)
    proposing, _ = halves(rows, 0)
    spoiled = np.asarray(rows.y).copy()
    spoiled[~proposing] = np.random.default_rng(21).normal(size=spoiled[~proposing].shape)
    here, there = (tasks_of(one, target_of(one), proposing, count=6, seed=0) for one in (rows, replace(rows, y=spoiled)))
    assert np.array_equal(here.y, there.y)


def test_a_symmetry_of_one_half_only_is_rejected() -> None:
    rows = convolved(4, seed=22, rows=1200)
    proposing, _ = halves(rows, 0)
    assert rows.y is not None
    other = np.asarray(rows.y).copy()
    other[~proposing] = np.tile(rows.x[~proposing] * [1.0, 2.0, 3.0, 4.0], 6)
    found = found_in(replace(rows, y=other))
    assert found.order == 1
    assert len(found.rejected) == 3


def test_the_seed_decides() -> None:
    rows = partly_symmetric(800, seed=23)
    one, two, other = (found_in(rows, seed=seed).notes[0] for seed in (0, 0, 1))
    assert one == two
    assert one != other


def test_too_large_a_group_is_declined_with_the_reason() -> None:
    x = np.random.default_rng(24).normal(size=(2000, 6))
    found = found_in(Samples(x, rep_x=Rep("V", n=6), y=(x**2).sum(1)))
    assert found.status is DiscreteStatus.NOT_APPLICABLE
    assert "719 permutations" in found.reason
    assert found.notes


def test_all_permutations_of_four_variables_are_judged() -> None:
    x = np.random.default_rng(25).normal(size=(1500, 4))
    found = found_in(Samples(x, rep_x=Rep("V", n=4), y=(x**2).sum(1) + 0.05 * np.random.default_rng(26).normal(size=1500)))
    assert found.order == 24


def test_progress_is_told() -> None:
    seen: list[str] = []
    discover_discrete(
        convolved(4, seed=27),
        MSR(training=SHORT),
        level="conditional",
        progress=lambda step, done, total: seen.append(f"{step} {done}/{total}"),
    )
    assert seen[0] == "meta-learning 1/2"
    assert seen[-1] == "meta-learning 2/2"
    assert "candidates 3/3" in seen


def test_the_referee_is_the_one_that_was_given() -> None:
    found = found_in(partly_symmetric(1000, seed=28), MSR(training=SHORT, referee=Candidates(degree=1, waves=0)))
    assert "degree ≤ 1" in found.features


def test_the_measure_level_is_refused() -> None:
    with pytest.raises(DiscoveryFailed, match="ask for level='conditional'"):
        discover_discrete(partly_symmetric(400, seed=29), MSR(), level="measure")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (partly_symmetric(120, seed=30), "60 rows propose"),
        (replace(partly_symmetric(400, seed=30), y=np.zeros(400)), "the same y"),
        (replace(partly_symmetric(400, seed=30), y=np.arange(400) % 3), "3 classes"),
        (Samples(np.ones((400, 9)), rep_x=Rep("V", n=9), y=np.arange(400.0)), "x has 9 coordinates"),
        (
            Samples(np.ones((400, 4)), rep_x=Rep("2V", n=2), y=np.arange(800.0).reshape(400, 2), rep_y=Rep("V", n=2)),
            "invariant targets or whole copies of x",
        ),
    ],
)
def test_what_cannot_be_learned_is_refused(rows: Samples, message: str) -> None:
    with pytest.raises(DiscoveryFailed, match=message):
        found_in(rows)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MSR(tasks=0), "tasks is 0"),
        (lambda: MSR(tolerance=0.0), "tolerance is 0"),
        (lambda: MSR(tolerance=1.0), "tolerance is 1"),
        (lambda: MetaTraining(rank=0), "rank is 0"),
        (lambda: MetaTraining(inner=0), "inner is 0"),
        (lambda: MetaTraining(steps=0), "steps is 0"),
        (lambda: MetaTraining(batch=0), "batch is 0"),
        (lambda: MetaTraining(rate=0.0), "rate is 0"),
    ],
)
def test_settings_are_checked(make: type, message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        make()
