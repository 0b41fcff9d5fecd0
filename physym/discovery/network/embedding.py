"""`EmbeddingSymmetry`: generators read off pairs of rows that a network places at the same point of its embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from physym._settings import whole
from physym._typing import Float
from physym.data import Samples
from physym.discovery.base import Discovery, Level, LevelName
from physym.discovery.network.invariance import Polarization
from physym.discovery.network.orbits import Pairing, orbits
from physym.discovery.network.referee import DEFAULT_REFEREE, Proposal, conditional_only, refereed
from physym.discovery.network.targets import Target, target_of
from physym.discovery.network.training import Training, train_network
from physym.discovery.references import KLEIBERGEN_2006, KRIPPENDORF_2021, Explanation
from physym.discovery.spectral import Spectral
from physym.discovery.spectral.search import searched_matrices
from physym.errors import DiscoveryFailed, InvalidData
from physym.progress import Progress


@dataclass(frozen=True)
class EmbeddingSymmetry:
    """Train a network on y and regress generators on pairs ``x' − x = ε A x`` of rows that its last hidden layer takes for the same.

    A baseline: ``Spectral`` judges what it proposes. Rows that lie close in the embedding and in x are a pair on one orbit. Where an
    orbit has more than one dimension, a pair mixes generators with unknown ε; the pairs of one row then span its tangent space by
    principal components, and A is fitted such that ``A x`` lies in it. The number of generators is that below
    the largest gap in its singular values, averaged over the networks, as the paper reads it off a principal component analysis by eye.

    Arguments:
        generators: number of generators; None: that below the gap.
        gap: least ratio of neighbouring singular values that counts as a gap; there are no generators without one.
        anchors: largest number of rows from which pairs start.
        neighbours: number of rows nearest to an anchor in x.
        share: the share of these that is nearest in the embedding as well.
        hidden: widths of the hidden layers; the last one is the embedding.
        epochs: largest number of passes over the rows.
        rows: largest number of rows used for training and pairs; others are left out at random.
        seeds: number of networks; their scatter is the error of the generators.
        referee: the calibrated test that judges the generators; its ``basis`` names the matrices that are searched.

    Raises:
        InvalidData: a setting lies outside its range, or more generators are asked for than matrices are searched.

    References:
        S. Krippendorf, M. Syvaeri, arXiv 2003.13679, the regression ``x' − x = ε A x`` of generators on pairs of the embedding.

    Example:
        >>> from physym import Rep, discover
        >>> from physym.algebra import so, span_distance
        >>> x = np.random.default_rng(0).normal(size=(1000, 2))
        >>> rows = Samples(x, rep_x=Rep("V", n=2), y=(x**2).sum(1) + 0.1 * np.random.default_rng(1).normal(size=1000))
        >>> found = discover(rows, EmbeddingSymmetry(hidden=(16, 16), epochs=100, seeds=1), level="conditional")
        >>> found.algebra.dimension, span_distance(found.algebra, so(2)) < 0.2
        (1, True)
    """

    generators: int | None = None
    gap: float = 1.5
    anchors: int = 1000
    neighbours: int = 64
    share: float = 0.25
    hidden: tuple[int, ...] = (32, 32)
    epochs: int = 300
    rows: int = 5000
    seeds: int = 3
    referee: Spectral = DEFAULT_REFEREE

    explanation: ClassVar[Explanation] = Explanation(
        "Generators were fitted to pairs of rows that the last hidden layer of a trained network takes for the same; the calibrated "
        "test of Spectral judged them.",
        (KRIPPENDORF_2021, KLEIBERGEN_2006),
    )

    def __post_init__(self) -> None:
        for name in ("anchors", "neighbours", "seeds", "rows"):
            if not whole(getattr(self, name)):
                raise InvalidData(f"{name} is {getattr(self, name)!r}; a whole number is needed, at least 1.")
        if self.generators is not None and not whole(self.generators):
            raise InvalidData(
                f"generators is {self.generators!r}; give a whole number, at least 1, or None to read their number off the gap."
            )
        if not 0 < self.share <= 1:
            raise InvalidData(f"share is {self.share}; a number in (0, 1] is needed, for instance 0.25.")
        if not self.gap > 1:
            raise InvalidData(f"gap is {self.gap}; a ratio above 1 is needed, for instance 1.5.")
        Training(self.hidden, self.epochs)

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Find generators for the conditional level; support and measure are declined with the reason."""
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
        if target.moving:
            raise DiscoveryFailed(f"y moves as {samples.rep_y!r}; rows of one orbit share y only where y is invariant")
        searched = searched_matrices(samples, self.referee.basis)
        if self.generators is not None and self.generators > len(searched):
            raise InvalidData(f"{self.generators} generators; the searched space holds only {len(searched)} matrices: ask for fewer.")
        found = []
        for number in range(self.seeds):
            found.append(self._one(samples, target, searched, (seed * self.seeds + number, device)))
            progress("networks", number + 1, self.seeds)
        count, note = self.generators, ""
        if count is None:
            spectrum = np.sqrt(np.maximum(np.linalg.eigvalsh(np.mean([one.matrix for one in found], axis=0)), 0))
            count = below_gap(spectrum, self.gap)
            note = f"a gap of {_gap(spectrum, count):.2g} after them" if count else f"no gap of {self.gap:g} in the singular values"
        spans = np.stack([one.algebra(count).basis for one in found])
        return refereed(samples, Proposal("EmbeddingSymmetry", seed, spans, note=note), referee=self.referee)

    def _one(self, samples: Samples, target: Target, searched: Float[np.ndarray, "s n n"], where: tuple[int, str]) -> Polarization:
        """The regression on the pairs of one network."""
        seed, device = where
        rng = np.random.default_rng(seed)
        part = rng.permutation(len(samples))[: self.rows]
        x, y = samples.x[part], target.values[part]
        network = train_network(x, y, logit=target.logit, seed=seed, training=Training(self.hidden, self.epochs), device=device)
        with torch.no_grad():
            embedding = network.embedding(torch.from_numpy(x)).numpy()
        scaled = x / np.sqrt((x**2).mean())
        pairing = Pairing(self.anchors, self.neighbours, self.share)
        return orbits(scaled, embedding, pairing, rng=rng).polarization(samples.rep_x.drho(searched), searched)


def _gap(spectrum: Float[np.ndarray, "s"], count: int) -> float:
    """Ratio of the singular values on both sides of a dimension; infinite for all of the searched space."""
    return float(spectrum[count] / max(spectrum[count - 1], np.finfo(float).tiny)) if count < len(spectrum) else float("inf")


def below_gap(spectrum: Float[np.ndarray, "s"], smallest: float) -> int:
    """Number of singular values below the largest ratio of neighbours; 0 where no ratio reaches ``smallest``.

    Arguments:
        spectrum: singular values, smallest first, shape ``(s,)``.
        smallest: least ratio that counts.

    Returns:
        The number.

    Example:
        >>> below_gap(np.array([0.1, 0.12, 0.5]), 1.5), below_gap(np.array([0.1, 0.12]), 1.5)
        (2, 0)
    """
    floor = np.maximum(spectrum, 1e-8 * max(float(spectrum[-1]), np.finfo(float).tiny))
    ratios = floor[1:] / floor[:-1]
    return int(ratios.argmax()) + 1 if len(ratios) and ratios.max() >= smallest else 0
