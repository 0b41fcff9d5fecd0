"""What every format writes: one sheet of named matrices, with the conventions in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physym._typing import Float

# {(i, j): ((k, f_ij^k), …)} for i < j, counted from 0; pairs that commute are left out
Brackets = dict[tuple[int, int], tuple[tuple[int, Any], ...]]


@dataclass(frozen=True, eq=False)
class NamedMatrix:
    """A matrix with its name, its errors and, where known, its exact entries.

    Arguments:
        name: for instance ``"J_x"`` or ``"metric"``.
        values: shape ``(n, n)``.
        errors: standard errors, shape ``(n, n)``; zeros where none are known.
        exact: the same matrix with exact entries (sympy), or None.

    Example:
        >>> NamedMatrix("J", np.zeros((2, 2)), np.zeros((2, 2))).has_errors
        False
    """

    name: str
    values: Float[np.ndarray, "n n"]
    errors: Float[np.ndarray, "n n"]
    exact: Any = None

    @property
    def has_errors(self) -> bool:
        """Whether there are errors to be shown: an exact matrix has none."""
        return self.exact is None and bool(self.errors.any())


@dataclass(frozen=True, eq=False)
class Sheet:
    """The content of an exported file, before it is put in a language.

    Arguments:
        title: one line.
        conventions: sentences that a reader needs.
        coordinates: names of the coordinates; may be empty.
        generators: the generators; empty where only a metric is exported.
        brackets: sparse structure constants, see ``exact.brackets``.
        metric: the invariant metric, or None.
        name: of the algebra; may be empty.
        closure: largest entry of ``[L_i, L_j] − Σ_k f_ij^k L_k``; 0 where it vanishes exactly.

    Example:
        >>> Sheet("so(2)", ("Errors: not known.",), ("x", "y")).exact
        False
    """

    title: str
    conventions: tuple[str, ...]
    coordinates: tuple[str, ...]
    generators: tuple[NamedMatrix, ...] = ()
    brackets: Brackets = field(default_factory=dict)
    metric: NamedMatrix | None = None
    name: str = ""
    closure: float = 0.0

    @property
    def matrices(self) -> tuple[NamedMatrix, ...]:
        """Generators, then the metric."""
        return self.generators + ((self.metric,) if self.metric is not None else ())

    @property
    def exact(self) -> bool:
        """Whether every generator has exact entries."""
        return bool(self.generators) and all(generator.exact is not None for generator in self.generators)
