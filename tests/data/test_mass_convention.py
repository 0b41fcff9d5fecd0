"""The mass convention is told as far as the rounding lets it be seen, and no further."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.data.mass_convention import PION_MASS, MassConvention, mass_convention
from physym.errors import InvalidData


def on_shell(masses: np.ndarray | float, n: int = 2000, *, scale: float = 20.0, seed: int = 0) -> np.ndarray:
    """Momenta (E, px, py, pz) with these masses."""
    p = np.random.default_rng(seed).normal(0, scale, (n, 3))
    energy = np.sqrt((p**2).sum(1) + np.asarray(masses) ** 2)
    return np.column_stack([energy, p])


@pytest.mark.parametrize(("mass", "kind"), [(0.0, "massless"), (PION_MASS, "pion"), (0.938272, "one mass"), (0.105658, "one mass")])
def test_one_mass_is_recognised_in_float64(mass: float, kind: str) -> None:
    found = mass_convention(on_shell(mass), rounding=2.0**-53)
    assert found.kind == kind
    assert found.mass == pytest.approx(mass, abs=1e-6)
    assert found.resolved == 1


@pytest.mark.parametrize(("mass", "kind"), [(0.0, "massless"), (PION_MASS, "pion")])
def test_one_mass_is_recognised_in_float32(mass: float, kind: str) -> None:
    stored = on_shell(mass).astype(np.float32).astype(np.float64)
    assert mass_convention(stored, rounding=2.0**-24).kind == kind
    # the same numbers taken for float64 look like a mixture: the rounding matters
    assert mass_convention(stored, rounding=2.0**-53).kind == "mixed"


@given(st.floats(0.05, 0.95))
def test_a_mixture_has_the_shares_it_was_made_with(share: float) -> None:
    pions = int(1000 * share)
    masses = np.where(np.arange(1000) < pions, PION_MASS, 0.0)
    found = mass_convention(on_shell(masses, 1000), rounding=2.0**-53)
    assert found.kind == "mixed"
    assert found.pion == pytest.approx(pions / 1000)
    assert found.massless == pytest.approx(1 - pions / 1000)
    assert found.warning is not None


def test_float32_hides_the_pion_mass_at_high_energy() -> None:
    stored = on_shell(PION_MASS, scale=2000.0).astype(np.float32).astype(np.float64)
    found = mass_convention(stored, rounding=2.0**-24)
    assert found.kind == "unresolved"
    assert "float64" in (found.warning or "")


def test_the_uncertainty_bounds_what_float32_does_to_a_massless_constituent() -> None:
    exact = on_shell(0.0, 20_000, scale=500.0)
    stored = exact.astype(np.float32).astype(np.float64)
    found = mass_convention(stored, rounding=2.0**-24)
    m2 = stored[:, 0] ** 2 - (stored[:, 1:] ** 2).sum(1)
    assert np.abs(m2).max() <= found.uncertainty
    assert np.abs(m2).max() > found.uncertainty / 20  # and is not far from it


def test_a_resolution_hides_masses() -> None:
    assert mass_convention(on_shell(PION_MASS), rounding=2.0**-53, resolution=0.05).kind == "unresolved"


def test_the_ordinary_massless_sample_gives_no_warning() -> None:
    assert mass_convention(on_shell(0.0), rounding=2.0**-53).warning is None


def test_one_mass_says_that_no_dilation_is_expected() -> None:
    assert "no dilation" in (mass_convention(on_shell(0.5), rounding=2.0**-53).warning or "")


def test_no_constituents_are_unresolved() -> None:
    assert mass_convention(np.zeros((0, 4)), rounding=2.0**-53).kind == "unresolved"


def test_shares_must_be_shares() -> None:
    with pytest.raises(InvalidData, match="massless"):
        MassConvention("massless", massless=1.5, pion=0.0, mass=0.0, resolved=1.0, uncertainty=0.0)
