"""`Evidence`: means of test functions with their covariance, the test that all are zero, and the bound on how large they may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from physym._typing import Bool, Float, Int
from physym.data import Samples
from physym.errors import DiscoveryFailed

ROUNDING = 1e-9  # means in units of the spread of a row: smaller ones are round-off
FEWEST_CLUSTERS = 40
CHUNK = 8192


@dataclass(frozen=True, eq=False)
class Evidence:
    """Means that are zero when a symmetry holds, with the covariance of their errors.

    Arguments:
        mean: shape ``(P,)``.
        covariance: shape ``(P, P)``.
        clusters: number of independent clusters behind the covariance.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(400, 3))
        >>> evidence = Evidence(rows.mean(0), np.cov(rows.T) / 400, 400)
        >>> evidence.p_value > 0.01, Evidence(evidence.mean + 0.3, evidence.covariance, 400).p_value < 1e-6
        (True, True)
    """

    mean: Float[np.ndarray, "P"]
    covariance: Float[np.ndarray, "P P"]
    clusters: int

    def mapped(self, matrix: Float[np.ndarray, "Q P"]) -> Evidence:
        """The evidence of linear combinations of the means; ``matrix`` has shape ``(Q, P)``."""
        return Evidence(matrix @ self.mean, matrix @ self.covariance @ matrix.T, self.clusters)

    def scaled(self, factors: Float[np.ndarray, "P"]) -> Evidence:
        """The means times ``factors`` of shape ``(P,)``; those with factor 0 are left out."""
        kept = np.flatnonzero(factors)
        weight = factors[kept]
        return Evidence(self.mean[kept] * weight, self.covariance[np.ix_(kept, kept)] * np.outer(weight, weight), self.clusters)

    @property
    def statistic(self) -> float:
        """``|mean|²`` over its expectation under the null hypothesis."""
        return float((self.mean**2).sum() / max(self._noise[0], np.finfo(float).tiny))

    @property
    def _noise(self) -> tuple[float, float]:
        """Trace of the covariance and of its square, with round-off added."""
        floor = ROUNDING**2
        trace = float(np.trace(self.covariance)) + floor * len(self.mean)
        return trace, float((self.covariance**2).sum()) + 2 * floor * trace

    @property
    def p_value(self) -> float:
        """p-value of "all means are zero": ``|mean|²`` against a scaled F whose first two moments match (Satterthwaite).

        References:
            F. Satterthwaite, Biometrics Bulletin 2 (1946) 110.
        """
        from scipy.special import betainc

        if not len(self.mean):
            return 1.0
        trace, square = self._noise
        freedom, below = trace**2 / square, max(self.clusters - 1, 1)
        return float(betainc(below / 2, freedom / 2, below / (below + freedom * self.statistic)))

    def shortened(self, length: float) -> Evidence:
        """The evidence against "the true mean is no longer than ``length``": the mean is made shorter by as much.

        If the true mean is that short, the shortened one is no longer than the noise alone, so its test stays valid.
        """
        size = float(np.linalg.norm(self.mean))
        return Evidence(self.mean * max(0.0, 1 - length / max(size, 1e-300)), self.covariance, self.clusters)

    def banded_p_value(self, bands: Int[np.ndarray, "P"], *, length: float = 0.0) -> float:
        """The smallest p-value of the bands and of all of them together, times the number of tests (Bonferroni).

        ``bands`` has shape ``(P,)``; means of a length up to ``length`` count as zero.
        """
        names = np.unique(bands)
        values = [self.scaled((bands == name).astype(float)).shortened(length).p_value for name in names]
        if len(names) > 1:
            values.append(self.shortened(length).p_value)
        return min(1.0, len(values) * min(values, default=1.0))

    def excess(self) -> float:
        """``|mean|²`` without the part that noise adds: an unbiased estimate of the squared true mean."""
        return float((self.mean**2).sum() - self._noise[0])

    def upper(self, alpha: float) -> float:
        """A length that the true mean does not exceed, at 1 − alpha.

        The smaller of two bounds, chosen by the covariance alone: ``|mean| + z √w`` with w its largest eigenvalue, and
        the root of ``u² = |mean|² − tr C + z √(2 tr C² + 4 w u²)``.
        """
        from scipy.special import ndtri

        if not len(self.mean):
            return 0.0
        z, (trace, square) = float(ndtri(1 - alpha)), self._noise
        largest = float(np.linalg.eigvalsh(self.covariance)[-1]) + ROUNDING**2
        if np.sqrt(trace) + z * np.sqrt(largest) <= np.sqrt(z * np.sqrt(2 * square)):
            return float(np.linalg.norm(self.mean) + z * np.sqrt(largest))
        squared = 0.0
        for _ in range(50):
            squared = max(0.0, self.excess()) + z * np.sqrt(2 * square + 4 * largest * squared)
        return float(np.sqrt(squared))

    def lower_square(self, alpha: float) -> float:
        """A lower limit at 1 − alpha of the squared length of the true mean; negative where nothing stands out of the noise."""
        from scipy.special import ndtri

        z, square = float(ndtri(1 - alpha)), self._noise[1]
        spread = np.sqrt(2 * square + 4 * float(self.mean @ self.covariance @ self.mean))
        return float(self.excess() - z * spread)


def gather(rows_of: Callable[[slice], Float[np.ndarray, "c P"]], count: int, cluster: Int[np.ndarray, "N"] | None) -> Evidence:
    """Means over rows that are computed in chunks, so memory stays flat; rows of one cluster count as one observation.

    Arguments:
        rows_of: gives the rows of a slice, shape ``(c, P)``.
        count: number of rows N.
        cluster: cluster of each row, shape ``(N,)``, or None where the rows are independent.

    Returns:
        The means and their covariance.

    Example:
        >>> values = np.random.default_rng(1).normal(size=(1000, 2))
        >>> found = gather(lambda part: values[part], 1000, None)
        >>> bool(np.allclose(found.covariance, np.cov(values.T) / 1000))
        True
    """
    parts = [slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    if cluster is not None:
        return _clustered([rows_of(part) for part in parts], cluster)
    opening = rows_of(parts[0])
    shift = opening.mean(0)  # the covariance is that of deviations, so a common shift loses no digits
    opening = opening - shift
    total, gram = opening.sum(0), opening.T @ opening
    for part in parts[1:]:
        rows = rows_of(part) - shift
        total, gram = total + rows.sum(0), gram + rows.T @ rows
    mean = total / count
    covariance = (gram / count - np.outer(mean, mean)) / max(count - 1, 1)
    return Evidence(mean + shift, covariance, count)


def _clustered(parts: list[Float[np.ndarray, "c P"]], cluster: Int[np.ndarray, "N"]) -> Evidence:
    rows = np.concatenate(parts)
    number = np.unique(cluster, return_inverse=True)[1]
    clusters = int(number.max()) + 1
    mean = rows.mean(0)
    order = np.argsort(number, kind="stable")
    sums = np.add.reduceat((rows - mean)[order], np.searchsorted(number[order], np.arange(clusters)), axis=0)
    return Evidence(mean, sums.T @ sums / len(rows) ** 2 * clusters / max(clusters - 1, 1), clusters)


def halves(samples: Samples, seed: int) -> tuple[Bool[np.ndarray, "N"], int]:
    """A random half of the clusters that proposes, as a mask of shape ``(N,)``, and the number of clusters.

    Raises:
        DiscoveryFailed: fewer than 40 independent clusters, or numbers too large or too small to be squared.

    Example:
        >>> from physym.algebra import Rep
        >>> mask, clusters = halves(Samples(np.ones((100, 1)), rep_x=Rep("V", n=1)), 0)
        >>> int(mask.sum()), clusters
        (50, 100)
    """
    size = float(np.abs(samples.x).max(initial=0.0))
    if not 1e-100 < size < 1e100:
        raise DiscoveryFailed(f"the largest entry of x is {size:.2g}; expected numbers between 1e-100 and 1e100: change the unit.")
    number = np.arange(len(samples)) if samples.cluster is None else np.unique(samples.cluster, return_inverse=True)[1]
    clusters = int(number.max()) + 1
    if clusters < FEWEST_CLUSTERS:
        raise DiscoveryFailed(
            f"{samples.source} holds {clusters} independent rows or clusters; a discrete search needs at least {FEWEST_CLUSTERS}, "
            "half of which propose while the others test."
        )
    proposing = np.zeros(clusters, dtype=bool)
    proposing[np.random.default_rng(seed).permutation(clusters)[: clusters // 2]] = True
    return proposing[number], clusters
