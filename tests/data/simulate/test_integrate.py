"""The integrator against a closed solution, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data.simulate.integrate import integrate
from physym.errors import InvalidData


def test_each_run_is_as_exact_as_if_it_were_alone() -> None:
    rates = np.linspace(0.1, 3.0, 50)[:, None]
    states, step = integrate(lambda x: -rates * x, np.ones((50, 1)), span=2.0, points=5)
    np.testing.assert_allclose(states[:, :, 0], np.exp(-rates * step * np.arange(5)), atol=1e-8)


def test_a_solution_that_ends_is_refused() -> None:
    with pytest.raises(InvalidData, match="the solver stopped"):
        integrate(lambda x: x**2, np.ones((1, 1)), span=2.0, points=5)  # infinite at t = 1


def test_times_must_make_sense() -> None:
    with pytest.raises(InvalidData, match="two times"):
        integrate(lambda x: x, np.ones((1, 1)), span=0.0, points=5)
