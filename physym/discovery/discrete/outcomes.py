"""What all discrete methods share: the sentences of the levels and the group of the identity alone."""

from __future__ import annotations

import numpy as np

from physym.algebra import MatrixGroup
from physym.discovery.discrete.element import DiscreteLevelName, ElementTest

STATEMENTS: dict[DiscreteLevelName, str] = {
    "conditional": "E[y | gx] = g' E[y | x]",
    "measure": "p(gx | y) = p(x | y)",
}


def identity_only(n: int) -> tuple[MatrixGroup, tuple[ElementTest, ...]]:
    """The trivial group of ``n × n`` matrices and its one test, which nothing can reject.

    Example:
        >>> group, tests = identity_only(3)
        >>> group.order, tests[0].p_value
        (1, 1.0)
    """
    return MatrixGroup(np.eye(n)[None]), (ElementTest("identity", np.eye(n), order=1, p_value=1.0, defect=0.0, bound=0.0),)
