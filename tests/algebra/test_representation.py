"""Rep: the grammar, and the laws that make it a representation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from physym.algebra import Rep, bracket
from physym.errors import ShapeError

REAL = ["S", "V", "V*", "2V", "2V + S", "V^2", "V V*", "V* V", "V^2 V* + 3S", "S + 2V* + V"]
COMPLEX = ["C", "C*", "C~", "C C~", "C^2 + S", "2C* C~ + C"]


def random_generators(rep: Rep, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    pair = 0.4 * rng.normal(size=(2, rep.n, rep.n))
    return pair + 0.4j * rng.normal(size=pair.shape) if rep.is_complex else pair


@pytest.mark.parametrize("text", REAL + COMPLEX)
def test_parse_after_repr_is_the_identity(text: str) -> None:
    rep = Rep(text, n=3)
    again = eval(repr(rep))
    assert again == rep
    assert hash(again) == hash(rep)
    assert repr(again) == repr(rep)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("V + V", "2V"),
        ("V V", "V^2"),
        ("  3 V+S ", "3V + S"),
        ("V^1", "V"),
        ("V⊗V*", "V V*"),
        ("S V", "V"),
        ("S^2", "S"),
        ("V + 2V + S + S", "3V + 2S"),
        ("V^2V*", "V^2 V*"),
    ],
)
def test_equal_representations_are_written_alike(written: str, canonical: str) -> None:
    assert Rep(written, n=2) == Rep(canonical, n=2)
    assert Rep(written, n=2).text == canonical


def test_order_and_size_matter() -> None:
    assert Rep("V + S", n=2) != Rep("S + V", n=2)
    assert Rep("V", n=2) != Rep("V", n=3)
    assert Rep("V V*", n=2) != Rep("V* V", n=2)
    assert len({Rep("V", n=2), Rep("V", n=2), Rep("V", n=3)}) == 2


@pytest.mark.parametrize(
    ("text", "dim"), [("S", 1), ("V", 4), ("2V + S", 9), ("V^2", 16), ("V V* + V*", 20), ("C", 8), ("C C~", 32), ("C + S", 9)]
)
def test_dimensions(text: str, dim: int) -> None:
    rep = Rep(text, n=4)
    assert rep.dim == dim
    assert rep.rho(np.eye(4)).shape == (dim, dim)


@pytest.mark.parametrize("text", REAL + COMPLEX)
def test_rho_is_a_homomorphism(text: str) -> None:
    rep = Rep(text, n=3)
    g, h = (expm(generator) for generator in random_generators(rep, 1))
    assert np.allclose(rep.rho(g @ h), rep.rho(g) @ rep.rho(h))
    assert np.allclose(rep.rho(np.eye(3)), np.eye(rep.dim))


@pytest.mark.parametrize("text", REAL + COMPLEX)
def test_drho_is_a_homomorphism_of_lie_algebras(text: str) -> None:
    rep = Rep(text, n=3)
    a, b = random_generators(rep, 2)
    assert np.allclose(rep.drho(bracket(a.real, b.real)), bracket(rep.drho(a.real), rep.drho(b.real)))
    assert np.allclose(rep.drho(a @ b - b @ a), bracket(rep.drho(a), rep.drho(b)))
    assert np.allclose(rep.drho(2 * a - b), 2 * rep.drho(a) - rep.drho(b))


@pytest.mark.parametrize("text", REAL + COMPLEX)
def test_exp_after_drho_is_rho_after_exp(text: str) -> None:
    rep = Rep(text, n=3)
    generator = random_generators(rep, 3)[0]
    assert np.allclose(expm(rep.drho(generator)), rep.rho(expm(generator)))


def test_the_laws_see_a_wrong_dual() -> None:
    """The checks above do fail: with V* moved by gᵀ instead of g⁻ᵀ the product law breaks."""
    g, h = (expm(generator) for generator in random_generators(Rep("V", n=3), 1))
    assert not np.allclose((g @ h).T, g.T @ h.T)


def test_direct_sums_are_block_diagonal() -> None:
    rep = Rep("V + V^2", n=2)
    g = np.array([[2.0, 1.0], [0.0, 3.0]])
    matrix = rep.rho(g)
    assert np.array_equal(matrix[:2, :2], g)
    assert np.array_equal(matrix[2:, 2:], np.kron(g, g))
    assert not matrix[:2, 2:].any()
    assert not matrix[2:, :2].any()


@pytest.mark.parametrize("text", ["2V + V* V", "C C~"])
def test_leading_axes_are_batches(text: str) -> None:
    rep = Rep(text, n=2)
    stack = np.random.default_rng(0).normal(size=(3, 5, 2, 2))
    assert rep.drho(stack).shape == (3, 5, rep.dim, rep.dim)
    assert np.allclose(rep.drho(stack)[1, 2], rep.drho(stack[1, 2]))
    assert np.allclose(rep.rho(stack)[2, 4], rep.rho(stack[2, 4]))


def test_a_complex_vector_is_a_real_pair() -> None:
    g = np.array([[1.0 + 2.0j]])
    z = 3.0 - 1.0j
    moved = Rep("C", n=1).rho(g) @ np.array([z.real, z.imag])
    assert np.allclose(moved, [(g[0, 0] * z).real, (g[0, 0] * z).imag])


def test_a_dual_pairs_with_its_vector() -> None:
    rng = np.random.default_rng(4)
    g, x, p = expm(rng.normal(size=(3, 3))), rng.normal(size=3), rng.normal(size=3)
    assert np.isclose((Rep("V*", n=3).rho(g) @ p) @ (Rep("V", n=3).rho(g) @ x), p @ x)


def test_the_determinant_form_is_invariant_on_the_hermitian_square() -> None:
    """SL(2,C) on C ⊗ C~ preserves det of the Hermitian matrix: the spinor square is a four-vector."""
    rng = np.random.default_rng(5)
    g = expm(rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))
    g /= np.sqrt(np.linalg.det(g))
    hermitian = np.array([[2.0, 1.0 - 1.0j], [1.0 + 1.0j, 0.5]])
    pair = np.concatenate([hermitian.ravel().real, hermitian.ravel().imag])
    moved = Rep("C C~", n=2).rho(g) @ pair
    assert np.isclose(np.linalg.det((moved[:4] + 1j * moved[4:]).reshape(2, 2)), np.linalg.det(hermitian))


@pytest.mark.parametrize(("text", "copies"), [("V", 1), ("3V", 3), ("V + V", 2), ("S", None), ("V + S", None), ("V^2", None), ("V*", None)])
def test_copies_of_the_vector(text: str, copies: int | None) -> None:
    assert Rep(text, n=4).copies_of_vector == copies


def test_arithmetic() -> None:
    v, s = Rep("V", n=3), Rep("S", n=3)
    assert 2 * v + s == Rep("2V + S", n=3) == v * 2 + s
    assert v * v == Rep("V^2", n=3)
    assert v * s == v
    assert (v * Rep("V*", n=3)).text == "V V*"
    for wrong in (lambda: v + Rep("V", n=2), lambda: v * Rep("V", n=2), lambda: v * 0, lambda: (v + s) * v):
        with pytest.raises(ShapeError):
            wrong()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("W", "character 1"),
        ("2V + Q", "character 6"),
        ("", "nothing"),
        ("V +", "nothing"),
        ("0V", "'0V'"),
        ("V^0", "V\\^0"),
        ("V^", "character 2"),
        ("V W", "character 3"),
    ],
)
def test_unreadable_text_says_where(text: str, place: str) -> None:
    with pytest.raises(ShapeError, match=place):
        Rep(text, n=2)


def test_wrong_matrices_are_refused() -> None:
    with pytest.raises(ShapeError, match="expected"):
        Rep("V", n=3).rho(np.eye(2))
    with pytest.raises(ShapeError, match="complex"):
        Rep("V", n=2).drho(1j * np.eye(2))
    with pytest.raises(ShapeError, match="mixes"):
        Rep("V + C", n=2)
    with pytest.raises(ShapeError, match="at least 1"):
        Rep("V", n=0)
