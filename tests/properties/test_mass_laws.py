"""The mass convention over random mixtures: shares, thresholds and what rounding may hide, against a slow count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from physym.data.mass_convention import MASSLESS_BELOW, PION_MASS, MassConvention, mass_convention

FLOAT32, FLOAT64 = 2.0**-24, 2.0**-53
OTHERS = np.array([0.000511, 0.105658, 0.493677, 0.938272])


def momenta(masses: np.ndarray, seed: int, scale: float = 10.0) -> np.ndarray:
    p = np.random.default_rng(seed).normal(0, scale, (len(masses), 3))
    return np.column_stack([np.sqrt((p**2).sum(1) + masses**2), p])


def boost(rapidity: float) -> np.ndarray:
    out = np.eye(4)
    out[[0, 0, 1, 1], [0, 1, 0, 1]] = np.cosh(rapidity), np.sinh(rapidity), np.sinh(rapidity), np.cosh(rapidity)
    return out


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[np.ndarray, tuple[float, float]]:
    """Masses of a mixture and its true shares (massless, pion)."""
    light, pions, heavy = (draw(st.integers(0, 400)) for _ in range(3))
    assume(light + pions + heavy > 0)
    masses = np.concatenate([np.zeros(light), np.full(pions, PION_MASS), np.full(heavy, draw(st.sampled_from(list(OTHERS[1:]))))])
    total = len(masses)
    return np.random.default_rng(draw(st.integers(0, 2**31))).permutation(masses), (light / total, pions / total)


def expected_kind(massless: float, pion: float) -> str:
    """One mass needs 99.9 % of the constituents."""
    for share, kind in ((massless, "massless"), (pion, "pion"), (1 - massless - pion, "one mass")):
        if share >= 0.999:
            return kind
    return "mixed"


@given(mixtures(), st.integers(0, 2**31))
def test_shares_and_kind_are_those_of_the_mixture(mixture: tuple[np.ndarray, tuple[float, float]], seed: int) -> None:
    masses, (massless, pion) = mixture
    found = mass_convention(momenta(masses, seed), rounding=FLOAT64)
    assert (found.massless, found.pion) == pytest.approx((massless, pion))
    assert found.kind == expected_kind(massless, pion)
    assert found.mass == pytest.approx(np.sqrt(np.median(masses**2)), abs=1e-5)
    assert found.resolved == 1


@given(mixtures(), st.integers(0, 2**31), st.floats(-1.5, 1.5))
def test_a_boost_changes_no_share(mixture: tuple[np.ndarray, tuple[float, float]], seed: int, rapidity: float) -> None:
    rest = momenta(mixture[0], seed)
    before, after = (mass_convention(p, rounding=FLOAT64) for p in (rest, rest @ boost(rapidity).T))
    assert (after.kind, after.massless, after.pion) == (before.kind, before.massless, before.pion)


@given(mixtures(), st.integers(0, 2**31))
def test_a_stretch_that_is_no_lorentz_transformation_is_noticed(mixture: tuple[np.ndarray, tuple[float, float]], seed: int) -> None:
    stretched = momenta(mixture[0], seed) * [1.0, 0.9, 1.0, 1.0]
    assert mass_convention(stretched, rounding=FLOAT64).kind == ("mixed" if len(stretched) > 1 else "one mass")


@pytest.mark.parametrize(("strangers", "kind"), [(0, "massless"), (1, "massless"), (2, "mixed"), (20, "mixed")])
def test_one_stranger_in_a_thousand_is_borne_and_two_are_not(strangers: int, kind: str) -> None:
    masses = np.zeros(1000)
    masses[:strangers] = 0.497611
    assert mass_convention(momenta(masses, 0), rounding=FLOAT64).kind == kind


@pytest.mark.parametrize(("mass", "kind"), [(0.5 * MASSLESS_BELOW, "massless"), (2 * MASSLESS_BELOW, "one mass"), (OTHERS[0], "massless")])
def test_what_is_lighter_than_an_mev_counts_as_massless(mass: float, kind: str) -> None:
    assert mass_convention(momenta(np.full(500, mass), 1, scale=1.0), rounding=FLOAT64).kind == kind


@pytest.mark.parametrize(
    ("factor", "kind"), [(1.004, "pion"), (0.996, "pion"), (1.006, "one mass"), (0.994, "one mass"), (1.2, "one mass")]
)
def test_the_pion_mass_is_known_to_half_a_percent(factor: float, kind: str) -> None:
    # one percent of m² is half a percent of m
    assert mass_convention(momenta(np.full(500, factor * PION_MASS), 2), rounding=FLOAT64).kind == kind


@given(mixtures(), st.integers(0, 2**31), st.floats(0.5, 300.0))
def test_resolved_is_the_share_whose_error_is_below_a_quarter_of_the_pion(
    mixture: tuple[np.ndarray, tuple[float, float]], seed: int, scale: float
) -> None:
    p = momenta(mixture[0], seed, scale)
    found = mass_convention(p, rounding=FLOAT32)
    slow = [4 * FLOAT32 * energy**2 < PION_MASS**2 / 4 for energy in p[:, 0]]
    assert found.resolved == pytest.approx(sum(slow) / len(slow))
    assert found.uncertainty == pytest.approx(4 * FLOAT32 * max(p[:, 0]) ** 2)
    assert (found.kind == "unresolved") == (found.resolved < 0.01)


@given(mixtures(), st.integers(0, 2**31))
def test_storage_in_float32_never_invents_a_mass(mixture: tuple[np.ndarray, tuple[float, float]], seed: int) -> None:
    masses, (massless, _) = mixture
    stored = momenta(masses, seed).astype(np.float32).astype(np.float64)
    found = mass_convention(stored, rounding=FLOAT32)
    seen = 4 * FLOAT32 * stored[:, 0] ** 2 < PION_MASS**2 / 4
    if found.kind == "unresolved":
        return
    # within the resolved ones rounding may hide no more than it may: a massless one stays massless, a pion a pion
    assert found.massless >= (masses[seen] == 0).mean() - 1e-12
    assert found.pion >= (masses[seen] == PION_MASS).mean() - 1e-12
    # taken for float64, the same numbers show masses that are not there
    if massless == 1 and len(masses) > 20:
        assert mass_convention(stored, rounding=FLOAT64).kind != "massless"


@given(mixtures(), st.integers(0, 2**31))
def test_the_sentence_and_the_warning_say_what_was_found(mixture: tuple[np.ndarray, tuple[float, float]], seed: int) -> None:
    found: MassConvention = mass_convention(momenta(mixture[0], seed), rounding=FLOAT64)
    word = {"massless": "massless", "pion": "pion mass", "one mass": "one mass", "mixed": "mixed masses"}[found.kind]
    assert found.sentence.startswith(word)
    assert (found.warning is None) == (found.kind == "massless")
    assert found.massless + found.pion + found.other == pytest.approx(1)
