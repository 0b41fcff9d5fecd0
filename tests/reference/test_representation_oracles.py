"""Representations beside explicit products of matrices, characters, and the classical counts of invariant tensors."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from physym.algebra import LieAlgebra, Rep, gl, null_space, sl, so, sp, su
from physym.errors import ShapeError

Factors = list[str]  # letters, one per slot of the tensor


@st.composite
def sums(draw: st.DrawFn, letters: tuple[str, ...] = ("S", "V", "V*")) -> list[tuple[int, Factors]]:
    """Terms of a representation: a multiplicity and up to three tensor slots."""
    slots = st.lists(st.sampled_from(letters), min_size=1, max_size=3)
    return draw(st.lists(st.tuples(st.integers(1, 3), slots), min_size=1, max_size=3))


def written(terms: list[tuple[int, Factors]]) -> str:
    return " + ".join(f"{count}{' '.join(slots)}" for count, slots in terms)


def moved_slot(letter: str, g: np.ndarray) -> np.ndarray:
    """The matrix of one slot, from the definition of each letter."""
    by_letter = {"S": np.eye(1), "V": g, "C": g, "V*": np.linalg.inv(g).T, "C*": np.linalg.inv(g).T, "C~": np.conj(g)}
    return np.asarray(by_letter[letter])


def real_pair(matrix: np.ndarray) -> np.ndarray:
    """Column by column: what a complex matrix does to the real pairs (Re z, Im z)."""
    size = len(matrix)
    columns = [matrix @ (np.eye(size)[j] * phase) for phase in (1, 1j) for j in range(size)]
    return np.array([np.concatenate([column.real, column.imag]) for column in columns]).T


def slow_rho(terms: list[tuple[int, Factors]], g: np.ndarray) -> np.ndarray:
    """Kronecker products slot by slot, copies one below the other."""
    blocks = []
    for count, slots in terms:
        block = reduce(np.kron, [moved_slot(letter, g) for letter in slots])
        is_complex = any(letter.startswith("C") for letter in slots)
        blocks += [real_pair(block) if is_complex else block.real] * count
    return stacked(blocks)


def slow_drho(terms: list[tuple[int, Factors]], generator: np.ndarray) -> np.ndarray:
    """One slot at a time is moved, the others stand still; the sum over slots."""
    n, blocks = len(generator), []
    step = {"S": np.zeros((1, 1)), "V": generator, "C": generator, "V*": -generator.T, "C*": -generator.T, "C~": generator.conj()}
    for count, slots in terms:
        still = [np.eye(1 if letter == "S" else n) for letter in slots]
        block = sum(reduce(np.kron, [*still[:i], step[letter], *still[i + 1 :]]) for i, letter in enumerate(slots))
        is_complex = any(letter.startswith("C") for letter in slots)
        blocks += [real_pair(np.asarray(block)) if is_complex else np.asarray(block).real] * count
    return stacked(blocks)


def stacked(blocks: list[np.ndarray]) -> np.ndarray:
    from scipy.linalg import block_diag

    return np.asarray(block_diag(*blocks))


def matrices(n: int, seed: int, *, complex_entries: bool = False, count: int = 2) -> np.ndarray:
    """Random matrices of norm about one."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(count, n, n)) / n
    return found + 1j * rng.normal(size=found.shape) / n if complex_entries else found


@settings(max_examples=40)
@given(terms=sums(), n=st.integers(1, 3), seed=st.integers(0, 99))
def test_real_representations_are_kronecker_products(terms: list[tuple[int, Factors]], n: int, seed: int) -> None:
    rep, generator = Rep(written(terms), n=n), matrices(n, seed)[0]
    np.testing.assert_allclose(rep.rho(expm(generator)), slow_rho(terms, expm(generator)), atol=1e-11)
    np.testing.assert_allclose(rep.drho(generator), slow_drho(terms, generator), atol=1e-12)


@settings(max_examples=40)
@given(terms=sums(("S", "C", "C*", "C~")), seed=st.integers(0, 99))
def test_complex_representations_are_kronecker_products_over_the_complex_numbers(terms: list[tuple[int, Factors]], seed: int) -> None:
    rep, generator = Rep(written(terms), n=2), matrices(2, seed, complex_entries=True)[0]
    if rep.is_complex:
        np.testing.assert_allclose(rep.rho(expm(generator)), slow_rho(terms, expm(generator)), atol=1e-11)
        np.testing.assert_allclose(rep.drho(generator), slow_drho(terms, generator), atol=1e-12)


def test_the_oracle_tells_representations_apart() -> None:
    """Testing the test: order, duality, conjugation and multiplicity all change the matrices."""
    g = expm(matrices(2, 0, complex_entries=True)[0])
    for text, others in {"C C*": [(1, ["C*", "C"])], "C~": [(1, ["C"]), (1, ["C*"])], "2C": [(3, ["C"])]}.items():
        for other in others:
            wrong = slow_rho([other], g)
            right = Rep(text, n=2).rho(g)
            assert wrong.shape != right.shape or not np.allclose(wrong, right)


@given(terms=sums(), n=st.integers(1, 4))
def test_dimensions_are_counted(terms: list[tuple[int, Factors]], n: int) -> None:
    assert Rep(written(terms), n=n).dim == sum(count * n ** sum(letter != "S" for letter in slots) for count, slots in terms)


@settings(max_examples=40)
@given(terms=sums(), n=st.integers(1, 3), seed=st.integers(0, 99))
def test_exponentials_agree_to_ten_digits(terms: list[tuple[int, Factors]], n: int, seed: int) -> None:
    rep, generator = Rep(written(terms), n=n), matrices(n, seed)[0]
    expected = rep.rho(expm(generator))
    assert np.abs(expm(rep.drho(generator)) - expected).max() < 1e-10 * max(1.0, np.abs(expected).max())


def character(text: str, g: np.ndarray) -> float:
    return float(np.trace(Rep(text, n=len(g)).rho(g)))


@given(seed=st.integers(0, 99))
def test_characters_add_and_multiply(seed: int) -> None:
    g, h = (expm(matrix) for matrix in matrices(3, seed))
    v, dual = np.trace(g), np.trace(np.linalg.inv(g))
    for text, expected in {
        "V": v,
        "V*": dual,
        "3V + 2S": 3 * v + 2,
        "V^2": v**2,
        "V^2 V*": v**2 * dual,
        "2V V* + V*": 2 * v * dual + dual,
    }.items():
        assert np.isclose(character(text, g), expected, rtol=1e-11)
        product = np.trace(Rep(text, n=3).rho(g) @ Rep(text, n=3).rho(h))
        assert np.isclose(product, character(text, g @ h), rtol=1e-10)
        assert np.isclose(character(text, h @ g @ np.linalg.inv(h)), character(text, g), rtol=1e-9)  # a class function


@given(seed=st.integers(0, 99))
def test_characters_of_complex_representations(seed: int) -> None:
    g = expm(matrices(2, seed, complex_entries=True)[0])
    trace, dual = np.trace(g), np.trace(np.linalg.inv(g))
    assert np.isclose(character("C", g), 2 * trace.real)
    assert np.isclose(character("C~", g), 2 * trace.real)
    assert np.isclose(character("C*", g), 2 * dual.real)
    assert np.isclose(character("C C~", g), 2 * abs(trace) ** 2)
    assert np.isclose(character("C C", g), 2 * (trace**2).real)


@given(seed=st.integers(0, 99), n=st.integers(2, 3))
def test_the_swap_commutes_with_the_square(seed: int, n: int) -> None:
    """So V² splits into symmetric and antisymmetric tensors, of traces (χ(g)² ± χ(g²))/2."""
    g = expm(matrices(n, seed)[0])
    square = Rep("V^2", n=n).rho(g)
    swap = np.eye(n * n).reshape(n, n, n, n).swapaxes(0, 1).reshape(n * n, n * n)
    np.testing.assert_allclose(swap @ square, square @ swap, atol=1e-11)
    for sign in (1, -1):
        part = (np.eye(n * n) + sign * swap) / 2
        assert np.isclose(np.trace(part @ square), (np.trace(g) ** 2 + sign * np.trace(g @ g)) / 2)


def test_the_volume_form_is_stretched_by_the_determinant() -> None:
    epsilon = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        epsilon[i, j, k], epsilon[j, i, k] = 1, -1
    g = expm(matrices(3, 5)[0])
    np.testing.assert_allclose(Rep("V^3", n=3).rho(g) @ epsilon.ravel(), np.linalg.det(g) * epsilon.ravel(), atol=1e-12)
    np.testing.assert_allclose(Rep("V V*", n=3).rho(g) @ np.eye(3).ravel(), np.eye(3).ravel(), atol=1e-12)


def test_for_unitary_matrices_the_conjugate_is_the_dual() -> None:
    blocks = su(3).basis[:, :3, :3] + 1j * su(3).basis[:, 3:, :3]
    np.testing.assert_allclose(Rep("C~", n=3).drho(blocks), Rep("C*", n=3).drho(blocks), atol=1e-15)
    other = 1j * blocks  # Hermitian: no longer unitary
    assert not np.allclose(Rep("C~", n=3).drho(other), Rep("C*", n=3).drho(other))


# Weyl's first fundamental theorem: invariant tensors are made of the metric (or symplectic form, or δ) and the volume form
INVARIANTS = [
    (so(3), "V^2", 1),
    (so(3), "V^3", 1),
    (so(3), "V^4", 3),
    (so(4), "V^4", 4),
    (so(1, 3), "V^2", 1),
    (so(1, 3), "V^3", 0),
    (so(1, 3), "V^4", 4),
    (so(1, 3), "2V + S", 1),
    (so(2, 1), "V V*", 1),
    (sl(2), "V^2", 1),
    (sl(3), "V^2", 0),
    (sl(3), "V^3", 1),
    (sl(2), "V^4", 2),
    (sp(2), "V^2", 1),
    (sp(2), "V^4", 3),
    (gl(2), "V V*", 1),
    (gl(2), "V^2 V*^2", 2),
    (gl(2), "V^2", 0),
    (gl(3), "S + V V*", 2),
]


@pytest.mark.parametrize(("algebra", "text", "count"), INVARIANTS, ids=lambda part: getattr(part, "source", str(part)))
def test_the_number_of_invariant_tensors_is_weyls(algebra: LieAlgebra, text: str, count: int) -> None:
    stack = Rep(text, n=algebra.n).drho(algebra.basis)
    assert null_space(stack.reshape(-1, stack.shape[-1])).dimension == count


def test_the_invariant_square_of_a_dual_is_the_metric() -> None:
    stack = Rep("V*^2", n=4).drho(so(1, 3).basis)
    form = null_space(stack.reshape(-1, 16)).basis.reshape(4, 4)
    np.testing.assert_allclose(form / form[0, 0], np.diag([1.0, -1, -1, -1]), atol=1e-12)


@given(terms=sums(), bad=st.sampled_from(["W", "v", "*", "^", "#", "-", "Q^2", "U*"]))
def test_a_parse_error_tells_the_character(terms: list[tuple[int, Factors]], bad: str) -> None:
    text = f"{written(terms)} + 2{bad} + S"
    place = len(written(terms)) + len(" + 2") + 1
    with pytest.raises(ShapeError, match=f"at character {place} ") as caught:
        Rep(text, n=3)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["V⊗", "V ⊗ + S", "2V ⊗", "⊗ V", "V ⊗⊗ V", "V V⊗"])
def test_a_product_sign_needs_both_of_its_factors(text: str) -> None:
    with pytest.raises(ShapeError, match="cannot read the representation"):
        Rep(text, n=3)


@given(terms=sums(), n=st.integers(1, 3))
def test_the_text_of_a_representation_is_a_fixed_point(terms: list[tuple[int, Factors]], n: int) -> None:
    rep = Rep(written(terms), n=n)
    assert Rep(rep.text, n=n).text == rep.text
    assert Rep("  " + written(terms).replace(" + ", "+").replace(" ", " ⊗ ") + " ", n=n) == rep
