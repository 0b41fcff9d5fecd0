"""Which matrices are searched, and in which frame."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, Rep, bracket, heisenberg, se, sl, so, span_distance, unitary
from physym.data import Samples
from physym.discovery import Affine, BlockDiagonal, Complex, SearchSpace, Spectral, Whitened, discover
from physym.discovery.spectral.frame import Search, affine_frame
from physym.discovery.spectral.search import orthonormal, search_of, searched_matrices
from physym.errors import InvalidData

SPACES: tuple[SearchSpace, ...] = (Affine(), BlockDiagonal(((0, 1), (2, 3))), Complex(), Whitened(), Whitened(about_mean=True))


def samples(n: int = 4, *, copies: int = 2, rows: int = 300, seed: int = 0, **fields: object) -> Samples:
    x = np.random.default_rng(seed).normal(size=(rows, copies * n)) + 0.5
    return Samples(x, rep_x=Rep(f"{copies}V", n=n), **fields)  # type: ignore[arg-type]


def span(matrices: np.ndarray) -> LieAlgebra:
    return LieAlgebra(matrices)


@pytest.mark.parametrize("space", SPACES)
def test_matrices_are_orthonormal(space: SearchSpace) -> None:
    matrices = space.search(samples()).matrices
    flat = matrices.reshape(len(matrices), -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=1e-12)


@pytest.mark.parametrize("space", SPACES)
def test_every_space_is_an_algebra(space: SearchSpace) -> None:
    """Brackets of searched matrices stay in the space, so the true symmetry algebra is one of its subalgebras."""
    matrices = space.search(samples()).matrices
    flat = matrices.reshape(len(matrices), -1)
    brackets = bracket(matrices[:, None], matrices[None]).reshape(-1, flat.shape[1])
    np.testing.assert_allclose(brackets @ flat.T @ flat, brackets, atol=1e-12)


def test_complex_matrices_are_those_that_commute_with_i() -> None:
    matrices = Complex().search(samples()).matrices
    i_times = unitary(1).basis[0]
    whole = np.kron(i_times, np.eye(2))
    np.testing.assert_allclose(matrices @ whole, whole @ matrices, atol=1e-12)
    assert span_distance(span(matrices), LieAlgebra(np.concatenate([sl(2, field="C").basis, np.eye(4)[None], whole[None]]))) < 1e-7


def test_pairs_are_found_by_name_in_any_order() -> None:
    names = ("re_a", "im_a", "re_b", "im_b")
    rows = samples(coordinates=names)
    named = Complex((("re_a", "im_a"), ("re_b", "im_b"))).search(rows)
    order = [0, 2, 1, 3]  # to (re_a, re_b, im_a, im_b)
    permuted = Complex().search(samples()).matrices[:, order][:, :, order]
    assert span_distance(span(named.matrices), span(permuted)) < 1e-7
    assert span_distance(span(named.matrices), span(Complex(((0, 1), (2, 3))).search(rows).matrices)) < 1e-7


def test_blocks_of_the_samples_hold_within_every_space() -> None:
    rows = samples(blocks=((0, 2), (1, 3)))
    allowed = np.zeros((4, 4), dtype=bool)
    for block in rows.blocks:
        allowed[np.ix_(block, block)] = True
    for space, count in ((Complex(), 4), (Whitened(), 2)):
        matrices = space.search(rows).matrices
        assert len(matrices) == count
        assert not matrices[:, ~allowed].any()
    assert len(Affine().search(rows).matrices) == 8 + 4


def test_block_diagonal_is_the_blocks_of_the_samples() -> None:
    blocks = ((0, 1), (2, 3))
    here = BlockDiagonal(blocks).search(samples()).matrices
    np.testing.assert_array_equal(here, search_of(samples(blocks=blocks), None).matrices)


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        (BlockDiagonal(((0, 1), (1, 2, 3))), "names coordinate 1 twice"),
        (BlockDiagonal(((0, 1),)), "leaves out coordinate 2"),
        (BlockDiagonal((("E", "pt"),)), "there is no coordinate 'pt'; the samples name E, px, py, pz"),
        (Complex(((0, 1), (2, 9))), "coordinates 0 to 3"),
        (Complex(((0, 1),)), "must name each of the 4 coordinates once"),
    ],
)
def test_wrong_names_are_refused(space: SearchSpace, sentence: str) -> None:
    with pytest.raises(InvalidData, match=sentence):
        space.search(samples(coordinates=("E", "px", "py", "pz")))


def test_complex_needs_pairs() -> None:
    with pytest.raises(InvalidData, match="an odd number"):
        Complex().search(samples(3))


def test_a_basis_of_another_size_is_refused() -> None:
    with pytest.raises(InvalidData, match="last row zero"):
        search_of(samples(), so(3))
    with pytest.raises(InvalidData, match="last row zero"):
        search_of(samples(3), so(4))  # 4 × 4, but no affine map


def test_a_basis_of_affine_maps_is_one() -> None:
    search = search_of(samples(3), se(3))
    assert search.is_affine(3)
    assert not search_of(samples(4), so(4)).is_affine(4)
    outward = search.frame @ search.matrices @ np.linalg.inv(search.frame)
    assert span_distance(span(outward), se(3)) < 1e-7


def test_searched_matrices_are_those_in_the_coordinates_of_the_data() -> None:
    assert searched_matrices(samples(), Complex()).shape == (8, 4, 4)
    with pytest.raises(InvalidData, match="linear ones"):
        searched_matrices(samples(), Affine())


def test_orthonormal_keeps_the_span() -> None:
    assert span_distance(span(orthonormal(3 * so(3).basis)), so(3)) < 1e-7


def test_the_frame_is_centred_and_of_unit_spread() -> None:
    rows = samples(3)
    inside = Affine().search(rows).entered(rows)
    vectors = inside.x.reshape(-1, 3)
    np.testing.assert_allclose(vectors.mean(0), 0, atol=1e-12)
    assert (vectors**2).mean() == pytest.approx(1)


def test_points_at_one_place_have_a_frame() -> None:
    frame = affine_frame(Samples(np.ones((5, 3)), rep_x=Rep("V", n=3)))
    np.testing.assert_array_equal(frame, np.array([[1.0, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1]]))


@pytest.mark.parametrize("about_mean", [False, True])
def test_whitened_rows_have_unit_second_moments(about_mean: bool) -> None:
    rows = samples(3)
    inside = Whitened(about_mean=about_mean).search(rows).entered(rows).x.reshape(-1, 3)
    np.testing.assert_allclose(inside.T @ inside / len(inside), np.eye(3), atol=1e-12)
    assert bool(np.allclose(inside.mean(0), 0)) == about_mean


def test_padding_stays_zero_in_every_frame() -> None:
    mask = np.ones((300, 2), dtype=bool)
    mask[::3, 1] = False
    rows = samples(3, mask=mask)
    for space in (Affine(), Whitened(about_mean=True)):
        search = space.search(rows)
        assert not search.entered(rows).vectors[~mask].any()
        assert "padding" in search.inapplicable(rows)
    assert not Whitened().search(rows).inapplicable(rows)
    assert not Search(so(3).basis).inapplicable(rows)


def test_generators_go_inward_and_back() -> None:
    rows = samples(3)
    search = Affine().search(rows)
    basis = se(3).basis
    np.testing.assert_allclose(search.frame @ search.inward(basis) @ np.linalg.inv(search.frame), basis, atol=1e-12)


def test_a_search_space_is_a_value() -> None:
    assert Affine() == Affine()
    assert Whitened() != Whitened(about_mean=True)
    assert eval(repr(Complex(((0, 1), (2, 3))))) == Complex(((0, 1), (2, 3)))
    assert Spectral(basis=Affine()) == Spectral(basis=Affine())


def test_candidates_of_the_measure_level_are_declined_elsewhere() -> None:
    rows = samples(3, copies=1, y=np.random.default_rng(9).normal(size=300))
    result = discover(rows, Spectral(basis=Whitened()))
    assert result.measure is not None
    assert result.measure.algebra is not None
    for level in (result.support, result.conditional):
        assert level is not None
        assert level.algebra is None
        assert "measure level only" in level.reason


def test_rows_in_a_plane_cannot_be_whitened() -> None:
    x = np.random.default_rng(0).normal(size=(300, 3))
    x[:, 2] = x[:, 0]
    level = discover(Samples(x, rep_x=Rep("V", n=3)), Spectral(basis=Whitened()), level="measure").level
    assert level.algebra is None
    assert "span only 2 of 3" in level.reason


def test_padded_rows_have_no_translations() -> None:
    mask = np.ones((300, 2), dtype=bool)
    mask[::3, 1] = False
    mask = np.tile(mask, (3, 1))
    rows = samples(3, rows=900, mask=mask, y=np.random.default_rng(9).normal(size=900))
    for level in ("conditional", "measure"):
        found = discover(rows, Spectral(basis=Affine()), level=level).level
        assert found.algebra is None
        assert "padding" in found.reason


def test_found_generators_carry_the_name_of_the_constant() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 6))
    sides = x[:, 2:].reshape(-1, 2, 2) - x[:, None, :2]
    y = np.linalg.det(sides) + sides[:, 0, 1] ** 2 + 0.01 * rng.normal(size=2000)
    level = discover(Samples(x, rep_x=Rep("3V", n=2), y=y, coordinates=("x", "y")), Spectral(basis=Affine()), level="conditional").level
    assert level.algebra is not None
    assert level.algebra.coordinates == ("x", "y", "1")
    assert level.identification.name == "heisenberg(3)"  # type: ignore[union-attr]
    assert span_distance(level.algebra, heisenberg(3)) < 0.01
    assert not level.algebra.basis[:, -1].any()
    assert level.searched.shape == (6, 3, 3)
