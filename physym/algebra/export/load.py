"""`load_algebra`: an exported algebra back from its JSON."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from physym._typing import Float
from physym.algebra.export.exact import parse_exact
from physym.algebra.export.json_file import ALGEBRA_FORMAT, METRIC_FORMAT, VERSION
from physym.algebra.lie_algebra import LieAlgebra
from physym.errors import CorruptFile, InvalidData, MissingFile, PhysymError

_CURE = "Expected a file written by physym.export(algebra, 'algebra.json')."


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
        >>> from physym.algebra.export.describe import sheet_of_algebra
        >>> from physym.algebra.export.json_file import write_json
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "so3.json"
        ...     _ = path.write_text(write_json(so(3), sheet_of_algebra(so(3))))
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
        what = "is a folder" if path.is_dir() else "does not exist"
        raise MissingFile(f"{path} {what}. JSON files in {path.parent}: {near}.")
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
    return dict(fields)


def _algebra(fields: dict[str, Any]) -> LieAlgebra:
    basis = _array(fields["basis"], "basis")
    if basis.ndim == 1 and not basis.size:
        basis = np.zeros((0, int(fields["n"]), int(fields["n"])))
    covariance = None if fields["covariance"] is None else _array(fields["covariance"], "covariance")
    exact = _exact(fields["exact"], basis)
    names = fields["coordinates"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or not isinstance(fields["source"], str):
        raise InvalidData("coordinates and source must be text.")
    freedom = _freedom(fields.get("freedom"))
    return LieAlgebra(basis, covariance=covariance, freedom=freedom, coordinates=tuple(names), source=fields["source"], exact=exact)


def _freedom(value: Any) -> float:
    """Degrees of freedom of the covariance; none stated, as in files of before, means a known covariance."""
    if value is None:
        return float("inf")
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise InvalidData(f"freedom is {value!r}; expected a positive number of degrees of freedom.")
    return float(value)


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
