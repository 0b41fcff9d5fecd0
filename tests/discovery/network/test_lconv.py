"""L-conv layers obey the laws of group convolution to first order, and the generators learned with them are judged."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from physym import Discovery, Rep, Samples, Spectral, discover
from physym.algebra import LieAlgebra, se, so, span_distance
from physym.discovery.base import AbstractMethod
from physym.discovery.network import LConv
from physym.discovery.network.convolution import EquivariantNetwork, Generators, InvariantNetwork, lconv
from physym.discovery.network.lconv import _without_trace
from physym.discovery.network.training import Perceptron
from physym.discovery.status import Status
from physym.errors import InvalidData

QUICK = LConv(layers=2, kernels=4, width=0.5, hidden=(16,), epochs=80, seeds=1)
TURN = np.array([[0.0, -1.0], [1.0, 0.0]]) / np.sqrt(2)


def source(seed: int = 0) -> torch.Generator:
    """A generator of random numbers."""
    return torch.Generator().manual_seed(seed)


def tensor(values: np.ndarray) -> torch.Tensor:
    """The same numbers for torch."""
    return torch.from_numpy(np.array(values))


def round_rows(rows: int, *, seed: int, breaking: float = 0.0, frame: np.ndarray | None = None) -> Samples:
    """y = tanh(|x|²/2 − 1) + |x|²/4 in the plane with 5 % noise, seen in another frame."""
    rng, noise = (np.random.default_rng([seed, stream]) for stream in (0, 1))
    x = rng.normal(size=(rows, 2))
    square = (x**2).sum(1)
    y = np.tanh(square / 2 - 1) + square / 4 + breaking * x[:, 0] + 0.05 * noise.normal(size=rows)
    return Samples(x if frame is None else x @ frame.T, rep_x=Rep("V", n=2), y=y)


def turned_rows(rows: int, *, seed: int) -> Samples:
    """Two vectors of the plane that turn by the same angle and are stretched a little."""
    x = np.random.default_rng(seed).normal(size=(rows, 4))
    step = expm(0.4 * np.sqrt(2) * TURN)
    y = (x.reshape(-1, 2, 2) @ step.T).reshape(rows, 4) * 1.05 + 0.01 * np.random.default_rng([seed, 1]).normal(size=(rows, 4))
    return Samples(x, rep_x=Rep("2V", n=2), y=y, rep_y=Rep("2V", n=2))


def found_in(rows: Samples, method: AbstractMethod = QUICK, *, seed: int = 0) -> Discovery:
    """The conditional level."""
    return discover(rows, method, level="conditional", seed=seed)


def angle(found: Discovery, truth: LieAlgebra) -> float:
    """Largest principal angle to the truth."""
    assert found.algebra is not None
    return span_distance(found.algebra, truth)


# --- layers ---


def slow_lconv(signal: np.ndarray, generators: np.ndarray, identity: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Index by index."""
    rows, d, channels = signal.shape
    out = np.zeros((rows, d, identity.shape[1]))
    for r in range(rows):
        for i in range(d):
            for o in range(identity.shape[1]):
                for c in range(channels):
                    out[r, i, o] += signal[r, i, c] * identity[c, o]
                    for k in range(len(generators)):
                        for j in range(d):
                            out[r, i, o] += generators[k, i, j] * signal[r, j, c] * weights[k, c, o]
    return out


def test_a_layer_is_its_equation() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in ((3, 4, 2), (2, 4, 4), (2, 5), (2, 2, 5))]
    fast = lconv(*(tensor(a) for a in arrays)).numpy()
    assert np.allclose(fast, slow_lconv(*arrays))


@pytest.mark.parametrize("truth", [so(3), so(1, 3)])
def test_a_layer_is_the_group_convolution_to_first_order(truth: LieAlgebra) -> None:
    rng = np.random.default_rng(1)
    x, kernel, spread = rng.normal(size=truth.n), rng.normal(size=12), rng.normal(size=(12, truth.dimension))

    def error(size: float) -> float:
        """Of the layer against ``Σ κ(g) g x``, for a kernel of the given size around the identity."""
        elements = [expm(np.tensordot(size * one, truth.basis, 1)) for one in spread]
        exact = sum(k * g @ x for k, g in zip(kernel, elements, strict=True))
        weights = (kernel[:, None] * size * spread).sum(0)
        layer = lconv(tensor(x)[None, :, None], tensor(truth.basis), tensor(np.array([[kernel.sum()]])), tensor(weights.reshape(-1, 1, 1)))
        return float(np.linalg.norm(layer.numpy()[0, :, 0] - exact))

    assert 3.5 < error(0.02) / error(0.01) < 4.5  # of second order
    assert error(0.01) < 0.05


def test_with_wrong_generators_it_is_not() -> None:
    x, step = np.array([1.0, 2.0]), 1e-3
    exact = expm(step * TURN) @ x
    for generator, right in ((TURN, True), (np.diag([1.0, -1.0]) / np.sqrt(2), False)):
        layer = lconv(tensor(x)[None, :, None], tensor(generator)[None], torch.ones(1, 1).double(), step * torch.ones(1, 1, 1).double())
        assert bool(np.linalg.norm(layer.numpy()[0, :, 0] - exact) < 2 * step**2) is right


def test_a_layer_turns_with_its_generators() -> None:
    rng = np.random.default_rng(2)
    x, weights, frame = rng.normal(size=(5, 3, 2)), rng.normal(size=(3, 2, 4)), rng.normal(size=(3, 3))
    identity, moved = rng.normal(size=(2, 4)), frame @ so(3).basis @ np.linalg.inv(frame)
    here = lconv(tensor(x), tensor(so(3).basis), tensor(identity), tensor(weights)).numpy()
    there = lconv(tensor(frame @ x), tensor(moved), tensor(identity), tensor(weights)).numpy()
    assert np.allclose(frame @ here, there)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_generators_are_orthonormal_whatever_the_weights(count: int) -> None:
    module = Generators(count, torch.eye(16).reshape(16, 4, 4), source())
    with torch.no_grad():
        module.raw *= 1e-3  # weight decay shrinks nothing
    frame = module().detach().numpy()
    assert frame.shape == (count, 16)
    assert np.allclose(frame @ frame.T, np.eye(count))


def invariant_network(layers: int, *, kernels: int = 5, acting: np.ndarray | None = None, width: float = 0.25) -> InvariantNetwork:
    """One generator in a plane, untrained."""
    searched = tensor(TURN[None] if acting is None else acting)
    d = searched.shape[1]
    readout = Perceptron(torch.zeros(d), torch.ones(d), (6,), source(3))
    frame = Generators(1, torch.from_numpy(TURN[None]), source(4))
    return InvariantNetwork(searched, frame, readout, kernels=kernels, layers=layers, width=width, source=source(5))


def test_kernels_keep_their_spread() -> None:
    searched = torch.eye(9).reshape(9, 3, 3).double()
    readout = Perceptron(torch.zeros(3), torch.ones(3), (6,), source())
    network = InvariantNetwork(searched, Generators(2, searched, source()), readout, kernels=7, layers=3, width=0.6, source=source())
    with torch.no_grad():
        network.raw *= 1e-3
    spread = torch.diagonal(network.weights, dim1=1, dim2=2).detach().numpy()  # (k, c + 1)
    assert not spread[:, 0].any()  # the first channel is the row itself
    assert np.allclose(spread @ spread.T / 7, 0.2**2 * np.eye(2))


def test_the_first_channel_reads_the_row_itself() -> None:
    network, x = invariant_network(3), tensor(np.random.default_rng(6).normal(size=(8, 2)))
    assert torch.allclose(network(x)[:, 0], network.readout(x))


def test_a_stack_of_layers_is_a_group_element() -> None:
    x = np.random.default_rng(7).normal(size=(4, 2))
    errors = []
    for layers in (2, 4, 8):
        network = invariant_network(layers)
        sign = float(network.generators().detach()[0, 0])
        steps = layers * torch.diagonal(network.weights, dim1=1, dim2=2).detach().numpy()[0]
        exact = np.stack([x @ expm(step * sign * TURN).T for step in steps], axis=1)
        with torch.no_grad():
            read, expected = network(tensor(x)), network.readout(tensor(exact))
        errors.append(float((read - expected).abs().max()))
    assert errors[0] > 1.6 * errors[1] > 2.5 * errors[2]  # of first order in the number of layers


def test_tensors_move_by_their_representation() -> None:
    rep = Rep("V^2", n=2)
    network = invariant_network(4, acting=rep.drho(TURN[None]), width=0.01)
    x = np.random.default_rng(8).normal(size=(3, 4))
    sign = float(network.generators().detach()[0, 0])
    steps = 4 * torch.diagonal(network.weights, dim1=1, dim2=2).detach().numpy()[0]
    moved = np.stack([x @ rep.rho(expm(step * sign * TURN)).T for step in steps], axis=1)
    assert torch.allclose(network(tensor(x)), network.readout(tensor(moved)), atol=1e-4)


@pytest.mark.parametrize("outputs", [2, 3])
def test_one_generator_makes_an_equivariant_map(outputs: int) -> None:
    searched = np.linalg.qr(np.random.default_rng(9).normal(size=(9, 1)))[0].T.reshape(1, 3, 3)
    network = EquivariantNetwork(tensor(searched), Generators(1, tensor(searched), source()), copies=2, outputs=outputs, source=source(1))
    rng = np.random.default_rng(10)
    x, g, other = rng.normal(size=(5, 2, 3)), expm(0.7 * searched[0]), expm(rng.normal(size=(3, 3)))
    with torch.no_grad():
        for element, commutes in ((g, True), (other, False)):
            first = network(tensor((x @ element.T).reshape(5, 6))).numpy().reshape(5, outputs, 3)
            then = network(tensor(x.reshape(5, 6))).numpy().reshape(5, outputs, 3) @ element.T
            assert np.allclose(first, then) is commutes


def test_the_unit_matrix_is_left_out() -> None:
    whole = np.eye(9).reshape(9, 3, 3)
    rest = _without_trace(whole)
    flat = rest.reshape(len(rest), -1)
    assert len(rest) == 8
    assert np.allclose(flat @ flat.T, np.eye(8))
    assert np.allclose(np.trace(rest, axis1=1, axis2=2), 0)
    assert span_distance(LieAlgebra(_without_trace(so(3).basis)), so(3)) < 1e-9  # nothing to leave out


# --- method ---


def test_it_is_a_method() -> None:
    assert isinstance(LConv(), AbstractMethod)
    assert replace(LConv(), generators=3).generators == 3
    assert LConv() == LConv()


def test_a_rotation_is_found_and_judged() -> None:
    found = found_in(round_rows(600, seed=0))
    assert found.status is Status.FOUND
    assert angle(found, so(2)) < 0.1
    assert found.level.defect < 1
    assert found.level.refuted is not None  # the tests are those of the referee
    assert found.algebra is not None
    assert np.isclose(np.linalg.norm(found.algebra.basis[0]), 1)
    assert "proposed by LConv (1 network, seed 0)" in found.level.note
    assert "rad" in found.level.note
    assert found.level.statement == "p(y | gx) = p(y | x)"


def test_what_is_broken_is_not_confirmed() -> None:
    found = found_in(round_rows(600, seed=1, breaking=2.0))
    assert found.status is Status.NOT_CONFIRMED
    assert found.level.p_value < 0.01
    assert "; rejected (p" in found.level.sentence


def test_too_many_generators_are_not_confirmed() -> None:
    found = found_in(round_rows(600, seed=2), replace(QUICK, generators=2, epochs=30))
    assert found.status is Status.NOT_CONFIRMED
    assert "dimension 2 refuted" in found.level.note


def test_labels_are_classified() -> None:
    rows = round_rows(1500, seed=3)
    assert rows.y is not None
    labels = (np.asarray(rows.y) + 0.2 * np.random.default_rng(4).normal(size=1500) > 0.4).astype(np.int64)
    assert angle(found_in(replace(rows, y=labels)), so(2)) < 0.25


@pytest.mark.parametrize("frame", [np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[1.0, 0.4], [-0.3, 0.9]])])
def test_generators_turn_with_the_data(frame: np.ndarray) -> None:
    truth = LieAlgebra(frame @ TURN[None] @ np.linalg.inv(frame))
    found = found_in(round_rows(600, seed=5, frame=frame))
    assert angle(found, truth) < 0.15


def test_the_unit_of_x_does_not_matter() -> None:
    here, there = (found_in(round_rows(400, seed=6, frame=size * np.eye(2))) for size in (1.0, 1e3))
    assert here.algebra is not None
    assert angle(there, here.algebra) < 0.02


def test_several_targets_share_the_generators() -> None:
    rows = round_rows(600, seed=7)
    square = (rows.x**2).sum(1)
    found = found_in(replace(rows, y=np.stack([np.tanh(square), square], axis=1)))
    assert angle(found, so(2)) < 0.15


def test_next_states_show_the_rotation_along_which_they_move() -> None:
    found = found_in(turned_rows(1500, seed=8), replace(QUICK, epochs=100))
    assert found.status is Status.FOUND
    assert angle(found, so(2)) < 0.05
    assert "F(gx)" in found.level.statement


def test_a_map_without_generators_is_declined() -> None:
    x, vector = np.random.default_rng(9).normal(size=(300, 3)), Rep("V", n=3)
    rows = Samples(x, rep_x=vector, y=x * (x**2).sum(1, keepdims=True), rep_y=vector)
    level = found_in(rows, replace(QUICK, epochs=20)).level
    assert level.algebra is None
    assert "as well without generators" in level.reason
    assert "Spectral()" in level.reason


def test_vectors_of_another_kind_are_declined() -> None:
    x = np.random.default_rng(10).normal(size=(200, 2))
    tensors = Samples(x, rep_x=Rep("V", n=2), y=np.einsum("ni,nj->nij", x, x).reshape(200, 4), rep_y=Rep("V^2", n=2))
    assert "copies of the vector" in found_in(tensors).level.reason


def test_the_seed_decides_and_the_global_one_is_left_alone() -> None:
    rows, quick = round_rows(200, seed=11), replace(QUICK, epochs=5)
    torch.manual_seed(7)
    expected = torch.randn(3)
    torch.manual_seed(7)
    bases = [found.algebra.basis for seed in (0, 0, 1) if (found := found_in(rows, quick, seed=seed)).algebra is not None]
    assert torch.equal(torch.randn(3), expected)
    assert np.array_equal(bases[0], bases[1])
    assert not np.array_equal(bases[0], bases[2])


def test_seeds_give_the_error() -> None:
    rows = round_rows(400, seed=12)
    seen: list[tuple[str, int, int | None]] = []
    method = replace(QUICK, seeds=3)
    found = discover(rows, method, level="conditional", progress=lambda step, done, total: seen.append((step, done, total)))
    assert seen == [("networks", number, 3) for number in (1, 2, 3)]
    assert found.algebra is not None
    assert found.algebra.freedom == 2
    assert 0 < found.algebra.errors.max() < 0.3 * 3**0.5  # of one network of three
    assert "3 networks, seed 0, which differ by up to" in found.level.note


def test_support_and_measure_are_declined_with_a_reason() -> None:
    found = discover(round_rows(200, seed=13), replace(QUICK, epochs=2))
    assert found.support is not None
    assert found.measure is not None
    assert found.headline == "conditional"
    assert "use Spectral()" in found.support.reason
    assert "use Spectral()" in found.measure.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"y": None}, "no labels"),
        ({"y": np.zeros(200)}, "the same y"),
        ({"y": np.arange(200) % 3}, "3 classes"),
        ({"y": np.ones((200, 2, 2))}, r"\(N,\) or \(N, q\)"),
        ({"rep_y": Rep("V", n=2)}, "expected to have 2 columns"),
    ],
)
def test_what_cannot_be_learned_is_declined(change: dict[str, object], reason: str) -> None:
    level = found_in(replace(round_rows(200, seed=14), **change)).level  # type: ignore[arg-type]
    assert level.algebra is None
    assert re.search(reason, level.reason)


def test_few_rows_are_declined() -> None:
    assert "20 rows" in found_in(round_rows(20, seed=15)).level.reason


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"generators": 0}, "generators is 0"),
        ({"seeds": 0}, "seeds is 0"),
        ({"layers": 0}, "layers is 0"),
        ({"rows": 0}, "rows is 0"),
        ({"generators": 5, "kernels": 4}, "kernels is 4"),
        ({"width": 0.0}, "width is 0"),
        ({"epochs": 0}, "epochs is 0"),
        ({"hidden": ()}, "hidden"),
    ],
)
def test_settings_are_checked(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        LConv(**settings)  # type: ignore[arg-type]


def test_the_searched_space_limits_the_generators() -> None:
    with pytest.raises(InvalidData, match="only 1 matrices"):
        found_in(round_rows(200, seed=16), replace(QUICK, generators=2, referee=Spectral(basis=so(2))))
    with pytest.raises(InvalidData, match="affine"):
        found_in(round_rows(200, seed=16), replace(QUICK, referee=Spectral(basis=se(2))))
