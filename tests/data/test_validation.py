"""Each check accepts what is right and fails on what is wrong, and its sentence names the first offender and a cure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.data import validation
from physym.errors import InvalidData, ShapeError, UnitsError


def on_shell(n: int, seed: int = 0, mass: float = 0.0) -> np.ndarray:
    p = np.random.default_rng(seed).normal(0, 30, (n, 3))
    return np.column_stack([np.sqrt((p**2).sum(1) + mass**2), p])


def check(momenta: np.ndarray, tolerance: float = 1e-6) -> float:
    """The momenta as jets of two constituents."""
    return validation.check_momenta(momenta, np.ones((len(momenta) // 2, 2), dtype=bool), tolerance=tolerance, source="f.root")


@given(st.integers(0, 10_000), st.floats(0, 10))
def test_particles_on_their_shell_are_accepted(seed: int, mass: float) -> None:
    assert check(on_shell(20, seed, mass)) < 1e-14


@given(st.integers(0, 19), st.integers(0, 3), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_the_first_number_that_is_not_finite_is_named(row: int, column: int, value: float) -> None:
    momenta = on_shell(20)
    momenta[row, column] = value
    with pytest.raises(InvalidData, match=rf"f\.root: NaN or infinite.*jet {row // 2}, constituent {row % 2}"):
        check(momenta)


def test_infinities_that_cancel_are_still_found() -> None:
    momenta = on_shell(4)
    momenta[0, 1], momenta[1, 1] = np.inf, -np.inf
    with pytest.raises(InvalidData, match="in 2 of 4"):
        check(momenta)


@given(st.integers(0, 19), st.floats(1e-5, 0.9))
def test_the_excess_of_a_space_like_constituent_is_measured(row: int, share: float) -> None:
    momenta = on_shell(20)
    momenta[row, 0] *= np.sqrt(1 / (1 + share))
    assert check(momenta, tolerance=1.0) == pytest.approx(share, rel=1e-6)
    with pytest.raises(InvalidData, match=rf"jet {row // 2}, constituent {row % 2}"):
        check(momenta, tolerance=share * 0.99)


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        (lambda p: p[:, [1, 2, 3, 0]], "order='px,py,pz,E'"),
        (lambda p: p * np.array([0.9, 1, 1, 1]), "resolution="),
        (lambda p: p * np.array([-1.0, 1, 1, 1]), "resolution="),
        (lambda p: p / 100, None),
        (lambda p: np.column_stack([p[:, 1] / 300, p[:, 2] / 300, np.log(p[:, 0]), p[:, 3] / 300]), "relative to the jet axis"),
    ],
)
def test_the_cure_fits_the_mistake(change: object, cure: str | None) -> None:
    momenta = change(on_shell(200))  # type: ignore[operator]
    if cure is None:
        check(momenta)
        return
    with pytest.raises(InvalidData, match=cure):
        check(momenta)


@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 3), (4,), (2, 3, 4, 1)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"expected \(N jets, n constituents, 4\)"):
        validation.check_shape(np.ones(shape), "memory")


@pytest.mark.parametrize("shape", [(0, 3, 4), (3, 0, 4)])
def test_empty_arrays_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidData, match="zero jets"):
        validation.check_shape(np.ones(shape), "memory")


@pytest.mark.parametrize(("median", "fails"), [(30.0, False), (7_000.0, False), (19_999.0, False), (30_000.0, True), (6e5, True)])
def test_only_impossible_momenta_are_taken_for_mev(median: float, fails: bool) -> None:
    pt = np.full(11, median)
    pt[:5] = 1.0  # a few soft jets do not hide the unit
    if fails:
        with pytest.raises(UnitsError, match='units="MeV"'):
            validation.check_units(pt, "f.root")
    else:
        validation.check_units(pt, "f.root")


def test_one_distinct_jet_is_enough() -> None:
    jets = np.ones((6, 2, 4))
    with pytest.raises(InvalidData, match="all 6 jets are identical"):
        validation.check_distinct(jets, "f.root")
    for odd in (0, 3, 5):
        other = jets.copy()
        other[odd, 1, 2] = 2.0
        validation.check_distinct(other, "f.root")
    validation.check_distinct(jets[:1], "f.root")


@pytest.mark.parametrize("labels", [np.zeros(3, bool), np.zeros(3, np.int8), np.zeros(3, np.uint8), np.zeros(3, np.float32)])
def test_whole_numbers_of_any_type_are_labels(labels: np.ndarray) -> None:
    validation.check_labels(labels, 3, "f.root")
    with pytest.raises(InvalidData, match=r"expected \(4,\)"):
        validation.check_labels(labels, 4, "f.root")
    with pytest.raises(InvalidData, match=r"expected \(3,\)"):
        validation.check_labels(labels[:, None], 3, "f.root")


@pytest.mark.parametrize("labels", [np.array(["top", "qcd"]), np.array([0.0, 0.5]), np.array([0.0, np.nan])])
def test_anything_else_is_no_label(labels: np.ndarray) -> None:
    with pytest.raises(InvalidData, match="whole numbers"):
        validation.check_labels(labels, 2, "f.root")


def test_units_are_known_or_refused() -> None:
    assert validation.gev_per_unit("GeV") == 1
    assert validation.gev_per_unit("MeV") * validation.gev_per_unit("TeV") == 1
    for unit in ("mev", "", "eV"):
        with pytest.raises(UnitsError, match="expected one of GeV, MeV, TeV"):
            validation.gev_per_unit(unit)
