"""The methods of the paired benchmark are given a fair chance: each finds what it can find on easy data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import liegg
from physym.algebra import so


@pytest.mark.parametrize("case", liegg.CASES, ids=lambda case: case.name)
def test_the_truth_lies_in_the_searched_space(case: liegg.Case) -> None:
    flat = case.searched.reshape(len(case.searched), -1)
    assert np.allclose(flat @ flat.T, np.eye(len(flat)))
    assert liegg.cos2(case.searched, case.truth) == pytest.approx(1)
    samples = case.draw(0)
    assert samples.n == case.truth.n
    assert np.array_equal(samples.x, case.draw(0).x)
    assert not np.array_equal(samples.x, case.draw(1).x)


def test_least_squares_is_exact_on_a_polynomial() -> None:
    samples = liegg.so5(0)
    case = replace(liegg.CASES[0], degree=2)
    basis, gap = liegg.least_squares(case, replace(samples, y=(samples.x**2).sum(1)), 0)
    assert gap == 10
    assert liegg.cos2(basis, so(5)) == pytest.approx(1, abs=1e-12)


def test_least_squares_and_spectral_find_the_symmetry_of_a_flow() -> None:
    case = liegg.CASES[3]
    for method in (liegg.least_squares, liegg.spectral):
        basis, dimension = method(case, case.draw(1), 1)
        assert dimension == 3
        assert liegg.cos2(basis, case.truth) > 0.999


def test_the_measure_of_success_fails_on_a_wrong_span() -> None:
    assert liegg.cos2(np.eye(5)[None] / np.sqrt(5), so(5)) < 1e-12
    assert liegg.cos2(so(5).basis[:5], so(5)) == pytest.approx(0.5)


def test_networks_are_stacked() -> None:
    stack = liegg.Stack([nn.Flatten(0), nn.Flatten(0)])
    assert stack(torch.ones(3, 1)).shape == (3, 2)


@pytest.mark.slow
def test_every_method_is_measured() -> None:
    rows = liegg.run(seeds=1, cases=(liegg.CASES[3],))
    assert [row.unit for row in rows].count("× Spectral") == 2
    assert all(np.isfinite(row.value) for row in rows)
