"""Shapes in signatures are true: the doctests of every module run once more with jaxtyping and beartype checking each call."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = """
import doctest, importlib, sys, types
from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook
checker = types.ModuleType("checker")
checker.check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is a float, as mypy has it
sys.modules["checker"] = checker
package, *names = sys.argv[1:]
with install_import_hook(package, "checker.check"):
    modules = [importlib.import_module(name) for name in names]
flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
results = [doctest.testmod(module, optionflags=flags) for module in modules]
print(sum(r.attempted for r in results), sum(r.failed for r in results))
"""


def hooked_doctests(package: str, names: list[str], folder: Path) -> tuple[int, int, str]:
    """Examples tried, examples failed and the report, with the shape checker on."""
    command = [sys.executable, "-W", "ignore", "-c", RUNNER, package, *names]
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    tried, failed = run.stdout.splitlines()[-1].split()
    return int(tried), int(failed), run.stdout


def shaped_modules(root: Path) -> list[str]:
    """Modules of physym whose signatures hold array shapes."""
    found = []
    for path in sorted((root / "physym").rglob("*.py")):
        if "np.ndarray, " in path.read_text(encoding="utf-8"):
            found.append(".".join(path.relative_to(root).with_suffix("").parts))
    return found


def test_annotations_are_true(root: Path) -> None:
    names = shaped_modules(root)
    assert "physym.algebra.lie_algebra" in names
    tried, failed, report = hooked_doctests("physym", names, root)
    assert tried > len(names)
    assert failed == 0, report[-6000:]


@pytest.mark.parametrize(("shape", "failures"), [("n n", 0), ("n 3", 1)])
def test_a_false_annotation_is_caught(tmp_path: Path, shape: str, failures: int) -> None:
    (tmp_path / "made_up.py").write_text(
        "import numpy as np\n"
        "from jaxtyping import Float\n\n"
        f"def trace(a: Float[np.ndarray, '{shape}']) -> float:\n"
        '    """>>> trace(np.eye(2))\n    2.0\n    """\n'
        "    return float(np.trace(a))\n"
    )
    assert hooked_doctests("made_up", ["made_up"], tmp_path)[:2] == (1, failures)
