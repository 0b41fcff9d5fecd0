"""Laws of the coefficients: moments, symmetry, and what is learned."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from physym.discovery.adversarial import GaussianMixture, IntegerGrid, LearnableNormal, Normal, Uniform
from physym.discovery.adversarial.base import CoefficientLaw
from physym.discovery.adversarial.steps import Signs
from physym.errors import InvalidData

MANY = 200_000
LAWS: tuple[CoefficientLaw, ...] = (
    Normal(0.7),
    Uniform(1.5),
    IntegerGrid(3),
    LearnableNormal(0.7),
    GaussianMixture(peaks=4, reach=2.0, width=0.3),
    Signs(),
)


def drawn(law: CoefficientLaw, *, seeds: int = 1, batch: int = MANY, channels: int = 1, seed: int = 0) -> Tensor:
    """Coefficients, shape ``(seeds, batch, channels)``."""
    noise = law.noise((seeds, batch, channels), torch.Generator().manual_seed(seed))
    return law.coefficients(noise, law.parameters(seeds, channels))


def variance(law: CoefficientLaw) -> float:
    """Written out by hand."""
    if isinstance(law, Uniform):
        return law.reach**2 / 3
    if isinstance(law, IntegerGrid):
        return law.reach * (law.reach + 1) / 3
    if isinstance(law, GaussianMixture):
        step = 2 * law.reach / (law.peaks - 1)
        return law.width**2 + step**2 * (law.peaks**2 - 1) / 12
    return 1.0 if isinstance(law, Signs) else law.spread**2  # type: ignore[attr-defined]


def fourth(law: CoefficientLaw) -> float:
    """⟨z⁴⟩ of a fixed law, by hand."""
    if isinstance(law, Uniform):
        return law.reach**4 / 5
    if isinstance(law, IntegerGrid):
        return sum(k**4 for k in range(-law.reach, law.reach + 1)) / (2 * law.reach + 1)
    return 3 * law.spread**4  # type: ignore[attr-defined]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_every_law_is_centred_and_has_its_variance(law: CoefficientLaw) -> None:
    z, truth = drawn(law), variance(law)
    assert isinstance(law, CoefficientLaw)
    assert z.dtype == torch.float64
    assert abs(float(z.mean())) < 5 * math.sqrt(truth / MANY)
    assert float(z.square().mean()) == pytest.approx(truth, rel=0.02)
    assert abs(float((z**3).mean())) < 0.05 * truth**1.5  # no preferred direction


@pytest.mark.parametrize("law", [Normal(0.7), Uniform(1.5), IntegerGrid(3), LearnableNormal(0.7)], ids=lambda law: type(law).__name__)
def test_every_law_has_its_fourth_moment(law: CoefficientLaw) -> None:
    assert float((drawn(law) ** 4).mean()) == pytest.approx(fourth(law), rel=0.03)


def test_the_grid_holds_both_ends_and_every_integer_alike() -> None:
    z = drawn(IntegerGrid())
    values, counts = z.unique(return_counts=True)
    assert values.tolist() == list(range(-10, 11))
    assert float(counts.double().std()) < 3 * math.sqrt(MANY / 21)


def test_the_grid_of_the_public_code_is_not_symmetric() -> None:
    """The checker itself: ``randint(-10, 10)`` stops at 9 and has mean −½."""
    wrong = torch.randint(-10, 10, (MANY,), generator=torch.Generator().manual_seed(0)).double()
    assert wrong.max() == 9
    assert abs(float(wrong.mean())) > 5 * math.sqrt(variance(IntegerGrid()) / MANY)
    assert abs(float(drawn(IntegerGrid()).mean())) < 5 * math.sqrt(variance(IntegerGrid()) / MANY)


def test_uniform_numbers_stay_within_reach() -> None:
    z = drawn(Uniform(1.5))
    assert 1.49 < float(z.abs().max()) <= 1.5


def test_the_noise_does_not_depend_on_the_global_seed() -> None:
    for law in LAWS:
        torch.manual_seed(1)
        one = drawn(law, batch=5)
        torch.manual_seed(2)
        assert torch.equal(one, drawn(law, batch=5))
        assert not torch.equal(one, drawn(law, batch=64, seed=1)[:, :5]) or isinstance(law, Signs)


def test_fixed_laws_learn_nothing() -> None:
    for law in (Normal(), Uniform(), IntegerGrid(), Signs()):
        assert law.parameters(3, 2) == {}


def test_a_learned_spread_gets_the_gradient_of_the_reparametrised_law() -> None:
    """d⟨z²⟩/d log s = 2 s²."""
    law = LearnableNormal(0.7)
    parameters = {name: value.requires_grad_() for name, value in law.parameters(2, 3).items()}
    noise = law.noise((2, 20_000, 3), torch.Generator().manual_seed(0))
    loss = law.coefficients(noise, parameters).square().mean(1).sum()
    (gradient,) = torch.autograd.grad(loss, list(parameters.values()))
    assert gradient.shape == (2, 3)
    assert torch.allclose(gradient, torch.full((2, 3), 2 * 0.7**2, dtype=torch.float64), rtol=0.05)


def test_each_channel_has_its_own_learned_spread() -> None:
    law = LearnableNormal()
    parameters = {"log_spread": torch.tensor([[0.1, 2.0], [3.0, 0.5]], dtype=torch.float64).log()}
    z = law.coefficients(law.noise((2, MANY, 2), torch.Generator().manual_seed(0)), parameters)
    assert torch.allclose(z.std(1), torch.tensor([[0.1, 2.0], [3.0, 0.5]], dtype=torch.float64), rtol=0.02)


def test_every_peak_and_the_width_of_a_mixture_get_a_gradient() -> None:
    law = GaussianMixture(peaks=4, reach=2.0, width=0.3)
    parameters = {name: value.requires_grad_() for name, value in law.parameters(2, 3).items()}
    noise = law.noise((2, 20_000, 3), torch.Generator().manual_seed(0))
    loss = law.coefficients(noise, parameters).square().mean(1).sum()
    centres, width = torch.autograd.grad(loss, [parameters["centres"], parameters["log_width"]])
    # ⟨z²⟩ = mean over peaks of c² + w²
    assert torch.allclose(centres, parameters["centres"].detach() / 2, atol=0.05)
    assert torch.allclose(width, torch.full((2, 3), 2 * 0.3**2, dtype=torch.float64), rtol=0.1)


def test_the_peaks_of_a_mixture_are_equally_likely_and_normal() -> None:
    law = GaussianMixture(peaks=5, reach=4.0, width=0.1)
    z = drawn(law).flatten()
    nearest = (z[:, None] - torch.linspace(-4, 4, 5, dtype=torch.float64)).abs().argmin(1)
    for peak, centre in enumerate((-4.0, -2.0, 0.0, 2.0, 4.0)):
        within = z[nearest == peak] - centre
        assert len(within) == pytest.approx(MANY / 5, rel=0.03)
        assert float(within.std()) == pytest.approx(0.1, rel=0.02)
        assert float((within**4).mean()) == pytest.approx(3 * 0.1**4, rel=0.1)


def test_the_ends_of_the_noise_of_a_mixture_are_finite() -> None:
    law = GaussianMixture(peaks=3, reach=1.0, width=0.1)
    ends = torch.tensor([[[0.0], [1.0], [3.0 - 1e-16], [3.0]]], dtype=torch.float64)
    assert bool(torch.isfinite(law.coefficients(ends, law.parameters(1, 1))).all())


def test_learned_values_are_reported() -> None:
    mixture = GaussianMixture(peaks=2, reach=1.0, width=0.5)
    learned = {"centres": torch.tensor([[[0.9, -0.9]], [[1.1, -1.1]]]), "log_width": torch.full((2, 1), 0.25).log()}
    assert mixture.describe(learned) == "z in 2 peaks at −1, 1 of width .25"  # sorted, mean over the seeds
    assert LearnableNormal().describe({"log_spread": torch.tensor([[0.5, 2.0]]).log()}) == "z ~ N(0, s²) with learned s = .5, 2"
    assert Uniform(2.0).describe({}) == "z uniform in [−2, 2]"
    assert IntegerGrid(4).describe({}) == "z an integer from −4 to 4"
    assert Signs().describe({}) == "z = ±1"


def test_signs_are_both_signs() -> None:
    assert float(drawn(Signs()).abs().min()) == 1.0


@pytest.mark.parametrize("wrong", [0, -1.0, float("nan"), float("inf")])
def test_settings_are_checked(wrong: float) -> None:
    with pytest.raises(InvalidData, match=r"IntegerGrid\(reach=.*expected a whole number"):
        IntegerGrid(wrong)  # type: ignore[arg-type]
    for make, name in ((Normal, "spread"), (Uniform, "reach"), (LearnableNormal, "spread")):
        with pytest.raises(InvalidData, match=f"{make.__name__}\\({name}=.*expected a positive number"):
            make(wrong)  # type: ignore[operator]
    for name in ("peaks", "reach", "width"):
        with pytest.raises(InvalidData, match=name):
            GaussianMixture(**{name: wrong})  # type: ignore[arg-type]
