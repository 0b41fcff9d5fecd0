"""JSON: everything, so that `load_algebra` gives the same algebra back."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from physym._version import __version__
from physym.algebra.export.sheet import Sheet
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.metric import InvariantMetric

ALGEBRA_FORMAT = "physym/lie-algebra"
METRIC_FORMAT = "physym/invariant-metric"
VERSION = 1


def write_json(result: LieAlgebra | InvariantMetric, sheet: Sheet) -> str:
    """An algebra or a metric as JSON.

    Arguments:
        result: the algebra or the metric.
        sheet: the same in words.

    Returns:
        The text. Floats are written so that they read back to the same float; exact entries as text such as ``"sqrt(2)/2"``.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> from physym.algebra.export.describe import sheet_of_algebra
        >>> json.loads(write_json(so(2), sheet_of_algebra(so(2))))["format"]
        'physym/lie-algebra'
    """
    fields = _metric_fields(result, sheet) if isinstance(result, InvariantMetric) else _algebra_fields(result, sheet)
    lines = [f"  {json.dumps(key)}: {_nested(value)}" for key, value in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _algebra_fields(algebra: LieAlgebra, sheet: Sheet) -> dict[str, Any]:
    return {
        **_heading(ALGEBRA_FORMAT, sheet),
        "source": algebra.source,
        "n": algebra.n,
        "generators": [generator.name for generator in sheet.generators],
        "basis": algebra.basis.tolist(),
        "exact": [[[str(entry) for entry in row] for row in matrix.tolist()] for matrix in algebra.exact],
        "structure_constants": [
            [i, j, k, value if isinstance(value, float) else str(value)] for (i, j), row in sheet.brackets.items() for k, value in row
        ],
        "metric": None if sheet.metric is None else sheet.metric.values.tolist(),
        "freedom": algebra.freedom if isfinite(algebra.freedom) else None,
        "covariance": None if algebra.covariance is None else algebra.covariance.tolist(),
    }


def _metric_fields(metric: InvariantMetric, sheet: Sheet) -> dict[str, Any]:
    return {
        **_heading(METRIC_FORMAT, sheet),
        "matrix": metric.matrix.tolist(),
        "errors": metric.errors.tolist(),
        "signature": list(metric.signature),
        "residual": metric.residual,
        "conformal": metric.conformal,
        "forms": metric.forms.tolist(),
    }


def _heading(written: str, sheet: Sheet) -> dict[str, Any]:
    return {
        "format": written,
        "version": VERSION,
        "physym": __version__,
        "name": sheet.name,
        "title": sheet.title,
        "conventions": list(sheet.conventions),
        "coordinates": list(sheet.coordinates),
    }


def _nested(value: Any, indent: str = "  ") -> str:
    """JSON with one matrix row per line: a person can read it, and a file of covariances stays small."""
    if isinstance(value, list) and value and (isinstance(value[0], list) or " " in str(value[0])):
        inner = ",\n".join(f"{indent}  {_nested(item, indent + '  ')}" for item in value)
        return f"[\n{inner}\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
