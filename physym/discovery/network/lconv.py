"""`LConv`: generators learned as weights of Lie algebra convolutions that fit y."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from physym._settings import whole
from physym._typing import Float
from physym.data import Samples
from physym.discovery.base import Discovery, Level, LevelName
from physym.discovery.network.convolution import EquivariantNetwork, Generators, InvariantNetwork
from physym.discovery.network.referee import DEFAULT_REFEREE, Proposal, conditional_only, refereed
from physym.discovery.network.targets import Target, target_of
from physym.discovery.network.training import Training, fit, perceptron
from physym.discovery.references import DEHMAMY_2021, KLEIBERGEN_2006, Explanation
from physym.discovery.spectral import Spectral
from physym.discovery.spectral.search import searched_matrices
from physym.errors import DiscoveryFailed, InvalidData
from physym.progress import Progress

CHEAPER = 6  # a step of the map of vectors than one of the invariant network
LEAST_SHARE = 0.05  # of the error without generators that these must explain


@dataclass(frozen=True)
class LConv:
    """Learn generators L_i together with the weights of L-conv layers ``y = σ(x W⁰ + Σ_i L_i x Wⁱ)`` that fit y.

    A baseline: the generators are what training arrives at, and ``Spectral`` judges them. Two kinds of target are told apart.

    - Invariant targets and labels: σ is a network after the last layer, the same for all channels; see ``InvariantNetwork`` for why.
    - Vector targets, such as next states: one layer with σ = 1 is the map itself, and its generator is the one along which the data
      move. A flow commutes with itself, so this is a symmetry as far as one matrix describes the flow. The unit matrix cannot be told
      from W⁰, so generators without trace are searched. A map that needs no generator, such as ``y = f(|x|) x``, leaves
      them undetermined; the level is then declined.

    Arguments:
        generators: number of generators; the method cannot tell how many there are.
        layers: number of L-conv layers of the invariant network.
        kernels: number of channels of the invariant network.
        width: root-mean-square coefficient of a generator in the kernels of the invariant network.
        hidden: widths of the hidden layers of the readout.
        epochs: largest number of passes over the rows.
        rows: largest number of rows used for training, six times as many for vector targets; others are left out at random.
        seeds: number of networks; their scatter is the error of the generators.
        referee: the calibrated test that judges the generators; its ``basis`` names the matrices that are searched.

    Raises:
        InvalidData: a setting lies outside its range, or more generators are asked for than matrices are searched.

    References:
        N. Dehmamy, R. Walters, Y. Liu, D. Wang, R. Yu, NeurIPS 2021 (arXiv 2109.07519), the definition of L-conv, ``x W⁰ + Σ_i L_i x Wⁱ``.

    Example:
        >>> from physym import Rep, discover
        >>> from physym.algebra import so, span_distance
        >>> x = np.random.default_rng(0).normal(size=(500, 2))
        >>> rows = Samples(x, rep_x=Rep("V", n=2), y=(x**2).sum(1) + 0.1 * np.random.default_rng(1).normal(size=500))
        >>> found = discover(rows, LConv(layers=2, kernels=4, width=0.5, hidden=(16,), seeds=1), level="conditional")
        >>> found.status.name, span_distance(found.algebra, so(2)) < 0.1
        ('FOUND', True)
    """

    generators: int = 1
    layers: int = 4
    kernels: int = 16
    width: float = 0.25
    hidden: tuple[int, ...] = (32, 32)
    epochs: int = 100
    rows: int = 2500
    seeds: int = 3
    referee: Spectral = DEFAULT_REFEREE

    explanation: ClassVar[Explanation] = Explanation(
        "Generators are weights of Lie algebra convolutions that were trained to fit y; the calibrated test of Spectral judged them.",
        (DEHMAMY_2021, KLEIBERGEN_2006),
    )

    def __post_init__(self) -> None:
        for name in ("generators", "layers", "rows", "seeds"):
            if not whole(getattr(self, name)):
                raise InvalidData(f"{name} is {getattr(self, name)!r}; a whole number is needed, at least 1.")
        if not whole(self.kernels, self.generators):
            raise InvalidData(f"kernels is {self.kernels}; at least one for each of the {self.generators} generators is needed.")
        if not self.width > 0:
            raise InvalidData(f"width is {self.width}; a positive number is needed, for instance 0.25.")
        Training(self.hidden, self.epochs)

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Learn generators for the conditional level; support and measure are declined with the reason."""
        return conditional_only(
            self,
            samples,
            lambda used: self._conditional(samples, seed, used, progress),
            levels=levels,
            seed=seed,
            device=device,
        )

    def _conditional(self, samples: Samples, seed: int, device: str, progress: Progress) -> Level:
        target = target_of(samples)
        searched = searched_matrices(samples, self.referee.basis)
        if target.moving:
            searched = _without_trace(searched)
        if self.generators > len(searched):
            raise InvalidData(f"{self.generators} generators; the searched space holds only {len(searched)} matrices: ask for fewer.")
        spans = []
        for number in range(self.seeds):
            learn = _vector_generators if target.moving else _invariant_generators
            spans.append(np.tensordot(learn(self, samples, target, searched, (seed * self.seeds + number, device)), searched, 1))
            progress("networks", number + 1, self.seeds)
        proposal = Proposal("LConv", seed, np.stack(spans))
        return refereed(samples, proposal, referee=self.referee)


def _without_trace(searched: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "r n n"]:
    """Orthonormal matrices of the same span that have no part along the unit matrix."""
    n = searched.shape[1]
    rest = searched - np.trace(searched, axis1=1, axis2=2)[:, None, None] * np.eye(n) / n
    _, values, right = np.linalg.svd(rest.reshape(len(rest), -1), full_matrices=False)
    return np.asarray(right[values > 1e-9 * max(values[0], 1e-300)].reshape(-1, n, n))


def _invariant_generators(
    method: LConv, samples: Samples, target: Target, searched: Float[np.ndarray, "s n n"], where: tuple[int, str]
) -> Float[np.ndarray, "k s"]:
    """Coefficients of the generators along which a function of x that fits y does not change."""
    seed, device = where
    source = torch.Generator().manual_seed(seed)
    part = torch.randperm(len(samples), generator=source)[: method.rows]
    x, y = torch.from_numpy(samples.x)[part], torch.from_numpy(target.values)[part]
    if not target.logit:
        spread = y.std(0)
        y = (y - y.mean(0)) / torch.where(spread > 0, spread, 1.0)
    readout = perceptron(x, method.hidden, source, outputs=y.shape[1])
    generators = Generators(method.generators, torch.from_numpy(searched), source)
    acting = torch.from_numpy(samples.rep_x.drho(searched))
    network = InvariantNetwork(
        acting, generators, readout, kernels=method.kernels, layers=method.layers, width=method.width, source=source
    ).to(device)
    x, goal = x.to(device), (y[:, :1] if y.shape[1] == 1 else y[:, None]).to(device)
    error = torch.nn.BCEWithLogitsLoss() if target.logit else torch.nn.MSELoss()

    def loss(rows: torch.Tensor) -> torch.Tensor:
        read = network(x[rows])
        found: torch.Tensor = error(read, goal[rows].expand_as(read))
        return found

    fit(network, loss, len(x), Training(method.hidden, method.epochs), source)
    return np.asarray(generators().detach().cpu().numpy())


def _vector_generators(
    method: LConv, samples: Samples, target: Target, searched: Float[np.ndarray, "s n n"], where: tuple[int, str]
) -> Float[np.ndarray, "k s"]:
    """Coefficients of the generators of a layer that maps x to y."""
    copies = samples.rep_x.copies_of_vector
    outputs = None if samples.rep_y is None else samples.rep_y.copies_of_vector
    if copies is None or outputs is None or searched.shape[1] * outputs != target.values.shape[1]:
        raise DiscoveryFailed(f"L-conv layers map copies of the vector to copies of it; x is {samples.rep_x!r} and y {samples.rep_y!r}")
    seed, device = where
    source = torch.Generator().manual_seed(seed)
    part = torch.randperm(len(samples), generator=source)[: CHEAPER * method.rows]
    x, y = torch.from_numpy(samples.x)[part], torch.from_numpy(target.values)[part]
    x, y = (x / x.square().mean().sqrt()).to(device), (y / y.square().mean().sqrt()).to(device)
    generators = Generators(method.generators, torch.from_numpy(searched), source)
    network = EquivariantNetwork(torch.from_numpy(searched), generators, copies=copies, outputs=outputs, source=source).to(device)
    fit(network, lambda rows: (network(x[rows]) - y[rows]).square().mean(), len(x), Training(method.hidden, method.epochs), source)
    with torch.no_grad():
        left, plain = float((network(x) - y).square().mean()), _error_without(x, y, copies, outputs)
    if not left < (1 - LEAST_SHARE) * plain:
        raise DiscoveryFailed(
            f"the layer fits y as well without generators (mean squared error {plain:.2g}, with them {left:.2g}), so that nothing "
            "determines these; use Spectral()"
        )
    return np.asarray(generators().detach().cpu().numpy())


def _error_without(x: torch.Tensor, y: torch.Tensor, copies: int, outputs: int) -> float:
    """Mean squared error of ``x W⁰`` alone."""
    before, after = (rows.reshape(len(rows), count, -1).transpose(1, 2).reshape(-1, count) for rows, count in ((x, copies), (y, outputs)))
    best = torch.linalg.lstsq(before, after).solution
    return float((before @ best - after).square().mean())
