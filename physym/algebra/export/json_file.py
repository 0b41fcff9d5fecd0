"""JSON: everything, so that `load_algebra` gives the same algebra back."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from physym._typing import Float
from physym.algebra.export.exact import parse_exact
from physym.algebra.export.naming import generator_names
from physym.algebra.export.sheet import Sheet, sheet_of_algebra, sheet_of_metric
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.metric import InvariantMetric
from physym.errors import CorruptFile, InvalidData, MissingFile, PhysymError

ALGEBRA_FORMAT = "physym/lie-algebra"
METRIC_FORMAT = "physym/invariant-metric"
VERSION = 1
_CURE = "Expected a file written by physym.export(algebra, 'algebra.json')."


def write_json(subject: LieAlgebra | InvariantMetric) -> str:
    """An algebra or a metric as JSON.

    Arguments:
        subject: the algebra or the metric.

    Returns:
        The text. Floats are written so that they read back to the same float; exact entries as text such as ``"sqrt(2)/2"``.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> json.loads(write_json(so(2)))["format"]
        'physym/lie-algebra'
    """
    fields = _metric_fields(subject) if isinstance(subject, InvariantMetric) else _algebra_fields(subject)
    lines = [f"  {json.dumps(key)}: {_nested(value)}" for key, value in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def load_algebra(path: str | PathLike[str]) -> LieAlgebra:
    """Read an algebra that was exported to JSON.

    Arguments:
        path: the file.

    Returns:
        The algebra with its covariance, coordinates, source and exact entries.

    Raises:
        MissingFile: there is no such file.
        CorruptFile: the file is not JSON, not an algebra of physym, of a later version, or contradicts itself.

    Example:
        >>> import tempfile
        >>> from physym.algebra.catalogue import so
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "so3.json"
        ...     _ = path.write_text(write_json(so(3)))
        ...     load_algebra(path).dimension
        3
    """
    fields = _read(Path(path))
    try:
        return _algebra(fields)
    except (PhysymError, KeyError, TypeError, ValueError, OverflowError) as error:
        reason = f"the field {error} is missing" if isinstance(error, KeyError) else str(error)
        raise CorruptFile(f"{path} is damaged: {reason} {_CURE}") from error


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        near = ", ".join(sorted(p.name for p in path.parent.glob("*.json"))) or "none"
        raise MissingFile(f"{path} does not exist. JSON files in {path.parent}: {near}.")
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CorruptFile(f"{path} is not JSON ({error}). {_CURE}") from error
    written = fields.get("format") if isinstance(fields, dict) else None
    if written == METRIC_FORMAT:
        raise CorruptFile(f"{path} holds an invariant metric, not an algebra. {_CURE}")
    if written != ALGEBRA_FORMAT:
        raise CorruptFile(f'{path} is JSON, but not an algebra of physym: its "format" is {written!r}, not {ALGEBRA_FORMAT!r}. {_CURE}')
    if fields.get("version") != VERSION:
        raise CorruptFile(
            f"{path} has version {fields.get('version')!r}; this physym reads version {VERSION}. Update physym, or export again."
        )
    return fields


def _algebra(fields: dict[str, Any]) -> LieAlgebra:
    basis = _array(fields["basis"], "basis")
    if basis.ndim == 1 and not basis.size:
        basis = np.zeros((0, int(fields["n"]), int(fields["n"])))
    covariance = None if fields["covariance"] is None else _array(fields["covariance"], "covariance")
    exact = _exact(fields["exact"], basis)
    names = fields["coordinates"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or not isinstance(fields["source"], str):
        raise InvalidData("coordinates and source must be text.")
    return LieAlgebra(basis, covariance=covariance, coordinates=tuple(names), source=fields["source"], exact=exact)


def _array(entries: Any, field: str) -> Float[np.ndarray, "..."]:
    try:
        return np.array(entries, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidData(f"{field} is not a rectangular array of numbers ({error}).") from error


def _exact(entries: Any, basis: Float[np.ndarray, "..."]) -> tuple[Any, ...]:
    """Exact matrices, which must agree with the floats."""
    import sympy

    if not entries:
        return ()
    matrices = tuple(sympy.ImmutableMatrix([[parse_exact(entry) for entry in row] for row in matrix]) for matrix in entries)
    floats = np.array([matrix.tolist() for matrix in matrices], dtype=np.float64)
    if floats.shape != basis.shape or not np.allclose(floats, basis, rtol=1e-9, atol=1e-9):
        raise InvalidData("the exact entries do not agree with the basis.")
    return matrices


def _algebra_fields(algebra: LieAlgebra) -> dict[str, Any]:
    sheet = sheet_of_algebra(algebra)
    return {
        **_heading(ALGEBRA_FORMAT, sheet),
        "source": algebra.source,
        "n": algebra.n,
        "generators": list(generator_names(algebra)),
        "basis": algebra.basis.tolist(),
        "exact": [[[str(entry) for entry in row] for row in matrix.tolist()] for matrix in algebra.exact],
        "structure_constants": [
            [i, j, k, value if isinstance(value, float) else str(value)] for (i, j), row in sheet.brackets.items() for k, value in row
        ],
        "metric": None if sheet.metric is None else sheet.metric.values.tolist(),
        "covariance": None if algebra.covariance is None else algebra.covariance.tolist(),
    }


def _metric_fields(metric: InvariantMetric) -> dict[str, Any]:
    return {
        **_heading(METRIC_FORMAT, sheet_of_metric(metric)),
        "matrix": metric.matrix.tolist(),
        "errors": metric.errors.tolist(),
        "signature": list(metric.signature),
        "residual": metric.residual,
        "conformal": metric.conformal,
        "forms": metric.forms.tolist(),
    }


def _heading(written: str, sheet: Sheet) -> dict[str, Any]:
    from physym import __version__

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
