"""How group elements move rows, against the representation matrix written out, and pictures against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import block_diag, expm
from torch import Tensor

from physym.algebra import LieAlgebra, Rep, so
from physym.data import Images, Samples
from physym.discovery.adversarial.actions import PictureAction, Term, VectorAction, action_of
from physym.discovery.adversarial.base import Action
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.spectral import Affine, Complex, SearchSpace
from physym.discovery.spectral.search import search_of
from physym.errors import ShapeError

TURN = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)[None]
QUARTER = torch.full((1, 1, 1), torch.pi / 2, dtype=torch.float64)


def elements(seeds: int, batch: int, size: int, *, spread: float = 0.4, seed: int = 0) -> Tensor:
    return spread * torch.randn(seeds, batch, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def samples_of(text: str, n: int, *, rows: int = 6, rep_y: str = "", blocks: tuple[tuple[int, ...], ...] = ()) -> Samples:
    """Random rows of a representation; y moves along where ``rep_y`` is given."""
    rng, rep = np.random.default_rng(n), Rep(text, n=n)
    moving = Rep(rep_y, n=n) if rep_y else None
    y = rng.normal(size=(rows, moving.dim)) if moving else None
    return Samples(rng.normal(size=(rows, rep.dim)), rep_x=rep, y=y, rep_y=moving, blocks=blocks)


def slowly(samples: Samples, matrices: np.ndarray, coefficients: Tensor, rows: Tensor) -> np.ndarray:
    """``rho(exp L)`` row by row, with the full matrix of the representation."""
    moved = np.empty(rows.shape)
    for place in np.ndindex(*rows.shape[:2]):
        g = expm(np.tensordot(coefficients[place].numpy(), matrices, 1))
        rho = samples.rep_x.rho(g)
        if samples.moves_y and samples.rep_y is not None:
            rho = block_diag(rho, samples.rep_y.rho(g))
        moved[place] = rho @ rows[place].numpy()
    return moved


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("text", ["V", "3V", "2V + S", "S + V + 2S + V", "V^2", "V*", "V + V*", "V^2 + V + S", "V V*", "2V^2 + V*", "3S"])
def test_rows_move_by_their_representation(text: str, n: int) -> None:
    samples = samples_of(text, n)
    search = search_of(samples, None)
    action = action_of(samples, search)
    assert isinstance(action, Action)
    assert action.size == n * n
    a, rows = elements(2, 6, n * n), torch.from_numpy(samples.x).expand(2, -1, -1)
    np.testing.assert_allclose(action.move(a, rows), slowly(samples, search.matrices, a, rows), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(("text", "moving"), [("V", "V"), ("2V", "V"), ("V + S", "S + V"), ("V", "V^2"), ("V*", "V"), ("2V", "3V")])
def test_next_states_move_along(text: str, moving: str) -> None:
    samples = samples_of(text, 3, rep_y=moving)
    search = search_of(samples, None)
    a, rows = elements(1, 6, 9), torch.from_numpy(np.concatenate([samples.x, samples.y], axis=1))[None]
    moved = action_of(samples, search).move(a, rows)
    np.testing.assert_allclose(moved, slowly(samples, search.matrices, a, rows), rtol=1e-10, atol=1e-11)
    assert not np.allclose(moved[..., samples.x.shape[1] :], rows[..., samples.x.shape[1] :])


def test_targets_that_are_no_vectors_stay() -> None:
    samples = Samples(np.ones((6, 2)), rep_x=Rep("V", n=2), y=np.arange(6.0))
    assert [term.columns.shape for term in action_of(samples, search_of(samples, None)).terms] == [(1, 1, 2)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("blocks", [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0,), (1, 2, 3)), ((3, 0, 1), (2,)), ((0,), (1,), (2,), (3,))])
def test_blocks_are_the_full_matrix(blocks: tuple[tuple[int, ...], ...]) -> None:
    """Blocks of one size are exponentiated together, and each has its own coefficients."""
    samples = samples_of("2V", 4, blocks=blocks)
    search = search_of(samples, None)
    action = action_of(samples, search)
    assert isinstance(action, VectorAction)
    assert len(action.terms) == len({len(block) for block in blocks})
    a, rows = elements(2, 6, len(search.matrices)), torch.from_numpy(samples.x).expand(2, -1, -1)
    np.testing.assert_allclose(action.move(a, rows), slowly(samples, search.matrices, a, rows), rtol=1e-10, atol=1e-11)


def test_matrices_that_leave_a_coordinate_alone_are_smaller() -> None:
    """so(2) about the third axis is a 2 × 2 problem, and the third coordinate stays to the last bit."""
    samples = samples_of("V", 3)
    turn = LieAlgebra(so(3).basis[:1])
    action = action_of(samples, search_of(samples, turn))
    assert isinstance(action, VectorAction)
    assert sorted(term.matrices.shape[-1] for term in action.terms) == [1, 2]
    a, rows = elements(1, 6, 1), torch.from_numpy(samples.x)[None]
    moved = action.move(a, rows)
    np.testing.assert_allclose(moved, slowly(samples, search_of(samples, turn).matrices, a, rows), atol=1e-12)
    still = int(np.flatnonzero(~turn.basis.any((0, 1)))[0])
    assert torch.equal(moved[..., still], rows[..., still])


@pytest.mark.parametrize("text", ["2V", "V^2", "V + S"])
def test_moving_twice_is_moving_by_the_sum(text: str) -> None:
    samples = samples_of(text, 3)
    action = action_of(samples, search_of(samples, None))
    a, rows = elements(1, 6, 9), torch.from_numpy(samples.x)[None]
    twice = action.move(0.3 * a, action.move(0.7 * a, rows))
    assert torch.allclose(twice, action.move(a, rows), rtol=1e-10, atol=1e-10)
    assert torch.allclose(action.move(-a, action.move(a, rows)), rows, atol=1e-10)
    assert torch.allclose(action.move(0 * a, rows), rows, atol=1e-14)


def test_the_gradient_reaches_the_coefficients() -> None:
    samples = samples_of("V^2 + V + S", 2, rows=3)
    action = action_of(samples, search_of(samples, None))
    rows = torch.from_numpy(samples.x)[None]
    assert torch.autograd.gradcheck(lambda a: action.move(a, rows), (elements(1, 3, 4).requires_grad_(),))


def test_directly_given_elements_are_not_exponentiated() -> None:
    samples = samples_of("2V", 2)
    indirect = action_of(samples, search_of(samples, None))
    assert isinstance(indirect, VectorAction)
    direct = VectorAction(indirect.terms, indirect.size, direct=True)
    a, rows = elements(1, 6, 4), torch.from_numpy(samples.x)[None]
    g = np.einsum("bk,kij->bij", a[0].numpy(), search_of(samples, None).matrices)
    truth = np.einsum("bij,bcj->bci", g, samples.vectors).reshape(6, 4)
    np.testing.assert_allclose(direct.move(a, rows)[0], truth, atol=1e-13)
    assert direct.to("cpu").direct
    assert not torch.allclose(direct.move(a, rows), indirect.move(a, rows), atol=0.1)


@pytest.mark.parametrize("copies", [1, 2])
def test_translations_translate(copies: int) -> None:
    """In the frame of the search, and back on the coordinates of the data, for x and for next states alike."""
    rng = np.random.default_rng(0)
    x, y = 5 + 3 * rng.normal(size=(2, 60, 2 * copies))
    rep = Rep(f"{copies}V" if copies > 1 else "V", n=2)
    problem = problem_of(Samples(x, rep_x=rep, y=y, rep_y=rep), Affine(), seed=0, device="cpu")
    shift = problem.search.matrices[:, :2, 2]
    a = torch.from_numpy(np.linalg.lstsq(shift.T, np.array([1.0, -2.0]), rcond=None)[0])
    rows = problem.rows.moving[None]
    moved = problem.action.move(a.expand(1, len(x), -1), rows)
    generator = problem.outward(a.numpy())
    for found, entered, data in ((moved[0, :, : 2 * copies], rows[0], x), (moved[0, :, 2 * copies :], rows[0], y)):
        frame = problem.search.frame
        assert frame is not None
        back = found.reshape(len(x), copies, 2).numpy() @ frame[:2, :2].T + frame[:2, 2]
        truth = data.reshape(len(x), copies, 2) + expm(generator)[:2, 2]
        np.testing.assert_allclose(back, truth, atol=1e-10)
        assert entered.abs().max() < 6  # in units of the spread
    assert np.abs(expm(generator)[:2, 2]).max() > 1


def test_affine_maps_are_those_of_homogeneous_coordinates() -> None:
    samples = samples_of("2V", 3)
    search = search_of(samples, Affine())
    a, rows = elements(1, 6, 12), torch.from_numpy(samples.x)[None]
    moved = action_of(samples, search).move(a, rows)
    g = expm(np.einsum("bk,kij->bij", a[0].numpy(), search.matrices))
    truth = np.einsum("bij,bcj->bci", g[:, :3, :3], samples.vectors) + g[:, None, :3, 3]
    np.testing.assert_allclose(moved[0], truth.reshape(6, 6), atol=1e-11)


def test_an_affine_map_of_tensors_is_refused() -> None:
    samples = samples_of("V", 2, rep_y="V^2")
    with pytest.raises(ShapeError, match=r"an affine map moves vectors V only, and the rows hold V\^2"):
        action_of(samples, search_of(samples, Affine()))


@pytest.mark.parametrize("basis", [None, Complex()])
def test_complex_vectors_move_by_complex_matrices(basis: SearchSpace | None) -> None:
    """Real and imaginary parts side by side move as ``exp(A + iB)`` moves the complex vector."""
    rng = np.random.default_rng(1)
    rows = Samples(rng.normal(size=(60, 8)), rep_x=Rep("2C", n=2))
    problem = problem_of(rows, basis, seed=0, device="cpu")
    assert problem.action.size == 8
    a = elements(1, 60, 8)
    moved = problem.action.move(a, problem.rows.moving[None])[0].numpy().reshape(60, 2, 4)
    real = np.einsum("bk,kij->bij", a[0].numpy(), problem.search.matrices)
    g = expm(real[:, :2, :2] + 1j * real[:, 2:, :2])
    z = rows.x.reshape(60, 2, 4)
    truth = np.einsum("bij,bcj->bci", g, z[..., :2] + 1j * z[..., 2:])
    np.testing.assert_allclose(moved, np.concatenate([truth.real, truth.imag], axis=2), atol=1e-11)


def test_the_order_of_columns_is_kept() -> None:
    """A term in the middle of a row is put back where it was."""
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)[None, None]
    action = VectorAction((Term(torch.tensor([[[3, 1]]]), turn),), 1)
    row = torch.arange(5, dtype=torch.float64).reshape(1, 1, 5)
    assert torch.allclose(action.move(QUARTER, row), torch.tensor([0.0, 3.0, 2.0, -1.0, 4.0], dtype=torch.float64))


def pictures(count: int, side: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(size=(count, side, side))


@pytest.mark.parametrize("side", [2, 5, 8])
@pytest.mark.parametrize("quarters", [-1, 0, 1, 2, 3, 4])
def test_quarter_turns_of_pictures_are_exact(side: int, quarters: int) -> None:
    before = pictures(3, side)
    action = PictureAction(TURN, (side, side))
    moved = action.move((quarters * QUARTER).expand(1, 3, 1), torch.from_numpy(before).reshape(1, 3, -1))
    np.testing.assert_allclose(moved.reshape(before.shape), np.rot90(before, quarters, axes=(1, 2)), atol=1e-9)


def test_any_turn_is_that_of_images() -> None:
    """SciPy's interpolation, with zeros beyond the rim."""
    before, degrees = pictures(6, 9), np.array([0.0, 10.0, 45.0, -33.0, 120.0, 200.0])
    action = PictureAction(TURN, (9, 9))
    moved = action.move(torch.from_numpy(np.deg2rad(degrees))[None, :, None], torch.from_numpy(before).reshape(1, 6, -1))
    np.testing.assert_allclose(moved.reshape(before.shape), Images(before).turned(degrees).pixels, atol=1e-9)


def test_a_turn_the_other_way_is_another() -> None:
    """The checker itself."""
    before = pictures(1, 9)
    moved = PictureAction(TURN, (9, 9)).move(QUARTER / 3, torch.from_numpy(before).reshape(1, 1, -1)).reshape(9, 9)
    assert np.abs(moved.numpy() - Images(before).turned(np.array([-30.0])).pixels[0]).max() > 0.1


def test_a_shift_by_whole_pixels_moves_whole_pixels() -> None:
    """Rim pixels lie at ±1, so that one pixel of nine is a quarter; u points to the right and v upwards."""
    before = pictures(1, 9)
    shift = torch.zeros(2, 3, 3, dtype=torch.float64)
    shift[0, 0, 2] = shift[1, 1, 2] = 1.0
    moved = PictureAction(shift, (9, 9)).move(
        torch.tensor([[[0.25, 0.5]]], dtype=torch.float64), torch.from_numpy(before).reshape(1, 1, -1)
    )
    np.testing.assert_allclose(moved.reshape(9, 9)[:-2, 1:], before[0, 2:, :-1], atol=1e-12)


def test_turns_of_pictures_compose_on_smooth_pictures() -> None:
    u, v = np.meshgrid(np.linspace(-1, 1, 41), np.linspace(1, -1, 41))
    smooth = torch.from_numpy(np.exp(-((u - 0.2) ** 2 + 2 * v**2) / 0.12)).reshape(1, 1, -1)
    action = PictureAction(TURN, (41, 41))
    twice = action.move(0.4 * QUARTER, action.move(0.6 * QUARTER, smooth))
    assert float((twice - action.move(QUARTER, smooth)).abs().max()) < 0.04
    assert torch.allclose(action.move(0 * QUARTER, smooth), smooth, atol=1e-12)


def test_non_square_pictures_keep_their_shape_and_identity() -> None:
    before = torch.rand(2, 3, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    action = PictureAction(TURN, (3, 4))
    assert torch.allclose(action.move(torch.zeros(2, 3, 1, dtype=torch.float64), before), before)
    # half a turn about the centre is exact on any grid
    assert torch.allclose(action.move(2 * QUARTER.expand(2, 3, 1), before), before.flip(-1), atol=1e-9)


def test_the_gradient_of_a_picture_reaches_the_coefficients() -> None:
    before = torch.from_numpy(pictures(2, 5)).reshape(1, 2, -1)
    action = PictureAction(TURN, (5, 5))
    assert torch.autograd.gradcheck(lambda a: action.move(a, before), (elements(1, 2, 1).requires_grad_(),))


def test_images_are_moved_as_pictures() -> None:
    problem = problem_of(Images(pictures(60, 4)).samples(), None, seed=0, device="cpu")
    assert isinstance(problem.action, PictureAction)
    assert (problem.kind, problem.action.size, problem.action.grid) == ("pictures", 6, (4, 4))
    assert problem.action.to("cpu").grid == (4, 4)
