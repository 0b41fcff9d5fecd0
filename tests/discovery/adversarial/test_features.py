"""What the critic sees: in which units, and which combinations stand out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from physym.algebra import Rep
from physym.data import Images, Samples
from physym.data.simulate import toy_jets
from physym.discovery.adversarial import Coordinates, Pixels, Quadratics, Regressor, Residuals
from physym.discovery.adversarial.base import Features, Rows
from physym.discovery.adversarial.features import informative_features
from physym.discovery.adversarial.regressor import fit_regressor
from physym.discovery.adversarial.rows import rows_of
from physym.discovery.spectral.search import search_of
from physym.errors import InvalidData

FAST = Regressor((32,), 300, 0.02)


def rows(samples: Samples) -> Rows:
    return rows_of(samples, search_of(samples, None), seed=0)


def plane(count: int = 600, *, stretch: tuple[float, float] = (1.0, 1.0), y: bool = True, seed: int = 0) -> Samples:
    """y = |x|² in the plane."""
    x = np.random.default_rng(seed).normal(size=(count, 2)) * stretch
    return Samples(x, rep_x=Rep("V", n=2), y=(x**2).sum(1) if y else None)


def seen(features: Features, samples: Samples) -> tuple[Tensor, Rows]:
    data = rows(samples)
    return features.fit(data, seed=0)(data.moving, data.target), data


def test_scaled_coordinates_have_unit_size() -> None:
    found, _ = seen(Coordinates(), plane(stretch=(1e-3, 1e4)))
    assert found.shape == (600, 3)
    assert torch.allclose(found.square().mean(0), torch.ones(3, dtype=torch.float64))


def test_plain_coordinates_are_the_rows() -> None:
    found, data = seen(Coordinates(scaled=False), plane())
    assert torch.equal(found, torch.cat([data.moving, data.target], 1))


def test_a_column_of_zeros_is_no_division_by_zero() -> None:
    x = np.random.default_rng(0).normal(size=(100, 2)) * [1.0, 0.0]
    samples = Samples(x, rep_x=Rep("V", n=2), y=1e-150 * np.arange(100))
    assert bool(torch.isfinite(seen(Coordinates(), samples)[0]).all())


def test_residuals_are_small_on_the_data_and_large_off_it() -> None:
    samples = plane()
    data = rows(samples)
    features = Residuals(regressor=FAST).fit(data, seed=0)
    real = features(data.moving, data.target)[:, 2]
    broken = features(data.moving * torch.tensor([1.5, 1.0], dtype=torch.float64), data.target)[:, 2]
    turned = features(data.moving.flip(1) * torch.tensor([-1.0, 1.0], dtype=torch.float64), data.target)[:, 2]
    assert float(real.square().mean().sqrt()) < 0.5  # a third of a standard deviation of the residual each
    assert float(turned.abs().median()) < 3 * float(real.abs().median())
    assert float(broken.abs().median()) > 5 * float(real.abs().median())


def test_the_unit_of_residuals_is_their_width() -> None:
    data = rows(plane())
    one, three = (Residuals(width=width, regressor=FAST).fit(data, seed=0)(data.moving, data.target)[:, 2] for width in (1.0, 3.0))
    assert torch.allclose(one.sinh(), 3 * three.sinh(), rtol=1e-6)


def test_residuals_of_next_states_are_those_of_y() -> None:
    x = np.random.default_rng(1).normal(size=(600, 2))
    turned = np.stack([-x[:, 1], x[:, 0]], axis=1)
    samples = Samples(x, rep_x=Rep("V", n=2), y=turned, rep_y=Rep("V", n=2))
    data = rows(samples)
    features = Residuals(regressor=FAST).fit(data, seed=0)
    stretched = torch.cat([2 * data.moving[:, :2], data.moving[:, 2:]], 1)
    assert features(data.moving, data.target).shape == (600, 4)
    assert features(stretched, data.target)[:, 2:].abs().median() > 10 * features(data.moving, data.target)[:, 2:].abs().median()


def test_residuals_need_something_to_predict() -> None:
    with pytest.raises(InvalidData, match="Residuals need real targets or next states y"):
        Residuals().fit(rows(plane(y=False)), seed=0)
    labelled = Samples(np.ones((60, 2)), rep_x=Rep("V", n=2), y=np.arange(60) % 2)
    with pytest.raises(InvalidData, match=r"choose Coordinates\(\) or Quadratics\(\)"):
        Residuals().fit(rows(labelled), seed=0)


def test_the_regressor_does_not_see_held_out_rows() -> None:
    """Held-out targets that are nonsense change nothing."""
    samples = plane()
    data = rows(samples)
    target = data.target.clone()
    target[data.held] = 1e6
    other = Rows(data.moving, data.inputs, target, data.label, 1, 1, data.held, data.kept)
    one, two = (Residuals(regressor=FAST).fit(part, seed=0)(data.moving, data.target) for part in (data, other))
    assert torch.equal(one, two)


def test_the_mass_shell_stands_out_among_quadratics() -> None:
    """``E² − p²`` vanishes on massless momenta, so that leaving the shell is seen from further away than an equal turn about the beam."""
    data = rows(Samples(toy_jets(400, seed=0, constituents=2).samples().x, rep_x=Rep("2V", n=4)))
    features = Quadratics().fit(data, seed=0)
    stretch, turn = torch.eye(4, dtype=torch.float64), torch.eye(4, dtype=torch.float64)
    stretch[0, 0] = 1.05
    turn[1, 2], turn[2, 1] = 0.05, -0.05
    changes = []
    for g in (stretch, turn):
        moved = (data.moving.reshape(-1, 2, 4) @ g.T).reshape(-1, 8)
        changes.append(float((features(moved, data.target) - features(data.moving, data.target)).abs().amax(1).median()))
    assert changes[0] > 5 * changes[1]


def test_projective_quadratics_do_not_know_the_length_but_by_its_logarithm() -> None:
    data = rows(plane(y=False))
    features = Quadratics().fit(data, seed=0)
    one, two, three = (features(scale * data.moving, data.target).sinh() for scale in (1.0, 2.0, 4.0))
    assert torch.allclose(two - one, three - two, atol=1e-8)  # linear in the logarithm, as the whitening is
    assert not torch.allclose(one, two, atol=0.1)


def test_quadratics_of_the_whole_row_know_mixed_products() -> None:
    """y = a turned x: the products x_i y_j that vanish on average are among the features."""
    x = np.random.default_rng(2).normal(size=(400, 2))
    samples = Samples(x, rep_x=Rep("V", n=2), y=np.stack([-x[:, 1], x[:, 0]], axis=1), rep_y=Rep("V", n=2))
    data = rows(samples)
    assert Quadratics(projective=False).fit(data, seed=0)(data.moving, data.target).shape == (400, 4 + 10)


def test_the_whitening_is_that_of_the_kept_rows() -> None:
    data = rows(plane(4000, stretch=(100.0, 0.01), y=False))
    found = Quadratics(floor=1e-12).fit(data, seed=0)(data.moving[data.kept], data.target[data.kept]).sinh()
    covariance = (found.T @ found) / len(found)
    values = torch.linalg.eigvalsh(covariance)
    assert float((values > 0.9).double().mean()) > 0.8  # all but the combinations that vanish identically
    assert torch.allclose(covariance - covariance.diagonal().diag(), torch.zeros_like(covariance), atol=1e-3)


def test_blurred_pixels_do_not_see_the_finest_details() -> None:
    """A chessboard, which is what one more interpolation takes away, changes plain pixels and not the blurred ones."""
    data = rows(Images(np.random.default_rng(3).normal(size=(300, 8, 8))).samples())
    board = (-1.0) ** (torch.arange(8)[:, None] + torch.arange(8)).double().flatten()
    changes = []
    for features in (Pixels(), Pixels(blur=0.0)):
        found = features.fit(data, seed=0)
        changes.append(float((found(data.moving + board, data.target) - found(data.moving, data.target)).square().mean().sqrt()))
    assert changes[0] < 0.2 < 0.9 < changes[1]


def test_pixels_that_never_vary_are_left_out() -> None:
    pixels = np.random.default_rng(4).uniform(size=(100, 6, 6))
    pixels[:, :2] = 0.0
    data = rows(Images(pixels).samples())
    blurred, plain = (features.fit(data, seed=0)(data.moving, data.target) for features in (Pixels(blur=0.5), Pixels(blur=0.0)))
    assert blurred.shape[1] < 36 == plain.shape[1]
    assert torch.allclose(plain.square().mean(), torch.ones((), dtype=torch.float64))
    assert torch.allclose(blurred[data.kept].mean(0), torch.zeros((), dtype=torch.float64), atol=1e-9)


def test_what_tells_most_is_chosen_by_the_rows() -> None:
    x = np.random.default_rng(0).normal(size=(100, 2))
    rep = Rep("V", n=2)
    assert informative_features(rows(Samples(x, rep_x=rep))) == Quadratics()
    assert informative_features(rows(Samples(x, rep_x=rep, y=np.arange(100) % 2))) == Quadratics()
    assert informative_features(rows(Samples(x, rep_x=rep, y=x[:, 0]))) == Residuals()
    states = informative_features(rows(Samples(x, rep_x=rep, y=x, rep_y=rep)))
    assert isinstance(states, Quadratics)
    assert not states.projective  # x and y in one row
    assert informative_features(rows(Images(np.ones((60, 4, 4))).samples())) == Pixels()


@pytest.mark.parametrize("features", [Coordinates(), Coordinates(scaled=False), Residuals(regressor=FAST), Quadratics()])
def test_seeds_and_rows_are_leading_axes_and_the_gradient_passes(features: Features) -> None:
    assert isinstance(features, Features)
    data = rows(plane())
    found = features.fit(data, seed=0)
    moved = data.moving[None, :5].expand(3, -1, -1).clone().requires_grad_()
    target = data.target[None, :5].expand(3, -1, -1)
    out = found(moved, target)
    assert torch.allclose(out[1], found(data.moving[:5], data.target[:5]), rtol=1e-5, atol=1e-6)
    assert bool(torch.autograd.grad(out.sum(), moved)[0].abs().sum() > 0)


def test_the_regressor_learns_and_follows_its_seed() -> None:
    x = torch.randn(800, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 100 + 7
    y = 1e4 + 3 * x[:, :1] + x[:, 1:] ** 2 / 100
    one, two, other = (fit_regressor(x, y, FAST, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one(x), two(x))
    assert not torch.equal(one(x), other(x))
    assert float(one.rms[0]) < 0.1 * float(y.std())
    assert torch.allclose((one(x) - y).square().mean(0).sqrt(), one.rms)


def test_a_constant_target_has_no_residual_and_no_zero_unit() -> None:
    x = torch.randn(100, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    fitted = fit_regressor(x, torch.full((100, 1), 5.0, dtype=torch.float64), FAST, seed=0)
    assert float(fitted.rms[0]) > 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: Residuals(width=0.0),
        lambda: Quadratics(floor=0.0),
        lambda: Quadratics(floor=1.0),
        lambda: Pixels(blur=-1.0),
        lambda: Pixels(floor=2.0),
        lambda: Regressor(()),
        lambda: Regressor((0,)),
        lambda: Regressor(steps=0),
        lambda: Regressor(rate=0.0),
    ],
)
def test_settings_are_checked(make: object) -> None:
    with pytest.raises(InvalidData, match="expected"):
        make()  # type: ignore[operator]
