"""`Spectral`: the default method of discovery, one pass over the data and one small linear equation per level."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar

import numpy as np

from physym.data import Samples
from physym.discovery.base import Discovery, Level, LevelName, headline_of
from physym.discovery.references import KLEIBERGEN_2006, YANG_2023, Explanation
from physym.discovery.spectral.levels.conditional import conditional_level
from physym.discovery.spectral.levels.equivariance import equivariance_level
from physym.discovery.spectral.levels.measure import measure_level
from physym.discovery.spectral.levels.support import SCALE_ROWS, support_level
from physym.discovery.spectral.settings import Settings
from physym.progress import Progress

WIDEST_SPREAD = 3e3


@dataclass(frozen=True)
class Spectral(Settings):
    """Solve ``H a = 0`` on sufficient statistics: exact where the data are, with p-values and a certificate.

    Arguments:
        degree, equivariance_degree, measure_degree, alpha, blocks, noise_model, noise, basis, test_functions: see ``Settings``.

    Raises:
        InvalidData: a setting lies outside its range.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), poses the problem that this solves in closed form.

    Example:
        >>> from dataclasses import replace
        >>> replace(Spectral(), alpha=0.05).alpha
        0.05
    """

    explanation: ClassVar[Explanation] = Explanation(
        "Vanishing polynomials (support), a regression (conditional) and moments (measure) of the data give one linear equation per "
        "level; its solutions are counted by a test whose covariance comes from blocks of the data. Whether data alone reveal a "
        "symmetry such as the Lorentz group was asked with LieGAN.",
        (YANG_2023, KLEIBERGEN_2006),
    )

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Test the levels; the first one named that applies is the headline.

        The support level is always tested first where ``levels`` names it or the conditional level, because a logit is
        defined only on the support.
        """
        start = perf_counter()
        samples.refuse_images()
        wanted = set(levels)
        total = len(levels)
        vectors = samples.y is not None and samples.y.ndim == 2  # a map of vectors finds the span of its rows itself
        needed = "support" in wanted or ("conditional" in wanted and not vectors)
        support = support_level(samples, self, alone=total == 1) if needed else None
        progress("support", 1, total)
        conditional = None
        if "conditional" in wanted:
            conditional = equivariance_level(samples, self) if vectors else conditional_level(samples, self, support)
        progress("conditional", 2, total)
        measure = measure_level(samples, self) if "measure" in wanted else None
        progress("measure", total, total)
        found: dict[LevelName, Level | None] = {"support": support, "conditional": conditional, "measure": measure}
        headline = headline_of(found, levels)
        return Discovery(
            support=support,
            conditional=conditional,
            measure=measure,
            headline=headline,
            method=self,
            seed=seed,
            seconds=perf_counter() - start,
            provenance={
                "source": samples.source,
                "device": "cpu",
                "units": samples.units,
                "selection": _selection(headline, levels, found[headline]),
            }
            | _warnings(samples),
        )


def _selection(headline: LevelName, levels: tuple[LevelName, ...], level: Level | None) -> str:
    """Which level and degree the headline stands for, and how they were selected."""
    tested = "" if level is None or level.algebra is None else f" with {level.tested or f'polynomials of degree ≤ {level.degree}'}"
    chosen = f"the first of {', '.join(levels)} that applies" if len(levels) > 1 else "the one that was asked for"
    return f"the {headline} level{tested}, {chosen}"


def _warnings(samples: Samples) -> dict[str, str]:
    """What about the samples makes a result doubtful; empty when nothing does."""
    few = samples.vectors[:: len(samples) // SCALE_ROWS + 1]
    sizes = np.sqrt((few**2).mean(axis=(0, 1)))
    names = samples.coordinates or tuple(f"x{i}" for i in range(samples.n))
    if not sizes.min():
        return {"warning": f"{names[int(sizes.argmin())]} is zero throughout; leave it out, since maps that move it cannot be tested"}
    spread = float(sizes.max() / sizes.min())
    if spread < WIDEST_SPREAD:
        return {}
    small, large = names[int(sizes.argmin())], names[int(sizes.argmax())]
    sentence = f"{large} is {spread:.1g} times as large as {small}, so rounding may hide generators; give coordinates of similar size"
    return {"warning": sentence}
