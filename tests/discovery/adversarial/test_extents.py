"""The uniform law with a learned extent: its bounds, its moments, its gradient."""

from __future__ import annotations

import pytest
import torch

from physym.discovery.adversarial import LearnableUniform
from physym.discovery.adversarial.base import CoefficientLaw
from physym.errors import InvalidData


def drawn(law: LearnableUniform, rows: int = 40_000) -> torch.Tensor:
    """Coefficients of one seed and one channel."""
    noise = law.noise((1, rows, 1), torch.Generator().manual_seed(0))
    return law.coefficients(noise, law.parameters(1, 1))


def test_it_is_a_law_of_coefficients() -> None:
    assert isinstance(LearnableUniform(), CoefficientLaw)


@pytest.mark.parametrize("width", [1e-3, 0.3, 3.0, 30.0])
def test_coefficients_fill_the_interval(width: float) -> None:
    z = drawn(LearnableUniform(width))
    assert float(z.abs().max()) <= width * (1 + 1e-9)
    assert float(z.abs().max()) > 0.99 * width
    assert float(z.mean().abs()) < 0.02 * width
    assert float(z.square().mean()) == pytest.approx(width**2 / 3, rel=0.02)


@pytest.mark.parametrize("width", [1e-3, 0.3, 3.0, 30.0])
def test_a_width_starts_where_it_is_told(width: float) -> None:
    law = LearnableUniform(width)
    assert law.widths(law.parameters(2, 3)).flatten().tolist() == pytest.approx([width] * 6)


def test_widths_are_learned_seed_by_seed_and_channel_by_channel() -> None:
    law = LearnableUniform(1.0)
    parameters = law.parameters(2, 2)
    parameters["theta"].requires_grad_()
    noise = law.noise((2, 50, 2), torch.Generator().manual_seed(0))
    (gradient,) = torch.autograd.grad(law.coefficients(noise, parameters)[1, :, 0].square().sum(), [parameters["theta"]])
    assert (gradient != 0).tolist() == [[False, False], [True, False]]
    assert float(gradient[1, 0]) > 0  # a larger θ is a larger width


def test_no_width_passes_the_limit() -> None:
    law = LearnableUniform(1.0)
    parameters = law.parameters(1, 2)
    parameters["theta"][0, 0] = 50.0
    law.limit(parameters, 3.0)
    assert law.widths(parameters).flatten().tolist() == pytest.approx([3.0, 1.0])


def test_words_are_the_mean_over_the_seeds() -> None:
    law = LearnableUniform(1.0)
    parameters = {"theta": torch.tensor([[0.5], [0.5]], dtype=torch.float64)}
    assert law.describe(parameters) == "z uniform in [−w, w] with learned w = 0.974"


@pytest.mark.parametrize("width", [0.0, -1.0, float("inf"), float("nan")])
def test_other_widths_are_refused(width: float) -> None:
    with pytest.raises(InvalidData, match="expected a positive number"):
        LearnableUniform(width)
