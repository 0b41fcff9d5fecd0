"""The wheel holds the code, the data sets and the models, and finds them without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

import physym

LARGEST_WHEEL = 10_000_000  # bytes


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    if find_spec("hatchling") is None:
        pytest.skip("building the wheel needs hatchling: pip install 'physym[test]'")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return next(folder.glob("physym-*.whl"))


@pytest.mark.slow
def test_wheel_is_small_and_complete(wheel: Path, root: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.stat().st_size < LARGEST_WHEEL
    assert wheel.name.startswith(f"physym-{physym.__version__}-py3-none-any")
    assert {"physym/__init__.py", "physym/py.typed", "physym/cli/app.py"} <= names
    for folder in ("datasets", "models"):
        assert {f"physym/_{folder}/{p.relative_to(root / folder)}" for p in (root / folder).rglob("*.*") if p.is_file()} <= names
    assert {"physym/_models/README.md", "physym/_models/liegan_toptag/algebra.json"} <= names
    assert not [name for name in names if name.startswith(("tests/", "datasets/", "models/", "benchmarks/", "examples/"))]


@pytest.mark.slow
def test_wheel_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import physym; from physym.artefacts import artefact_folder\n"
        "print(physym.__file__); print(artefact_folder('datasets')); print(artefact_folder('models')); print(len(physym.load('two_body')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    run = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    code_file, datasets, models, count = run.stdout.split()
    assert Path(code_file).is_relative_to(tmp_path)
    assert Path(datasets) == tmp_path / "site" / "physym" / "_datasets"
    assert Path(models) == tmp_path / "site" / "physym" / "_models"
    assert int(count) > 0


def test_every_tested_version_is_pinned(root: Path) -> None:
    pins = (root / "constraints.txt").read_text().splitlines()
    names = [line.partition("==")[0] for line in pins if not line.startswith("#")]
    assert names == sorted(names)
    assert all(line.count("==") == 1 for line in pins if not line.startswith("#"))
    assert "torch==2.13.0" in pins
    assert {"numpy", "scipy", "hatchling", "pytest", "ruff", "mypy", "pythia8mc", "fastjet"} <= set(names)


def test_one_version_everywhere(root: Path) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == physym.__version__
    assert f"## {physym.__version__}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_citation_is_valid(root: Path) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version", "date-released", "license"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["license"] == "MIT"
    assert all(set(author) & {"name", "family-names"} for author in citation["authors"])
    assert all({"type", "title", "authors"} <= set(reference) for reference in citation["references"])
