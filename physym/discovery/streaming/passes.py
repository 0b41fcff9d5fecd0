"""Further passes over files that were summed before, at coefficients that the sums suggested."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial as with_arguments
from itertools import count
from typing import Any

import numpy as np

from physym._typing import Float
from physym.discovery.spectral.statistics import LogitPass, LogitStatistics
from physym.discovery.streaming.cache import Cache
from physym.discovery.streaming.collect import collect_logit
from physym.discovery.streaming.merge import Engine, Merged, merged
from physym.discovery.streaming.recipe import Recipe
from physym.errors import InvalidData
from physym.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class LogitPasses:
    """Called with coefficients, it reads all parts once more and returns the sums of a step of a logistic regression.

    Arguments:
        parts: all parts, or some of them.
        recipe: how they were read before.
        engine: who reads them.
        before: what the first pass found.
        degree: highest degree of the monomials.
        cache: statistics of finished parts, of these passes as well; None: nothing is kept.
        step: how the passes are called where progress is shown.
        progress: called with the number of jets after each part.

    Raises:
        InvalidData: the files no longer hold as many jets as before.

    Example:
        >>> from physym.discovery.streaming.engines import in_this_process
        >>> from physym.discovery.streaming.partial import Partial
        >>> nothing = Merged(Partial(0), {}, {}, "content", reused=0, parts=0)
        >>> LogitPasses([], Recipe(), in_this_process, nothing, 2).parts
        []
    """

    parts: Sequence[Any]
    recipe: Recipe
    engine: Engine
    before: Merged
    degree: int
    cache: Cache | None = None
    step: str = field(default="logit, pass", kw_only=True)
    progress: Progress = field(default=silent, kw_only=True)
    _numbers: Callable[[], int] = field(init=False, default_factory=lambda: count(1).__next__)

    @property
    def pilot(self) -> LogitPasses | None:
        """The same over the first part, to come near with little work; None where it is the only one."""
        return replace(self, parts=self.parts[:1], step="logit of the first part, pass") if len(self.parts) > 1 else None

    def __call__(self, coefficients: Float[np.ndarray, "P"]) -> LogitStatistics:
        """The sums over all rows at the coefficients of the monomials, the constant last, shape ``(P,)``."""
        rows = self.before.total.rows
        if rows is None or len(rows.classes) != 2:
            raise InvalidData("the first pass found no two classes; give labels of two values.")
        at = LogitPass(coefficients, (rows.classes[0], rows.classes[1]), rows.scale, self.degree, self.recipe.blocks)
        digest = hashlib.sha256(coefficients.tobytes() + f"{self.degree} {rows.classes}".encode()).hexdigest()
        found = merged(
            self.parts,
            with_arguments(collect_logit, recipe=self.recipe, at=at),
            self.engine,
            cache=None if self.cache is None else replace(self.cache, recipe=f"{self.recipe.key} logit {digest}"),
            known=self.before.checksums,
            step=f"{self.step} {self._numbers()}",
            progress=self.progress,
        )
        if len(self.parts) == self.before.parts and found.total.jets != self.before.total.jets:
            raise InvalidData(
                f"{self.before.total.jets:,} jets were read first and {found.total.jets:,} now; leave the files alone while they are read."
            )
        return at.sums(np.zeros((0, len(rows.scale))), np.zeros(0, dtype=np.int64)) if found.total.logit is None else found.total.logit
