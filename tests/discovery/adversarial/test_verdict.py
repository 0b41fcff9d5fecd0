"""What is said of a finished game: a status that is true, seeds that count, and levels that were judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from physym.algebra import LieAlgebra, span_distance
from physym.data import Samples
from physym.discovery import Discovery, Spectral, Whitened
from physym.discovery.adversarial import LieGAN
from physym.discovery.adversarial.game import Constraint
from physym.discovery.adversarial.loop import Played
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.adversarial.verdict import FAR, SHRUNK, Trained, discovery_of, judged_first, runs_of
from physym.discovery.base import LevelName
from physym.discovery.status import Status
from tests.discovery.adversarial.games import plane, rules_of

TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
STRETCH = np.diag([1.0, -1.0])
SHEAR = np.array([[0.0, 1.0], [0.0, 0.0]])


def said(
    generators: list[list[np.ndarray]],
    *,
    samples: Samples | None = None,
    statistic: list[float] | None = None,
    first: float = 1.0,
    constraint: Constraint = "orthonormal",
    steps: int = 100,
    discrete: bool = False,
    levels: tuple[LevelName, ...] = ("conditional",),
) -> Discovery:
    """The discovery of a game that ended with these generators, seed by seed; ``first``: their length at the first check."""
    samples = samples if samples is not None else plane(600)
    problem = problem_of(samples, None, seed=0, device="cpu")
    basis = problem.search.matrices.reshape(4, 4)
    ended = torch.from_numpy(np.array(generators).reshape(len(generators), -1, 4) @ np.linalg.pinv(basis))
    begun = first * torch.nn.functional.normalize(ended, dim=-1)
    count = len(generators)
    held_out = torch.tensor(statistic or [0.0] * count)
    path = torch.stack([begun, ended])
    finished = Played(ended, held_out, path[0], path, held_out.expand(2, -1), torch.zeros(2, 2, count), {}, steps, 100, 1.0)
    rules = rules_of(problem, channels=ended.shape[1], constraint=constraint)
    judged = judged_first(problem.samples, Spectral(), None, levels, 0)
    trained = Trained(finished, rules, tuple(range(count)), "z = ±1" if discrete else "z ~ N(0, 1²)", discrete)
    return discovery_of(LieGAN(), problem, judged, trained, levels=levels, seed=3, start=0.0)


def test_the_truth_of_every_seed_is_found() -> None:
    found = said([[TURN], [-TURN], [0.3 * TURN]])
    assert found.status is Status.FOUND
    assert found.algebra is not None
    assert span_distance(found.algebra, LieAlgebra(TURN[None])) < 1e-6
    assert found.runs is not None
    assert np.allclose(np.linalg.norm(found.runs.generators, axis=(2, 3)), 1)
    assert found.runs.kept.all()
    assert (found.seed, found.method) == (3, LieGAN())
    assert found.provenance["training"] == "3 runs, 100 steps each, z ~ N(0, 1²)"
    assert "3 runs, 100 steps each" in found.level.note


def test_a_wrong_generator_is_not_confirmed() -> None:
    found = said([[STRETCH], [STRETCH], [STRETCH]])
    assert found.status is Status.NOT_CONFIRMED
    assert found.level.p_value < 1e-6
    assert "rejects the generators" in found.status.value


def test_a_seed_in_another_place_does_not_count() -> None:
    found = said([[TURN], [STRETCH], [TURN], [TURN]])
    assert found.status is Status.FOUND
    assert found.runs is not None
    assert found.runs.kept.tolist() == [True, False, True, True]
    assert "3 of 4 runs count" in found.level.note


def test_seeds_in_different_places_disagree() -> None:
    found = said([[TURN], [STRETCH]])
    assert found.status is Status.SEEDS_DISAGREE
    assert "ended in different places" in found.status.value


def test_seeds_that_differ_by_a_little_agree() -> None:
    """And the mean has an error that covers the truth."""
    found = said([[TURN + 0.5 * FAR * angle * STRETCH] for angle in (-1.0, -0.3, 0.2, 1.0)])
    assert found.status is Status.FOUND
    assert found.algebra is not None
    assert found.algebra.covariance is not None
    assert (np.abs(found.algebra.basis[0] / found.algebra.basis[0, 1, 0] - TURN) < 4 * found.algebra.errors[0] + 0.05).all()


def test_a_single_seed_has_no_scatter() -> None:
    found = said([[TURN]])
    assert found.status is Status.FOUND
    assert found.algebra is not None
    assert found.algebra.covariance is None


@pytest.mark.parametrize(("length", "status"), [(0.9 * SHRUNK, Status.COLLAPSED), (1.1 * SHRUNK, Status.FOUND), (5.0, Status.FOUND)])
def test_a_free_generator_that_shrank_has_collapsed(length: float, status: Status) -> None:
    unit = TURN / np.sqrt(2)
    found = said([[length * unit], [unit], [unit]], constraint="free")
    assert found.status is status
    assert found.runs is not None
    assert found.runs.norms[:, 0].tolist() == pytest.approx([length, 1.0, 1.0])
    if status is Status.COLLAPSED:
        assert "shrank towards the identity" in found.status.value


def test_a_generator_of_fixed_length_cannot_collapse() -> None:
    assert said([[TURN], [TURN]], first=100.0).status is Status.FOUND


def test_generators_that_are_nearly_the_same_are_redundant() -> None:
    near = TURN + 0.05 * STRETCH
    found = said([[TURN, near], [TURN, -near]], constraint="unit")
    assert found.status is Status.REDUNDANT
    assert "nearly the same" in found.status.value
    assert said([[TURN, STRETCH], [TURN, STRETCH]], constraint="unit").status is not Status.REDUNDANT


def test_an_interrupted_run_says_so_before_anything_else() -> None:
    found = said([[STRETCH], [TURN]], steps=40)
    assert found.status is Status.INTERRUPTED
    assert "interrupted after 40 of 100 steps" in found.level.note
    assert found.algebra is not None  # what it had found by then


def test_what_the_referee_cannot_judge_is_not_certified() -> None:
    """Labels that a polynomial separates exactly have no finite logit."""
    found = said([[TURN], [TURN]], samples=plane(600, labels=True))
    assert found.status is Status.NOT_CERTIFIED
    assert "referee: not applicable" in found.level.note
    assert found.algebra is not None
    assert np.isnan(found.level.defect)


def test_every_level_is_judged_by_its_own_test() -> None:
    """y = |x|² of normal x turns at every level; the support of x is the whole plane and says nothing."""
    found = said([[TURN], [TURN]], levels=("support", "conditional", "measure"), samples=plane(800))
    assert [level.name for level in found.levels] == ["support", "conditional", "measure"]
    for level in found.levels:
        if level.algebra is None:
            assert level.reason
        else:
            assert span_distance(level.algebra, LieAlgebra(TURN[None])) < 1e-6
    assert found.level.algebra is not None


def test_where_the_referee_can_judge_nowhere_one_level_carries_the_proposal() -> None:
    """Targets that move along with x leave the referee without a statement on them."""
    x = plane(100).x
    moved = Samples(x, rep_x=plane().rep_x, y=x @ TURN.T, rep_y=plane().rep_x)
    found = said([[TURN], [TURN]], samples=moved, levels=("support", "conditional", "measure"))
    assert sum(level.algebra is not None for level in found.levels) >= 1
    assert found.algebra is not None


def test_a_step_is_no_continuous_symmetry() -> None:
    fifth = 2 * np.pi / 5
    found = said([[fifth * TURN], [-(fifth + 0.002) * TURN], [(fifth - 0.002) * TURN]], discrete=True)
    assert found.level.statement.endswith("for g = exp(nL), n whole")
    assert "exp(L) turns by 1.2566 ± 0.002 rad, an element of order 5" in found.level.note
    assert found.level.tests == ()
    assert np.isnan(found.level.defect)
    assert found.algebra is not None
    assert np.abs(found.algebra.basis[0]).max() == pytest.approx(fifth, abs=1e-3)  # the step itself, and no unit vector
    assert found.algebra.errors.max() == pytest.approx(0.002 / 3**0.5, rel=0.01)


def test_a_step_has_a_status_of_its_own() -> None:
    found = said([[1.2 * TURN], [1.21 * TURN]], discrete=True)
    assert found.status is Status.STEP
    assert "no calibrated test applies" in found.status.value


def test_a_step_that_held_out_rows_tell_from_none_is_not_confirmed() -> None:
    assert said([[1.2 * TURN], [1.2 * TURN]], discrete=True, statistic=[9.0, 8.0]).status is Status.STEP_REFUTED
    found = said([[1.2 * TURN], [1.1 * TURN], [1.2 * TURN]], discrete=True, statistic=[0.3, 9.0, -1.0])
    assert found.status is Status.STEP
    assert found.runs is not None
    assert found.runs.kept.tolist() == [True, False, True]  # that one alone was told
    assert "exp(L) turns by 1.2000" in found.level.note


def test_a_step_and_its_double_are_two_steps() -> None:
    """Their directions agree and their mean means nothing."""
    assert said([[1.2 * TURN], [2.4 * TURN], [1.2 * TURN]], discrete=True).status is Status.SEEDS_DISAGREE


@pytest.mark.parametrize("scatter", [0.1, 0.001])
def test_an_order_is_named_only_where_the_error_tells_it_from_others(scatter: float) -> None:
    fifth = 2 * np.pi / 5
    note = said([[(fifth + shift) * TURN] for shift in (-scatter, 0.0, scatter)], discrete=True).level.note
    assert ("an element of order 5" in note) is (scatter < 0.01)


def test_a_step_far_from_its_order_in_its_errors_has_none() -> None:
    off = 2 * np.pi / 5 + 0.04
    found = said([[off * TURN], [(off + 1e-3) * TURN], [(off - 1e-3) * TURN]], discrete=True)
    assert "order" not in found.level.note.split(";")[0].split(":")[1]


def test_every_step_has_its_own_error() -> None:
    """The scatter of the second is not that of the first."""
    quick = [[1.2 * TURN, (0.8 + shift) * (TURN + 0.3 * STRETCH)] for shift in (-0.1, 0.0, 0.1)]
    note = said(quick, discrete=True).level.note
    assert "1.2000 ± 0 rad" in note
    assert "± 0.1 rad" in note


def test_a_direction_without_a_step_has_collapsed() -> None:
    """Zeros stand for a direction along which every start ran into the identity."""
    found = said([[0 * TURN], [0 * TURN]], discrete=True)
    assert found.status is Status.COLLAPSED
    assert found.algebra is None
    assert "means nothing" in found.level.reason


def test_one_seed_without_a_step_does_not_count() -> None:
    found = said([[1.2 * TURN], [0 * TURN], [1.2 * TURN]], discrete=True)
    assert found.runs is not None
    assert found.runs.kept.tolist() == [True, False, True]


def test_the_record_is_on_the_coordinates_of_the_data() -> None:
    samples = replace(plane(), x=plane().x * [1.0, 10.0])
    problem = problem_of(samples, Whitened(), seed=0, device="cpu")
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    finished = Played(one, torch.zeros(1), one, one[None], torch.zeros(1, 1), torch.zeros(1, 2, 1), {}, 1, 1, 0.1)
    runs = runs_of(problem, Trained(finished, rules_of(problem), (5,), "", False))
    g = runs.generators[0, 0]
    assert abs(g[0, 1] / g[1, 0]) == pytest.approx(0.01, rel=0.2)  # an ellipse ten times as long
    assert runs.seeds == (5,)
    assert runs.paths.shape == (1, 1, 1, 2, 2)


@pytest.mark.parametrize("dimension", [1, 0])
def test_the_referee_is_asked_first(dimension: int) -> None:
    x = np.random.default_rng(0).normal(size=(600, 2))
    broken = replace(plane(600), x=x, y=x[:, 0] + x[:, 1] ** 2)
    judged = judged_first(plane(600) if dimension else broken, Spectral(), None, ("conditional",), 0)
    assert judged.dimension == dimension
