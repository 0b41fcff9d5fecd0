"""Harmonic moments of a whitened cloud and their covariance, with the error of the whitening."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from physym._typing import Float, Int
from physym.discovery.discrete.mixing.harmonics import Harmonics, harmonics, zonal
from physym.discovery.discrete.mixing.radial import RadialBasis, SignalWeights
from physym.discovery.discrete.mixing.whitening import Whitening

CHUNK = 4096  # rows worked on at once, and rows whose derivatives are averaged


@dataclass(frozen=True, eq=False)
class HarmonicMoments:
    """Means of ``w_k(r) Y_l(x/r)`` over a whitened cloud: what every orthogonal symmetry of the cloud must leave fixed.

    Arguments:
        bases: harmonics of each band (degree), those with no weight left out.
        mean: p moments, band after band, within a band radial function after radial function, shape ``(p,)``.
        covariance: their covariance, with the error of centre and whitening, shape ``(p, p)``.
        frame: covariance between the moments and ``½(zzᵀ − 1)``, the error of the whitening, shape ``(p, n, n)``.
        spread: covariance of ``½(zzᵀ − 1)`` with itself, shape ``(n, n, n, n)``.
        counts: number of radial functions of each band.
        rows: number of rows.
        importance: how much each moment counts in the bound U, shape ``(p,)``.
        whitening: what was still done to the rows to make them white.

    Example:
        >>> z = np.random.default_rng(0).normal(size=(500, 3))
        >>> moments = harmonic_moments(z, np.zeros((500, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 2), degree=3)
        >>> moments.size, moments.counts
        (30, (2, 2, 2))
    """

    bases: tuple[Harmonics, ...]
    mean: Float[np.ndarray, "p"]
    covariance: Float[np.ndarray, "p p"]
    frame: Float[np.ndarray, "p n n"] = field(kw_only=True)
    spread: Float[np.ndarray, "n n n n"] = field(kw_only=True)
    counts: tuple[int, ...] = field(kw_only=True)
    rows: int = field(kw_only=True)
    importance: Float[np.ndarray, "p"] = field(kw_only=True)
    whitening: Whitening = field(kw_only=True)

    @property
    def size(self) -> int:
        """Number p of moments."""
        return len(self.mean)

    @property
    def n(self) -> int:
        """Dimension of the space."""
        return int(self.frame.shape[1])

    @property
    def slices(self) -> tuple[slice, ...]:
        """Where each band lies among the p moments."""
        ends = np.cumsum([count * basis.size for count, basis in zip(self.counts, self.bases, strict=True)]).tolist()
        return tuple(slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True))

    def band(self, index: int) -> Float[np.ndarray, "k d"]:
        """Moments of one band, shape ``(k, d)``: radial functions times harmonics."""
        return self.mean[self.slices[index]].reshape(self.counts[index], -1)

    def turned(self) -> Float[np.ndarray, "q p"]:
        """Derivative of the moments under the rotation of each plane, shape ``(q, p)``."""
        parts = [np.einsum("qij,kj->qki", basis.generators, self.band(b)) for b, basis in enumerate(self.bases)]
        return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)

    def generators(self) -> Float[np.ndarray, "q p p"]:
        """Matrices by which the rotations of the planes act on the p moments, shape ``(q, p, p)``."""
        result = np.zeros((self.n * (self.n - 1) // 2, self.size, self.size))
        for where, basis in zip(self.slices, self.bases, strict=True):
            for start in range(where.start, where.stop, basis.size):
                result[:, start : start + basis.size, start : start + basis.size] = basis.generators
        return result

    def moved(self, elements: Float[np.ndarray, "s n n"], vectors: Float[np.ndarray, "m p"]) -> Float[np.ndarray, "s m p"]:
        """Moments of clouds whose moments are ``vectors`` after each orthogonal matrix has moved them, shape ``(s, m, p)``."""
        result = np.empty((len(elements), *vectors.shape))
        for where, basis in zip(self.slices, self.bases, strict=True):
            flat = vectors[:, where].reshape(-1, basis.size) @ basis.matrices(elements).transpose(0, 2, 1)
            result[:, :, where] = flat.reshape(len(elements), len(vectors), -1)
        return result

    def representation(self, elements: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "s p p"]:
        """Matrices by which orthogonal matrices move the p moments, shape ``(s, p, p)``."""
        result = np.zeros((len(elements), self.size, self.size))
        for where, basis in zip(self.slices, self.bases, strict=True):
            matrices = basis.matrices(elements)
            for start in range(where.start, where.stop, basis.size):
                result[:, start : start + basis.size, start : start + basis.size] = matrices
        return result

    def weighted(self, weights: SignalWeights) -> HarmonicMoments:
        """The same moments in the weights of the proposing half; bands with none are left out."""
        kept = [b for b, mix in enumerate(weights.mixes) if len(mix)]
        sizes = [self.bases[b].size for b in kept]
        change = np.zeros((sum(len(weights.mixes[b]) * size for b, size in zip(kept, sizes, strict=True)), self.size))
        row = 0
        for b, size in zip(kept, sizes, strict=True):
            block = np.kron(weights.mixes[b], np.eye(size))
            change[row : row + len(block), self.slices[b]] = block
            row += len(block)
        return replace(
            self,
            bases=tuple(self.bases[b] for b in kept),
            counts=tuple(len(weights.mixes[b]) for b in kept),
            mean=change @ self.mean,
            covariance=change @ self.covariance @ change.T,
            frame=np.tensordot(change, self.frame, 1),
            importance=_repeated([weights.importance[b] for b in kept], sizes),
        )


def _repeated(values: list[Float[np.ndarray, "_"]], sizes: list[int]) -> Float[np.ndarray, "p"]:
    """One value per radial function, repeated for its harmonics."""
    return np.concatenate([np.zeros(0), *(np.repeat(value, size) for value, size in zip(values, sizes, strict=True))])


def harmonic_moments(
    z: Float[np.ndarray, "N n"],
    targets: Float[np.ndarray, "N c"],
    radial: RadialBasis,
    *,
    degree: int,
    cluster: Int[np.ndarray, "N"] | None = None,
) -> HarmonicMoments:
    """Harmonic moments of a cloud, whitened once more by its own mean and covariance, with the error that this brings.

    Arguments:
        z: rows that are already nearly white, shape ``(N, n)``.
        targets: what else the symmetry leaves fixed, standardised, shape ``(N, c)``; each column adds the moments weighted by it.
        radial: functions of the radius.
        degree: highest degree of the harmonics.
        cluster: rows of one cluster are not independent, shape ``(N,)``; None: each row is its own.

    Returns:
        The moments of degree 1 … ``degree``.

    Example:
        >>> ring = np.linspace(0, 2 * np.pi, 300, endpoint=False)
        >>> z = np.stack([np.cos(ring), np.sin(ring)], axis=1) * np.where(np.cos(3 * ring) > 0, 2, 1)[:, None]
        >>> moments = harmonic_moments(z, np.zeros((300, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 2), degree=3)
        >>> bool(np.abs(moments.mean[:8]).max() < 0.1 < np.abs(moments.mean[8:]).max())  # only the threefold harmonic
        True
    """
    whitening = Whitening.of(z)
    z = whitening(z)
    rows, n = z.shape
    bases = tuple(harmonics(n, band) for band in range(1, degree + 1))
    channels = np.concatenate([np.ones((rows, 1)), targets], axis=1)
    mean, covariance = _mean_and_covariance(z, channels, radial, bases, cluster)
    slope = _affine_slope(z[:CHUNK], channels[:CHUNK], radial, bases)
    size = len(mean) - n - n * n
    symmetric = (slope[:, 1:] + slope[:, 1:].transpose(0, 2, 1)) / 2
    change = np.concatenate([np.eye(size), -slope[:, 0], -symmetric.reshape(size, -1)], axis=1)
    joint = change @ covariance
    return HarmonicMoments(
        bases,
        mean[:size],
        joint @ change.T,
        frame=joint[:, size + n :].reshape(size, n, n),
        spread=covariance[size + n :, size + n :].reshape(n, n, n, n),
        counts=(channels.shape[1] * len(radial.mix),) * degree,
        rows=rows,
        importance=np.ones(size),
        whitening=whitening,
    )


def _mean_and_covariance(
    z: Float[np.ndarray, "N n"],
    channels: Float[np.ndarray, "N c"],
    radial: RadialBasis,
    bases: tuple[Harmonics, ...],
    cluster: Int[np.ndarray, "N"] | None,
) -> tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m m"]]:
    """Mean of the columns of ``_columns`` and the covariance of that mean, chunk by chunk where the rows are independent."""
    rows = len(z)
    chunks = [slice(start, start + CHUNK) for start in range(0, rows, CHUNK)]
    if cluster is None:
        sums = [_gram(_columns(z[c], channels[c], radial, bases)) for c in chunks]
        first, second = (np.sum(parts, axis=0) for parts in zip(*sums, strict=True))
        return first / rows, second / rows**2 - np.outer(first, first) / rows**3
    everything = np.concatenate([_columns(z[c], channels[c], radial, bases) for c in chunks])
    mean = everything.mean(0)
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=cluster[order[0]] - 1))
    return mean, _gram(np.add.reduceat((everything - mean)[order], starts))[1] / rows**2


def _columns(
    z: Float[np.ndarray, "N n"], channels: Float[np.ndarray, "N c"], radial: RadialBasis, bases: tuple[Harmonics, ...]
) -> Float[np.ndarray, "N columns"]:
    """Features, then z, then ½(zzᵀ − 1), row by row."""
    radii = np.linalg.norm(z, axis=1)
    unit = z / np.maximum(radii, np.finfo(float).tiny)[:, None]
    weights = (channels[:, :, None] * radial(radii)[0][:, None, :]).reshape(len(z), -1)
    parts = []
    for basis in bases:
        values = zonal(z.shape[1], basis.degree, unit @ basis.points.T)[0] @ basis.root
        parts.append((weights[:, :, None] * values[:, None, :]).reshape(len(z), -1))
    square = (z[:, :, None] * z[:, None, :] - np.eye(z.shape[1])) / 2
    return np.concatenate([*parts, z, square.reshape(len(z), -1)], axis=1)


def _gram(columns: Float[np.ndarray, "N m"]) -> tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m m"]]:
    return columns.sum(0), columns.T @ columns


def _affine_slope(
    z: Float[np.ndarray, "N n"], channels: Float[np.ndarray, "N c"], radial: RadialBasis, bases: tuple[Harmonics, ...]
) -> Float[np.ndarray, "p b n"]:
    """``E[∂_a φ · (1, z_b)]``, shape ``(p, n + 1, n)``: how the moments answer to a shift and to a linear map of the cloud."""
    rows, n = z.shape
    radii = np.maximum(np.linalg.norm(z, axis=1), np.finfo(float).tiny)
    unit = z / radii[:, None]
    value, derivative = radial(radii)
    weight = (channels[:, :, None] * value[:, None, :]).reshape(rows, -1) / radii[:, None]
    slope = (channels[:, :, None] * derivative[:, None, :]).reshape(rows, -1)
    extended = np.concatenate([np.ones((rows, 1)), z], axis=1)
    count, lever = weight.shape[1], extended[:, :, None] * unit[:, None, :]
    along = (slope[:, :, None, None] * lever[:, None]).reshape(rows, -1).T / rows
    across = (weight[:, :, None] * extended[:, None, :]).reshape(rows, -1).T / rows
    inward = (weight[:, :, None, None] * lever[:, None]).reshape(rows, -1).T / rows
    parts = []
    for basis in bases:
        cosine = unit @ basis.points.T
        kernel, kernel_slope = zonal(n, basis.degree, cosine)
        radially = along @ (kernel @ basis.root) - inward @ (kernel_slope * cosine) @ basis.root
        tangent = np.einsum("kbj,ja,ji->kbai", (across @ kernel_slope).reshape(count, n + 1, -1), basis.points, basis.root)
        total = radially.reshape(count, n + 1, n, -1) + tangent
        parts.append(total.transpose(0, 3, 1, 2).reshape(-1, n + 1, n))
    return np.concatenate(parts)
