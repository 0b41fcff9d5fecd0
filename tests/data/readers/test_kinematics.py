"""Four-momenta from columns, by name, in every coordinate set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.data.readers.kinematics import SETS, choose, complete, four_momenta, quantities
from physym.errors import InvalidData, MissingField


def everything(seed: int = 0, n: int = 50, mass: float = 0.5) -> dict[str, np.ndarray]:
    """All quantities of random momenta."""
    px, py, pz = np.random.default_rng(seed).normal(0, 10, (3, n))
    pt, m = np.hypot(px, py), np.full(n, mass)
    energy = np.sqrt(px**2 + py**2 + pz**2 + m**2)
    rapidity = np.arctanh(pz / energy)
    return {
        "E": energy, "px": px, "py": py, "pz": pz, "pt": pt, "eta": np.arcsinh(pz / pt), "phi": np.arctan2(py, px), "mass": m,
        "rapidity": rapidity,
    }  # fmt: skip


@pytest.mark.parametrize("names", SETS)
def test_every_coordinate_set_gives_the_same_momenta(names: tuple[str, ...]) -> None:
    truth = everything(mass=0.5 if {"E", "mass"} & set(names) else 0.0)
    momenta, _ = four_momenta({name: truth[name] for name in names})
    np.testing.assert_allclose(momenta, np.stack([truth[name] for name in ("E", "px", "py", "pz")], axis=1), rtol=1e-10, atol=1e-12)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.13957, 0.938]))
def test_polar_float32_columns_keep_the_mass_shell_of_float64(seed: int, mass: float) -> None:
    truth = everything(seed, mass=mass)
    columns = {name: truth[name].astype(np.float32) for name in ("pt", "eta", "phi", "mass")}
    momenta, rounding = four_momenta(columns)
    m2 = momenta[:, 0] ** 2 - (momenta[:, 1:] ** 2).sum(1)
    assert rounding == 2.0**-53
    np.testing.assert_allclose(m2, mass**2, atol=1e-6 * mass**2 + 1e-13 * momenta[:, 0].max() ** 2)


def test_cartesian_float32_columns_say_so() -> None:
    truth = everything()
    assert four_momenta({name: truth[name].astype(np.float32) for name in SETS[0]})[1] == 2.0**-24


def test_small_negative_masses_are_the_rounding_of_zero() -> None:
    base = {"pt": np.array([25.0, 25.0]), "eta": np.zeros(2), "phi": np.zeros(2)}
    momenta, _ = four_momenta(base | {"mass": np.array([-0.02, -20.0])})
    m2 = momenta[:, 0] ** 2 - (momenta[:, 1:] ** 2).sum(1)
    np.testing.assert_allclose(m2, [0.0, -400.0], atol=1e-10)  # a large one is left for the checks to refuse


def test_missing_values_become_nan() -> None:
    column = np.ma.masked_array([3.0, 4.0], mask=[False, True])
    momenta, _ = four_momenta({"pt": column, "eta": np.zeros(2), "phi": np.zeros(2)})
    assert np.isnan(momenta[1]).any()
    assert np.isfinite(momenta[0]).all()


def test_incomplete_quantities_are_refused() -> None:
    with pytest.raises(InvalidData, match="do not fix a four-momentum"):
        four_momenta({"E": np.ones(2), "eta": np.ones(2)})


@pytest.mark.parametrize(
    "names",
    [
        ("part_px", "part_py", "part_pz", "part_energy"),
        ("part_Px", "part_Py", "part_Pz", "part_E"),
        ("part_pt", "part_eta", "part_phi", "part_mass"),
        ("part_pt", "part_eta", "part_phi", "part_e"),
        ("part_rho", "part_eta", "part_phi", "part_tau"),
        ("part_x", "part_y", "part_z", "part_t"),
        ("part_fX", "part_fY", "part_fZ", "part_fE"),
    ],
)
def test_names_are_known_in_every_dialect(names: tuple[str, ...]) -> None:
    assert set(choose(names[::-1], "part_", "file").values()) == set(names)


def test_explicit_names_win() -> None:
    assert quantities(["E", "energy"])["E"] == "energy"
    assert complete({"pt": "", "eta": ""}) is None


def test_what_is_missing_is_named_with_near_misses() -> None:
    with pytest.raises(MissingField, match=r"missing pz \(for instance mu_pz\). Near misses: mu_pzz"):
        choose(["mu_px", "mu_py", "mu_pzz", "mu_E"], "mu_", "f.root")
    with pytest.raises(InvalidData, match="relative to the jet axis"):
        choose(["part_etarel", "part_phirel", "part_ptrel"], "part_", "f.root")
