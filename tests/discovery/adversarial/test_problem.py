"""A problem as the game sees it: coordinates in and out, warm starts, and the fingerprint by which a run knows its checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from physym.algebra import LieAlgebra, Rep, dilation, so, span_distance
from physym.data import Images, Samples
from physym.discovery.adversarial import LieGAN, Normal
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.adversarial.problem import Problem
from physym.discovery.spectral import Affine, Complex, SearchSpace, Whitened
from physym.errors import DiscoveryFailed, InvalidData
from tests.discovery.adversarial.games import plane


def problem(samples: Samples | None = None, basis: LieAlgebra | SearchSpace | None = None) -> Problem:
    return problem_of(samples if samples is not None else plane(n=3), basis, seed=0, device="cpu")


def shifted(rows: int = 100) -> Samples:
    return Samples(5 + 3 * np.random.default_rng(0).normal(size=(rows, 2)), rep_x=Rep("V", n=2))


def test_kinds_of_rows() -> None:
    x = np.random.default_rng(0).normal(size=(60, 2))
    rep = Rep("V", n=2)
    assert problem().kind == "rows"
    assert problem(Samples(x, rep_x=rep, y=x, rep_y=rep)).kind == "states"
    assert problem(Images(np.ones((60, 3, 3))).samples()).kind == "pictures"


@pytest.mark.parametrize(
    ("samples", "basis", "size"),
    [
        (plane(n=3), None, 9),
        (plane(n=3), so(3), 3),
        (replace(plane(n=4), blocks=((0, 1), (2, 3))), None, 8),
        (plane(n=2), Affine(), 6),
        (plane(n=3), Whitened(), 3),
        (plane(n=4), Complex(), 8),
        (Samples(np.random.default_rng(0).normal(size=(60, 4)), rep_x=Rep("C", n=2)), None, 8),
        (Images(np.ones((60, 3, 3))).samples(), None, 6),
    ],
)
def test_the_searched_matrices_are_orthonormal(samples: Samples, basis: LieAlgebra | SearchSpace | None, size: int) -> None:
    found = problem(samples, basis)
    assert found.action.size == size
    flat = found.matrices.flatten(1)
    assert torch.allclose(flat @ flat.T, torch.eye(size, dtype=torch.float64), atol=1e-9)


@pytest.mark.parametrize("basis", [None, Affine(), Whitened()])
def test_what_goes_out_comes_back_in(basis: SearchSpace | None) -> None:
    found = problem(shifted(), basis)
    size = found.action.size
    coefficients = np.random.default_rng(1).normal(size=(2, 1, size))
    outer = found.outward(coefficients)
    inner = found.search.inward(outer[:, 0]).reshape(2, -1)
    back = inner @ np.linalg.pinv(found.matrices.flatten(1).numpy())
    np.testing.assert_allclose(back, coefficients[:, 0], atol=1e-9)


def test_a_warm_start_is_the_known_algebra_a_little_apart() -> None:
    found = problem(basis=None)
    start = found.start(so(3), 3, 4)
    assert start is not None
    assert start.shape == (4, 3, 9)
    for one in start:
        assert span_distance(LieAlgebra(np.tensordot(one.numpy(), found.search.matrices, 1)), so(3)) < 0.02
    assert not torch.equal(start[0], start[1])
    assert torch.equal(start, found.start(so(3), 3, 4))  # type: ignore[arg-type]


def test_a_warm_start_in_a_frame_is_on_the_coordinates_of_the_data() -> None:
    found = problem(shifted(), Affine())
    about = np.zeros((1, 3, 3))
    about[0] = [[0, -1, 5], [1, 0, -5], [0, 0, 0]]  # turns about (5, 5)
    start = found.start(LieAlgebra(about), 1, 1)
    assert start is not None
    assert span_distance(LieAlgebra(found.outward(start.numpy())[0]), LieAlgebra(about)) < 0.05


@pytest.mark.parametrize(("known", "channels"), [(None, 3), (so(3), 2), (dilation(3), 3)])
def test_without_as_many_known_generators_there_is_no_warm_start(known: LieAlgebra | None, channels: int) -> None:
    assert problem().start(known, channels, 2) is None


def fingerprint(samples: Samples, method: LieGAN, *, seeds: tuple[int, ...] = (0,), basis: LieAlgebra | None = None) -> str:
    return problem(samples, basis).saving(method, "run.safetensors", 10, seeds).fingerprint


def test_the_same_run_has_the_same_fingerprint_wherever_it_is_kept() -> None:
    one = fingerprint(plane(), LieGAN())
    assert one == fingerprint(plane(), LieGAN())
    assert one == fingerprint(plane(), LieGAN(checkpoint="elsewhere", checkpoint_every=3))
    assert one == fingerprint(replace(plane(), source="another file"), LieGAN())


@pytest.mark.parametrize(
    "method",
    [
        LieGAN(generators=2),
        LieGAN(coefficients=Normal(0.5)),
        LieGAN(warm_up=0.3),
        LieGAN(seeds=3),
        LieGAN(precision="bfloat16"),
        replace(LieGAN(), optimisation=replace(LieGAN().optimisation, rate=0.03)),
    ],
)
def test_other_settings_have_another_fingerprint(method: LieGAN) -> None:
    assert fingerprint(plane(), method) != fingerprint(plane(), LieGAN())


def test_other_data_seeds_or_searches_have_another_fingerprint() -> None:
    one, x = fingerprint(plane(), LieGAN()), plane().x.copy()
    x[3, 1] = np.nextafter(x[3, 1], 9)
    changed = {
        fingerprint(replace(plane(), x=x), LieGAN()),  # one bit of one number
        fingerprint(replace(plane(), y=plane().y + 1e-12), LieGAN()),  # type: ignore[operator]
        fingerprint(replace(plane(), y=None), LieGAN()),
        fingerprint(plane(labels=True), LieGAN()),
        fingerprint(plane(), LieGAN(), seeds=(1,)),
        fingerprint(replace(plane(), blocks=((0,), (1,))), LieGAN()),  # other matrices are searched
        fingerprint(replace(plane(), cluster=np.arange(300) // 2), LieGAN()),  # other rows are held out
    }
    assert len(changed) == 7
    assert one not in changed


def test_two_bases_of_one_size_are_not_the_same() -> None:
    """Their words are: "1 generators of size 2×2"."""
    turn, stretch = (LieAlgebra(np.array([one])) for one in ([[0.0, -1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, -1.0]]))
    assert repr(LieGAN(basis=turn)) == repr(LieGAN(basis=stretch))
    assert fingerprint(plane(), LieGAN(), basis=turn) != fingerprint(plane(), LieGAN(), basis=stretch)


def test_without_a_path_nothing_is_saved_and_a_missing_folder_is_found_out_before_the_work(tmp_path: Path) -> None:
    assert problem().saving(LieGAN(), None, 10, (0,)).path is None
    with pytest.raises(InvalidData, match=r"checkpoint=.*run\.safetensors: the folder .*nowhere does not exist. Create it first"):
        problem().saving(LieGAN(), tmp_path / "nowhere" / "run.safetensors", 10, (0,))


def test_what_cannot_be_searched_is_refused() -> None:
    x = np.random.default_rng(0).normal(size=(60, 8))
    with pytest.raises(InvalidData, match="only copies of C, with invariant y, can be searched"):
        problem(Samples(x, rep_x=Rep("C^2", n=2)))
    with pytest.raises(InvalidData, match="only copies of C"):
        problem(Samples(x[:, :4], rep_x=Rep("C", n=2), y=x[:, 4:], rep_y=Rep("C", n=2)))
    pictures = Images(np.ones((60, 3, 3))).samples()
    for basis in (Affine(), so(2), so(3)):  # of so(3) the last row moves
        with pytest.raises(InvalidData, match="affine maps of the plane: give a LieAlgebra of 3 × 3 matrices with last row zero"):
            problem(pictures, basis)


def test_a_missing_device_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(DiscoveryFailed, match=r"device='cuda:1', but torch .* sees no CUDA device here; use device='cpu' or 'auto'"):
        problem_of(plane(), None, seed=0, device="cuda:1")
    assert problem_of(plane(), None, seed=0, device="auto").device == "cpu"
