"""Toy jets: on shell, in the window, reproducible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.data.simulate import toy_jets
from physym.errors import InvalidData


@given(st.integers(0, 2**31), st.sampled_from([0.0, 0.13957039, 0.938272, 5.0]))
def test_constituents_are_on_shell_and_jets_in_the_window(seed: int, mass: float) -> None:
    jets = toy_jets(20, seed=seed, mass=mass, pt_window=(100, 120))
    p = jets.four_momenta
    np.testing.assert_allclose(p[..., 0] ** 2 - (p[..., 1:] ** 2).sum(-1), mass**2, atol=1e-13 * p[..., 0].max() ** 2)
    pt = np.hypot(p[..., 1], p[..., 2]).sum(1)
    assert (pt >= 99.9).all()
    assert (pt <= 121).all()


def test_equal_seeds_give_equal_jets() -> None:
    a, b, c = (toy_jets(10, seed=seed).four_momenta for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_noise_has_the_size_that_was_asked_for() -> None:
    clean, noisy = toy_jets(2000, seed=4, constituents=1), toy_jets(2000, seed=4, constituents=1, noise=0.05)
    ratio = (noisy.four_momenta / clean.four_momenta)[..., 0]
    assert ratio.std() == pytest.approx(0.05, rel=0.1)
    assert noisy.resolution == 0.05


def test_signal_is_wider() -> None:
    jets = toy_jets(400, seed=1)
    momenta = jets.momenta
    mass = np.sqrt(momenta[:, 0] ** 2 - (momenta[:, 1:] ** 2).sum(1))
    assert jets.labels is not None
    assert np.median(mass[jets.labels == 1]) > 1.5 * np.median(mass[jets.labels == 0])
    assert toy_jets(5, seed=1, labels=False).labels is None


@pytest.mark.parametrize("bad", [{"n": 0}, {"mass": -1.0}, {"constituents": 0}, {"noise": -0.1}, {"pt_window": (5.0, 1.0)}])
def test_impossible_settings_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidData, match="toy_jets"):
        toy_jets(**({"n": 5, "seed": 1} | bad))  # type: ignore[arg-type]
