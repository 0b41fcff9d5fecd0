"""Textbook functions: the stated algebra leaves them unchanged, nothing larger does, and they break by as much as is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from physym.algebra import LieAlgebra, closure_residual, sl, so
from physym.data.simulate import TEXTBOOK, TextbookFunction, textbook
from physym.data.simulate.textbook import change_along, uneven
from physym.errors import InvalidData, UnknownDataset

CASES = list(TEXTBOOK.values())
NAMES = list(TEXTBOOK)


def vectors(case: TextbookFunction, rows: int = 60, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, case.copies, case.n))


def act(g: np.ndarray, points: np.ndarray) -> np.ndarray:
    n = points.shape[2]
    return np.asarray(points @ g[:n, :n].T + (g[:n, n] if len(g) > n else 0.0))


def searched(case: TextbookFunction) -> np.ndarray:
    """All linear maps, affine or complex-linear ones where the case is about those."""
    size = case.algebra.n
    if case.holomorphic:
        units = np.eye(4).reshape(4, 2, 2)
        return np.concatenate([np.kron(np.eye(2), units), np.kron([[0.0, -1.0], [1.0, 0.0]], units)])
    return np.eye(size * size).reshape(-1, size, size)[: case.n * size]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_algebra_leaves_the_function_unchanged(case: TextbookFunction) -> None:
    """Also by finite group elements: f(exp(A) x) = f(x)."""
    x = vectors(case)
    mixture = np.random.default_rng(1).normal(size=case.algebra.dimension) / 3
    g = expm(np.tensordot(mixture, case.algebra.basis, 1))
    np.testing.assert_allclose(case.value(act(g, x)), case.value(x), rtol=1e-9, atol=1e-9)
    assert closure_residual(case.algebra) < 1e-12


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_nothing_else_does(case: TextbookFunction) -> None:
    """The null space of all derivatives has exactly the dimension of the algebra."""
    changes = np.stack([change_along(case.value, vectors(case, 400), a) for a in searched(case)])
    values = np.linalg.svd(changes, compute_uv=False)
    assert (values < 1e-5 * values[0]).sum() == case.algebra.dimension
    assert values[-case.algebra.dimension - 1] > 1e-2 * values[0]


def test_a_wrong_algebra_would_be_seen() -> None:
    wrong = replace(textbook("so(3)"), algebra=so(2, 1))
    with pytest.raises(AssertionError):
        test_the_algebra_leaves_the_function_unchanged(wrong)
    smaller = replace(textbook("so(3)"), algebra=LieAlgebra(so(3).basis[:2]))
    with pytest.raises(AssertionError):
        test_nothing_else_does(smaller)


@pytest.mark.parametrize("case", [case for case in CASES if case.name != "so(5) of two vectors"], ids=lambda case: case.name)
def test_the_stated_degree_fits_the_function(case: TextbookFunction) -> None:
    from physym.algebra import evaluate, exponents

    x = vectors(case, 900).reshape(900, -1)
    psi = evaluate(x, exponents(x.shape[1], range(case.degree + 1)))
    y = case.value(x.reshape(900, case.copies, case.n))
    residual = y - psi @ np.linalg.lstsq(psi, y, rcond=None)[0]
    assert np.abs(residual).max() < 1e-8 * np.abs(y).max()
    lower = evaluate(x, exponents(x.shape[1], range(case.degree)))
    assert np.std(y - lower @ np.linalg.lstsq(lower, y, rcond=None)[0]) > 0.1 * np.std(y)


@pytest.mark.parametrize(("case", "breaking"), [*((case, 0.1) for case in CASES), (TEXTBOOK["so(1,3)"], 0.01), (TEXTBOOK["so(1,3)"], 0.3)])
def test_the_relative_defect_is_the_one_asked_for(case: TextbookFunction, breaking: float) -> None:
    """Measured on other rows than those that set it."""
    t = case._admixture(breaking)

    def broken(points: np.ndarray) -> np.ndarray:
        return np.asarray(case.value(points) + t * uneven(points))

    x = case._vectors(15_000, np.random.default_rng(7))
    claimed = np.linalg.qr(case.algebra.basis.reshape(case.algebra.dimension, -1).T)[0].T.reshape(case.algebra.basis.shape)
    everything = searched(case)
    everything = everything / np.linalg.norm(everything, axis=(1, 2))[:, None, None]
    scale = np.sqrt(np.mean([(change_along(broken, x, a) ** 2).mean() for a in everything]))
    worst = np.linalg.svd(np.stack([change_along(broken, x, a) for a in claimed]), compute_uv=False)[0] / np.sqrt(len(x))
    assert worst / scale == pytest.approx(breaking, rel=0.05)


def test_noise_is_relative_to_the_function_and_independent_of_the_rows() -> None:
    case = textbook("so(3)")
    exact, noisy = case.make(20_000, seed=3), case.make(20_000, seed=3, noise=0.1)
    np.testing.assert_array_equal(exact.x, noisy.x)
    assert exact.y is not None
    assert noisy.y is not None
    assert exact.y.std() == pytest.approx(1, rel=0.05)
    noise = noisy.y - exact.y
    assert noise.std() == pytest.approx(0.1, rel=0.03)
    assert abs(np.corrcoef(noise, exact.x[:, 0])[0, 1]) < 0.03


def test_one_seed_is_one_data_set() -> None:
    case = textbook("se(3)")
    here, again, other = (case.make(50, seed=seed, noise=0.1, breaking=0.1) for seed in (4, 4, 5))
    np.testing.assert_array_equal(here.y, again.y)
    assert (here.x != other.x).any()


def test_the_distribution_of_the_rows_is_not_symmetric() -> None:
    """Else a method that reads p(x) instead of p(y | x) would succeed as well."""
    x = textbook("so(4)").make(5000, seed=0).x
    spread = x.std(0)
    assert spread.max() / spread.min() > 1.5


def test_only_traceless_maps_keep_a_determinant() -> None:
    x = vectors(textbook("sl(3,R)"))
    assert np.abs(change_along(textbook("sl(3,R)").value, x, np.eye(3))).max() > 0.1
    assert np.abs(change_along(textbook("sl(3,R)").value, x, sl(3).basis[0])).max() < 1e-6


@pytest.mark.parametrize(
    "arguments", [{"rows": 0}, {"rows": 5, "noise": -1.0}, {"rows": 5, "breaking": -0.1}, {"rows": 5, "breaking": 50.0}]
)
def test_impossible_requests_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(InvalidData, match=r"expected|out of reach"):
        textbook("so(3)").make(seed=0, **arguments)  # type: ignore[arg-type]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownDataset, match=r"so\(1,3\)"):
        textbook("so(1,4)")
