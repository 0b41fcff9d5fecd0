"""Python files: scripts that need sympy only, check themselves, and fail when a number in them is changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from physym.algebra import LieAlgebra, change_of_basis, export, generator_names, invariant_metric, refine, render, so
from tests.algebra.export.cases_of_export import CASES, EXACT, MEASURED, exact_defects, floats


def run(text: str) -> dict[str, Any]:
    defined: dict[str, Any] = {}
    exec(compile(text, "algebra.py", "exec"), defined)
    return defined


def constants(defined: dict[str, Any]) -> dict[tuple[int, int, int], sympy.Expr]:
    return {(i, j, k): value for (i, j), row in defined["structure_constants"].items() for k, value in row.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_script_defines_the_generators(name: str) -> None:
    algebra, defined = CASES[name], run(render(CASES[name], ".py"))
    assert len(defined.get("generators", [])) == algebra.dimension
    if algebra.exact:
        assert all(sympy.simplify(m - e).is_zero_matrix for m, e in zip(defined["generators"], algebra.exact, strict=True))
    elif algebra.dimension:
        assert (floats(defined["generators"]) == algebra.basis).all()
    if algebra.dimension:
        assert tuple(defined["names"]) == generator_names(algebra)
    assert tuple(defined["coordinates"]) == algebra.coordinates


@pytest.mark.parametrize("name", MEASURED)
def test_errors_come_along(name: str) -> None:
    defined = run(render(CASES[name], ".py"))
    assert (floats(defined["errors"]) == CASES[name].errors).all()
    assert defined["tolerance"] > 0


@pytest.mark.parametrize("name", EXACT)
def test_exact_constants_are_checked_with_no_tolerance(name: str) -> None:
    defined = run(render(CASES[name], ".py"))
    assert exact_defects(CASES[name], constants(defined)) == []
    assert defined["tolerance"] == 0


def test_constants_of_floats_are_those_of_the_algebra() -> None:
    algebra = refine(LieAlgebra(change_of_basis(so(1, 2), seed=3, error=0.01).basis))
    found = np.zeros((3, 3, 3))
    for index, value in constants(run(render(algebra, ".py"))).items():
        found[index] = value
    np.testing.assert_allclose(found - found.swapaxes(0, 1), algebra.structure_constants, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("fractions", "S(1)/2", "S(1)/3"),
        ("fractions", "{2: S(-1)}", "{2: S(1)}"),
        ("roots", "sqrt(S(3))/S(3)", "sqrt(S(3))/S(2)"),
        ("exact Lorentz and dilation", "{4: S(-1)}", "{4: S(-1), 6: S(1)}"),
        ("signs", "metric = Matrix([\n    [S(1)", "metric = Matrix([\n    [S(-1)"),
        ("floats", "{2: ", "{1: "),
    ],
)
def test_a_script_with_another_number_fails(name: str, old: str, new: str) -> None:
    text = render(CASES[name], ".py")
    assert old in text
    with pytest.raises(ValueError, match=r"does not (close|preserve the metric)"):
        run(text.replace(old, new, 1))


def test_the_script_runs_alone(tmp_path: Path) -> None:
    """In a process that does not know physym."""
    path = export(CASES["roots"], tmp_path / "lorentz.py")
    command = [sys.executable, "-I", "-c", f"import runpy, sys; runpy.run_path({str(path)!r}); print('physym' in sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr


def test_the_metric_is_there() -> None:
    metric = invariant_metric(CASES["measured"])
    assert (floats([run(render(metric, ".py"))["metric"]])[0] == metric.matrix).all()
    assert (floats([run(render(CASES["measured"], ".py"))["metric"]])[0] == metric.matrix).all()
    assert run(render(CASES["signs"], ".py"))["metric"] == sympy.diag(1, -1, -1, -1)
    assert "metric" not in run(render(CASES["nilpotent"], ".py"))
