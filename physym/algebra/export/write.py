"""`export`: the format is chosen by the suffix."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from physym._files import write_atomically
from physym.algebra.export.describe import sheet_of_algebra, sheet_of_metric
from physym.algebra.export.gap import write_gap
from physym.algebra.export.json_file import write_json
from physym.algebra.export.latex import write_latex
from physym.algebra.export.mathematica import write_mathematica
from physym.algebra.export.sage import write_sage
from physym.algebra.export.sheet import Sheet
from physym.algebra.export.sympy_code import write_sympy
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.metric import InvariantMetric
from physym.errors import InvalidData, PhysymError

_WRITERS: dict[str, Callable[[Sheet], str]] = {
    ".tex": write_latex,
    ".py": write_sympy,
    ".wl": write_mathematica,
    ".m": write_mathematica,
    ".sage": write_sage,
    ".g": write_gap,
}
_KNOWN = ".tex (LaTeX), .py (sympy), .m or .wl (Mathematica), .sage (Sage), .g (GAP), .json"


def export(result: LieAlgebra | InvariantMetric, path: str | PathLike[str]) -> Path:
    """Write an algebra or a metric for another program; the suffix chooses which.

    Every file states its conventions (coordinates, action, signature, errors, source) in comments. Exact entries are written
    exactly, measured ones with their standard errors. The file appears whole or not at all.

    Arguments:
        result: an algebra with generators of shape ``(k, n, n)``, or an invariant metric.
        path: ends in .tex, .py (sympy), .m or .wl (Mathematica), .sage, .g (GAP) or .json.

    Returns:
        The path written.

    Raises:
        InvalidData: the suffix is not known, or the format cannot hold an exact entry.
        MissingFile: the folder does not exist.

    Example:
        >>> import tempfile
        >>> from physym.algebra.catalogue import so
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     export(so(1, 3), Path(folder) / "lorentz.tex").name
        'lorentz.tex'
    """
    target = Path(path)
    return write_atomically(target, render(result, target.suffix))


def render(result: LieAlgebra | InvariantMetric, suffix: str) -> str:
    """The text that `export` writes.

    Arguments:
        result: an algebra with generators of shape ``(k, n, n)``, or an invariant metric.
        suffix: for instance ``".tex"``.

    Returns:
        The content of the file.

    Raises:
        InvalidData: as for `export`.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> render(so(2), ".g").splitlines()[0]
        '# so(2), dimension 1, acting on 2 coordinates'
    """
    wanted = suffix.lower()
    if wanted != ".json" and wanted not in _WRITERS:
        raise InvalidData(f"cannot export to {suffix!r}: the suffix chooses the format. Known: {_KNOWN}.")
    sheet = sheet_of_metric(result) if isinstance(result, InvariantMetric) else sheet_of_algebra(result, algebra_name(result))
    return write_json(result, sheet) if wanted == ".json" else _WRITERS[wanted](sheet)


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
    from physym.algebra.structure.identify import identify

    if not algebra.dimension:
        return ""
    try:
        return str(identify(algebra).name)
    except PhysymError:
        return ""
