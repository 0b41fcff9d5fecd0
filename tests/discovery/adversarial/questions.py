"""Short methods and simple rows for the questions of a sceptical user, and what counts as an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from physym.algebra import Rep
from physym.data import Samples
from physym.discovery import (
    EmbeddingSymmetry,
    LConv,
    Status,
    discover,
)
from physym.discovery.adversarial import (
    Augerino,
    Coordinates,
    LieGAN,
    Optimisation,
    StepSearch,
    SymmetryGAN,
    Trials,
)
from physym.discovery.base import Discovery
from physym.errors import PhysymError
from physym.report import algebra_card

SHORT = Optimisation(steps=10, batch=32)
ONE = LieGAN(
    generators=1,
    seeds=2,
    features=Coordinates(),
    optimisation=SHORT,
    trials=Trials(starts=1),
    step_search=StepSearch(starts=3, steps=6),
)
AUGERINO = Augerino(seeds=2, hidden=(8,), optimisation=SHORT)
SYMMETRYGAN = SymmetryGAN(seeds=2, features=Coordinates(), optimisation=SHORT)
LCONV = LConv(seeds=1, epochs=1, hidden=(4,), layers=1, kernels=2)
EMBEDDING = EmbeddingSymmetry(seeds=1, epochs=1, hidden=(4,), neighbours=8)
X = np.random.default_rng(0).normal(size=(200, 2))
Y = (X**2).sum(1)
V = Rep("V", n=2)


def plane(x: Any = X, y: Any = Y, rep: Rep = V, **fields: Any) -> Samples:
    return Samples(x, rep_x=rep, y=y, **fields)


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=shape)


def pictures(height: int, width: int, x: np.ndarray | None = None) -> Samples:
    pixels = height * width
    return Samples(normal(60, pixels) if x is None else x, rep_x=Rep(f"{pixels}S", n=2), grid=(height, width))


def answered(samples: Samples, method: Any = ONE, level: Any = "conditional", **more: Any) -> Discovery:
    """An answer whose words do not contradict each other."""
    found = discover(samples, method, level=level, **more)
    assert algebra_card(found)
    for one in found.levels:
        assert repr(one)
        tested = any(test.dimension == one.dimension for test in one.tests)
        assert tested or not one.dimension or "no calibrated test applies" in one.sentence, "what was not tested is not called not rejected"
        if one.tests and one.dimension and one.p_value < one.alpha:
            assert "; rejected" in one.sentence
            assert one.status is not Status.STEP
    if not found.status.reliable:
        assert found.status.words in repr(found)
        assert found.exact is None
    return found


def refused(ask: Callable[[], object], *words: str) -> None:
    """One sentence with these words."""
    with pytest.raises(PhysymError) as caught:
        ask()
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence, sentence
