"""Random numbers: a seed is always passed, never global."""

from __future__ import annotations

import numpy as np


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """The NumPy generator of a seed; a generator passes through.

    Arguments:
        seed: non-negative integer, or a generator that is used as it is.

    Returns:
        A ``numpy.random.Generator``.

    Example:
        >>> bool(generator(3).normal() == generator(3).normal())
        True
    """
    return seed if isinstance(seed, np.random.Generator) else np.random.default_rng(seed)
