"""Regularisers against their equations, written out row by row and pair by pair."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from torch import Tensor

from physym.algebra import so
from physym.discovery.adversarial import (
    ChannelCosine,
    ChannelKilling,
    CosineSimilarity,
    GeneratorNorm,
    LogSpectrum,
    Sparsity,
)
from physym.discovery.adversarial.base import Move, Penalty
from physym.errors import InvalidData

KINDS = (CosineSimilarity, GeneratorNorm, LogSpectrum, ChannelCosine, ChannelKilling, Sparsity)
ALL: tuple[Penalty, ...] = tuple(kind(0.7) for kind in KINDS)


def move(*, seeds: int = 2, channels: int = 3, seed: int = 0) -> Move:
    generator = torch.Generator().manual_seed(seed)
    shape = (seeds, 5, 16)
    generators = torch.randn(seeds, channels, 4, 4, generator=generator, dtype=torch.float64)
    before, after = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    return Move(generators, before, after, (4, 4))


def cosine(a: Tensor, b: Tensor) -> float:
    return float((a * b).sum() / (a.norm() * b.norm()))


def slow(penalty: Penalty, one: Move, seed: int) -> float:
    """The equation for one seed."""
    generators, pairs = one.generators[seed], list(combinations(range(one.generators.shape[1]), 2))
    rows = list(zip(one.before[seed], one.after[seed], strict=True))
    if isinstance(penalty, CosineSimilarity):
        return abs(sum(cosine(a, b) for a, b in rows) / len(rows))
    if isinstance(penalty, GeneratorNorm):
        return -sum(float(L.norm()) for L in generators)
    if isinstance(penalty, ChannelCosine):
        return sum(abs(cosine(generators[i], generators[j])) for i, j in pairs)
    if isinstance(penalty, ChannelKilling):
        n, total = generators.shape[-1], 0.0
        for a, b in ((generators[i], generators[j]) for i, j in pairs):
            form = 2 * n * torch.trace(a @ b) - 2 * torch.trace(a) * torch.trace(b)
            total += abs(float(form / (2 * n * a.norm() * b.norm())))
        return total
    if isinstance(penalty, Sparsity):
        return sum(abs(entry) for entry in generators.flatten().tolist())
    spectra = [[np.log(np.abs(np.fft.rfft2(row.reshape(4, 4).numpy())) ** 2 + 1e-6).ravel() for row in pair] for pair in rows]
    centred = [[torch.from_numpy(s - s.mean()) for s in pair] for pair in spectra]
    return abs(sum(cosine(a, b) for a, b in centred) / len(centred))


@pytest.mark.parametrize("penalty", ALL, ids=lambda p: type(p).__name__)
def test_every_term_is_its_equation_for_each_seed(penalty: Penalty) -> None:
    one = move()
    found = penalty(one)
    assert isinstance(penalty, Penalty)
    assert found.shape == (2,)
    for seed in range(2):
        assert float(found[seed]) == pytest.approx(0.7 * slow(penalty, one, seed), rel=1e-9)


@pytest.mark.parametrize("penalty", ALL, ids=lambda p: type(p).__name__)
def test_the_weight_is_a_factor(penalty: Penalty) -> None:
    one = move(seed=1)
    assert torch.allclose(type(penalty)(weight=1.4)(one), 2 * penalty(one))  # type: ignore[call-arg]


@pytest.mark.parametrize("penalty", [GeneratorNorm(), ChannelCosine(), ChannelKilling(), Sparsity()], ids=lambda p: type(p).__name__)
def test_the_gradient_is_finite_at_generators_that_vanish(penalty: Penalty) -> None:
    leaf = torch.zeros(1, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    value = penalty(Move(leaf, torch.ones(1, 4, 3), torch.ones(1, 4, 3)))
    assert bool(torch.isfinite(torch.autograd.grad(value.sum(), leaf)[0]).all())


def test_equal_channels_overlap_most_and_orthogonal_ones_not() -> None:
    rows = torch.ones(1, 4, 3, dtype=torch.float64)
    rotations = torch.from_numpy(so(3).basis)[None]
    for penalty in (ChannelCosine(1.0), ChannelKilling(1.0)):
        assert float(penalty(Move(rotations, rows, rows))) == pytest.approx(0.0, abs=1e-12)
        assert float(penalty(Move(rotations[:, :1].expand(-1, 3, -1, -1), rows, rows))) == pytest.approx(3.0)
        assert float(penalty(Move(rotations[:, :1], rows, rows))) == 0.0  # a single channel


def test_the_scale_of_generators_does_not_matter_to_their_overlap() -> None:
    one = move()
    scaled = Move(one.generators * torch.tensor([1e-3, 1.0, 1e3])[:, None, None], one.before, one.after)
    for penalty in (ChannelCosine(), ChannelKilling()):
        assert torch.allclose(penalty(one), penalty(scaled))


def test_other_norms() -> None:
    rows = torch.ones(1, 4, 2)
    generators = torch.tensor([[[[3.0, 0.0], [-4.0, 0.0]]]])
    assert float(GeneratorNorm(1.0, power=1.0)(Move(generators, rows, rows))) == -7.0
    assert float(GeneratorNorm(1.0, power=math.inf)(Move(generators, rows, rows))) == -4.0


def test_a_turn_by_a_right_angle_has_no_similarity() -> None:
    x = torch.randn(1, 50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for angle in (0.0, 0.4, math.pi / 2, 3.0):
        c, s = math.cos(angle), math.sin(angle)
        turned = x @ torch.tensor([[c, s], [-s, c]], dtype=torch.float64)
        assert float(CosineSimilarity(1.0)(Move(torch.zeros(1, 1, 2, 2), x, turned))) == pytest.approx(abs(c))


def test_a_cyclic_shift_leaves_the_spectrum() -> None:
    """That is why the term steers away from translations; a turn changes it."""
    pictures = torch.rand(1, 6, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    shifted = pictures.reshape(1, 6, 8, 8).roll((2, 3), (2, 3)).reshape(1, 6, 64)
    turned = pictures.reshape(1, 6, 8, 8).rot90(1, (2, 3)).reshape(1, 6, 64)
    nothing = torch.zeros(1, 1, 3, 3)
    assert float(LogSpectrum(1.0)(Move(nothing, pictures, shifted, (8, 8)))) == pytest.approx(1.0)
    assert float(LogSpectrum(1.0)(Move(nothing, pictures, turned, (8, 8)))) < 0.7


def test_spectra_of_rows_that_are_no_pictures_are_refused() -> None:
    rows = torch.ones(1, 4, 3)
    with pytest.raises(InvalidData, match="these rows are none; use CosineSimilarity"):
        LogSpectrum()(Move(torch.zeros(1, 1, 3, 3), rows, rows))
