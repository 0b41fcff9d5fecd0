"""An algebra or a metric in words and numbers, ready for every format."""

from __future__ import annotations

import numpy as np

from physym.algebra.export.exact import brackets, exact_metric
from physym.algebra.export.naming import generator_names
from physym.algebra.export.sheet import NamedMatrix, Sheet
from physym.algebra.lie_algebra import LieAlgebra, bracket
from physym.algebra.metric import InvariantMetric, invariant_metric
from physym.errors import NoInvariantForm

ACTION = "g = exp(sum_a c_a L_a) acts on columns of coordinates: x -> g x"


def sheet_of_algebra(algebra: LieAlgebra, name: str = "") -> Sheet:
    """Everything there is to say about an algebra: name, conventions, generators, structure constants, metric.

    Arguments:
        algebra: generators of shape ``(k, n, n)``.
        name: what ``identify`` calls it; may be empty.

    Returns:
        The sheet; its metric is None where the algebra preserves no form.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> sheet_of_algebra(so(3), "so(3)").title
        'so(3), dimension 3, acting on 3 coordinates'
    """
    exact = algebra.exact or (None,) * algebra.dimension
    names = generator_names(algebra)
    generators = tuple(map(NamedMatrix, names, algebra.basis, algebra.errors, exact))
    metric, invariant = _metric_of(algebra)
    # the zero algebra and a single generator have no brackets to speak of
    table = brackets(algebra) if algebra.dimension > 1 else {}
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


def _metric_of(algebra: LieAlgebra) -> tuple[NamedMatrix | None, InvariantMetric | None]:
    if not algebra.dimension:
        return None, None
    try:
        metric = invariant_metric(algebra)
    except NoInvariantForm:
        return None, None
    return NamedMatrix("metric", metric.matrix, metric.errors, exact_metric(algebra, metric.matrix)), metric


def _closure(algebra: LieAlgebra) -> float:
    if algebra.dimension < 2:
        return 0.0
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
