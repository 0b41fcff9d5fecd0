"""What every format writes: one sheet of named matrices, with the conventions in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from physym._typing import Float
from physym.algebra.export.exact import Brackets, brackets, exact_metric
from physym.algebra.export.naming import generator_names
from physym.algebra.lie_algebra import LieAlgebra, bracket
from physym.algebra.metric import InvariantMetric, invariant_metric
from physym.errors import NoInvariantForm, PhysymError

ACTION = "g = exp(sum_a c_a L_a) acts on columns of coordinates: x -> g x"


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
    exact: object | None = None

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
        >>> sheet_of_algebra(LieAlgebra(np.array([[[0.0, -1.0], [1.0, 0.0]]]))).generators[0].name
        'L_1'
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


def sheet_of_algebra(algebra: LieAlgebra) -> Sheet:
    """Everything there is to say about an algebra: name, conventions, generators, structure constants, metric.

    Arguments:
        algebra: generators of shape ``(k, n, n)``.

    Returns:
        The sheet; its metric is None where the algebra preserves no form.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> sheet_of_algebra(so(3)).title
        'so(3), dimension 3, acting on 3 coordinates'
    """
    name = algebra_name(algebra)
    exact = algebra.exact or (None,) * algebra.dimension
    names = generator_names(algebra)
    generators = tuple(map(NamedMatrix, names, algebra.basis, algebra.errors, exact))
    metric, invariant = _metric_of(algebra)
    table = brackets(algebra)
    closure = 0.0 if algebra.exact and (table or _closure(algebra) < 1e-9) else _closure(algebra)
    return Sheet(
        title=f"{name or 'Lie algebra'}, dimension {algebra.dimension}, acting on {algebra.n} coordinates",
        conventions=_conventions(algebra, names, invariant, closure),
        coordinates=algebra.coordinates,
        generators=generators,
        brackets=table,
        metric=metric,
        name=name,
        closure=closure,
    )


def sheet_of_metric(metric: InvariantMetric) -> Sheet:
    """The metric alone.

    Arguments:
        metric: the result of ``invariant_metric``, matrix of shape ``(n, n)``.

    Returns:
        A sheet without generators.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> sheet_of_metric(invariant_metric(so(3))).title
        'Invariant metric of signature (3, 0) on 3 coordinates'
    """
    n = len(metric.matrix)
    return Sheet(
        title=f"Invariant metric of signature ({metric.signature[0]}, {metric.signature[1]}) on {n} coordinates",
        conventions=(_coordinates(metric.coordinates, n), *_metric_conventions(metric), _errors(bool(metric.errors.any()), exact=False)),
        coordinates=metric.coordinates,
        metric=NamedMatrix("metric", metric.matrix, metric.errors),
    )


def algebra_name(algebra: LieAlgebra) -> str:
    """The name that ``identify`` gives, or an empty text where it cannot.

    Arguments:
        algebra: generators of shape ``(k, n, n)``.

    Returns:
        For instance ``"so(1,3) ⊕ R"``.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> algebra_name(so(1, 3))
        'so(1,3)'
    """
    # from the face: identification has its own long chain of modules
    from physym.algebra import identify

    if not algebra.dimension:
        return ""
    try:
        return str(identify(algebra).name)
    except PhysymError:
        return ""


def _metric_of(algebra: LieAlgebra) -> tuple[NamedMatrix | None, InvariantMetric | None]:
    try:
        metric = invariant_metric(algebra)
    except NoInvariantForm:
        return None, None
    return NamedMatrix("metric", metric.matrix, metric.errors, exact_metric(algebra, metric.matrix)), metric


def _closure(algebra: LieAlgebra) -> float:
    basis, constants = algebra.basis, algebra.structure_constants
    defects = bracket(basis[:, None], basis[None, :]) - np.einsum("ijk,kmn->ijmn", constants, basis)
    return float(np.abs(defects).max(initial=0.0))


def _conventions(algebra: LieAlgebra, names: tuple[str, ...], metric: InvariantMetric | None, closure: float) -> tuple[str, ...]:
    sentences = [_coordinates(algebra.coordinates, algebra.n), f"Action: {ACTION}.", f"Generators: {', '.join(names) or 'none'}."]
    if any(name.lstrip("-")[0] in "JKD" for name in names):
        sentences.append("Names: each generator is a multiple of its namesake (J rotation, K boost, D dilation); a minus sign reverses it.")
    sentences += _metric_conventions(metric) if metric is not None else ["Metric: no symmetric form is preserved."]
    exactly = "exactly" if closure == 0 else f"up to entries of {closure:.1e}"
    sentences.append(f"Structure constants: [L_i, L_j] = sum_k f_ij^k L_k holds {exactly}.")
    sentences.append(_errors(algebra.covariance is not None, exact=bool(algebra.exact)))
    if algebra.source:
        sentences.append(f"Source: {' '.join(algebra.source.split())}.")
    return tuple(sentences)


def _coordinates(coordinates: tuple[str, ...], n: int) -> str:
    return f"Coordinates: {', '.join(' '.join(name.split()) for name in coordinates) or f'{n}, without names'}, in this order."


def _metric_conventions(metric: InvariantMetric) -> list[str]:
    law = "L^T eta + eta L = (2 tr L / n) eta because the algebra dilates" if metric.conformal else "L^T eta + eta L = 0"
    return [
        f"Metric eta: signature ({metric.signature[0]}, {metric.signature[1]}) as (plus, minus), {law}, |det eta| = 1, eta[0, 0] > 0; "
        f"residual {metric.residual:.1e}."
    ]


def _errors(known: bool, *, exact: bool) -> str:
    if exact:
        return (
            "Errors: none, the entries are exact (snapped within the error bars of the measurement)."
            if known
            else "Errors: none, the entries are exact."
        )
    return "Errors: one standard error per entry." if known else "Errors: not known."
