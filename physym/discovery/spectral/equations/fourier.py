"""Test functions cos(ω·x) and sin(ω·x) with random ω: the empirical characteristic function on several widths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float, Int
from physym.discovery.spectral.statistics.scatter import shape_root
from physym.errors import InvalidData


@dataclass(frozen=True)
class Fourier:
    """Random Fourier features: no kind of breaking is invisible to all of them, and none is singled out.

    Arguments:
        count: number of frequencies ω for each width; each gives a cosine and a sine.
        widths: lengths over which the functions vary, in units of the spread of the cloud per direction; wide ones are tested first.
        seed: of the frequencies.

    Raises:
        InvalidData: there is no frequency, or a width is not positive.

    References:
        A. Rahimi, B. Recht, NeurIPS 20 (2007), for the features; T. W. Epps, L. B. Pulley, Biometrika 70 (1983) 723, for tests with them.

    Example:
        >>> Fourier(count=4, widths=(2.0, 1.0)).on(np.random.default_rng(0).normal(size=(50, 3))).band_names
        ('Fourier features of width 2', 'Fourier features of width 1')
    """

    count: int = 16
    widths: tuple[float, ...] = (2.0, 1.0, 0.5)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InvalidData(f"Fourier(count={self.count}): one frequency or more is needed.")
        if not self.widths or min(self.widths) <= 0:
            raise InvalidData(f"Fourier(widths={self.widths}): give positive widths, for instance (2.0, 1.0, 0.5).")

    @property
    def words(self) -> str:
        """What is tested, in words."""
        return f"{2 * self.count} Fourier features of each width {', '.join(f'{w:g}' for w in sorted(self.widths, reverse=True))}"

    def size(self, d: int) -> int:
        """Number of functions, whatever the number of coordinates d."""
        return 2 * self.count * len(self.widths)

    def on(self, x: Float[np.ndarray, "N d"]) -> Waves:
        """The functions on the cloud made round."""
        widths = tuple(sorted(self.widths, reverse=True))
        draws = np.random.default_rng(self.seed).normal(size=(len(widths), self.count, x.shape[1]))
        frequencies = draws / np.array(widths)[:, None, None]
        return Waves(frequencies @ np.linalg.inv(shape_root(x)), widths)


@dataclass(frozen=True, eq=False)
class Waves:
    """``cos(ω·x)`` and ``sin(ω·x)``.

    Arguments:
        frequencies: ω by width, shape ``(w, c, d)``.
        widths: one per first index.

    Example:
        >>> Waves(np.ones((1, 1, 1)), (1.0,)).evaluated(np.zeros((1, 1)))[0].tolist()
        [[1.0, 0.0]]
    """

    frequencies: Float[np.ndarray, "w c d"]
    widths: tuple[float, ...]

    @property
    def bands(self) -> Int[np.ndarray, "m"]:
        """The widths."""
        return np.repeat(np.arange(len(self.widths)), 2 * self.frequencies.shape[1])

    @property
    def band_names(self) -> tuple[str, ...]:
        """The widths."""
        return tuple(f"Fourier features of width {width:g}" for width in self.widths)

    def evaluated(self, x: Float[np.ndarray, "N d"]) -> tuple[Float[np.ndarray, "N m"], Float[np.ndarray, "N m d"]]:
        """Values and gradients; the cosines of a width stand before its sines."""
        phase = np.einsum("nd,wcd->nwc", x, self.frequencies)
        cosine, sine = np.cos(phase), np.sin(phase)
        values = np.concatenate([cosine, sine], axis=2).reshape(len(x), -1)
        slopes = np.concatenate([-sine, cosine], axis=2)[..., None] * np.concatenate([self.frequencies] * 2, axis=1)
        return values, np.asarray(slopes.reshape(*values.shape, x.shape[1]))
