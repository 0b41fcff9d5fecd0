"""The tables of adversarial discovery: what they compare is comparable, and the quoted figures stand beside those measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import liegan, liegan_step
from benchmarks.table import Row
from physym.algebra import so


def test_every_case_of_the_step_starts_and_draws_alike() -> None:
    for case in liegan_step.cases():
        assert liegan_step.difference_of_losses(case, steps=4, precision="float64") < 1e-12
        assert liegan_step.difference_of_losses(case, steps=4, precision="float32") < 1e-5


def test_the_comparison_sees_another_recipe() -> None:
    case = liegan_step.cases()[0]
    plain = list(liegan_step.plain_losses(liegan_step.game_of(case, seed=0), 3))
    other = list(liegan_step.our_losses(liegan_step.game_of(case, seed=1), 3))
    assert np.abs(np.array(plain) - np.array(other)).max() > 1e-3


def test_the_first_of_several_seeds_is_the_one_alone() -> None:
    case = liegan_step.cases()[1]
    alone, beside = (liegan_step.game_of(case, side_by_side=count) for count in (1, 3))
    assert torch.equal(alone.coefficients[0], beside.coefficients[0])
    for step in range(3):
        one, many = alone.play(step, 3), beside.play(step, 3)
        assert one.generator[0].item() == pytest.approx(many.generator[0].item(), abs=1e-5)


def test_rows_of_a_step() -> None:
    rows = liegan_step.run(repeats=1, steps=2)
    assert len(rows) == 12
    assert all(row.value >= 0 for row in rows)


def test_quoted_figures_stand_beside_ours() -> None:
    what = "two bodies, 2×2 blocks: cosine to so(2)"
    ours = np.array([0.9, 0.99])
    run = liegan.Timed(found=None, seconds=4.0)  # type: ignore[arg-type]
    rows = {row.what: row for row in liegan.rows_of(what, "", ours, run, aim="≥ .9", spectral=(1.0, 0.1))}
    assert rows[f"{what}: paper"].value == 0.9998
    assert rows[f"{what}: public release"].value == 0.9968
    assert rows[f"  {what}: LieGAN, worst seed"].value == 0.9
    assert rows[f"  {what}: LieGAN, seconds of one core per seed"].value == 2.0
    errors = {row.what: row for row in liegan.rows_of("an error", "rad", ours, run, aim="", spectral=None)}
    assert errors["  an error: LieGAN, worst seed"].value == 0.99  # the worst error is the largest


def test_the_metric_of_a_wrong_algebra_has_no_cosine() -> None:
    right = liegan.CONE.basis[None]
    assert liegan.metric_cosines(right) == pytest.approx([1.0])
    assert liegan.metric_cosines(np.random.default_rng(0).normal(size=(1, 7, 4, 4))) == pytest.approx([0.0])


def test_a_three_cycle_is_told_from_other_steps() -> None:
    cycle = np.zeros((5, 5))
    cycle[:3, :3] = 2 * np.pi / 3 * np.cross(np.eye(3), np.ones(3) / 3**0.5)
    assert liegan.is_three_cycle(cycle)
    assert liegan.is_three_cycle(-1.01 * cycle)
    assert not liegan.is_three_cycle(0.5 * cycle)
    assert not liegan.is_three_cycle(np.zeros((5, 5)))


def test_the_cosine_of_a_span() -> None:
    assert liegan.largest_cosine(so(3).basis[:1], so(3)) == pytest.approx(1.0)


def test_the_setting_of_the_paper_runs() -> None:
    rows = liegan.published(epochs=1)
    assert [type(row) for row in rows] == [Row] * 4
    assert 0 <= rows[0].value <= rows[1].value <= 1


def test_pictures_give_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liegan, "Optimisation", lambda steps: liegan_optimisation(40))
    rows = liegan.pictures(2)
    assert rows[-1].what.endswith("translation over rotation")


def liegan_optimisation(steps: int) -> object:
    """A short run in the place of the frozen one."""
    from physym.discovery.adversarial import Optimisation

    return Optimisation(steps=steps)
