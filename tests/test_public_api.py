"""The public names, and the names of their parameters, change only on purpose: by an edit of this file."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import physym

NAMES = [
    "Affine",
    "Augerino",
    "BlockDiagonal",
    "Candidates",
    "Complex",
    "CyclicOrder",
    "Discovery",
    "DiscreteDiscovery",
    "EmbeddingSymmetry",
    "Identification",
    "Images",
    "InvariantMetric",
    "Jets",
    "LConv",
    "Level",
    "LieAlgebra",
    "LieGAN",
    "LieGG",
    "LinearMixing",
    "MSR",
    "MatrixGroup",
    "Molecules",
    "PhysymError",
    "PhysymWarning",
    "Reading",
    "Rep",
    "Samples",
    "Spectral",
    "Status",
    "SymmetryGAN",
    "Trajectories",
    "Transformation",
    "Whitened",
    "__version__",
    "algebra",
    "artefacts",
    "data",
    "discover",
    "discover_discrete",
    "discover_files",
    "discover_lorentz",
    "discovery",
    "errors",
    "export",
    "identify",
    "identify_group",
    "invariant_metric",
    "invariants",
    "load",
    "load_images",
    "load_jets",
    "load_molecules",
    "load_trajectories",
    "progress",
    "snap",
    "span_distance",
]

PARAMETERS = {
    "load": "name *split",
    "load_images": "paths *split",
    "load_molecules": "paths *split *units",
    "load_jets": "paths *format *tree *collection *units *constituents *order *labels *split *resolution *chunk_size",
    "load_trajectories": "path *split *columns",
    "discover": "samples method *level *seed *device *progress",
    "discover_files": "paths method *level *reading *format *workers *client *cache *checksum *rows *seed *progress",
    "discover_lorentz": "jets *method *level *constituents *seed *device *progress",
    "discover_discrete": "samples method *level *alpha *seed *progress",
    "identify_group": "group",
    "identify": "algebra *error",
    "snap": "algebra *alpha *error",
    "invariant_metric": "algebra",
    "invariants": "algebra degree",
    "span_distance": "a b *support",
    "export": "result path",
}


def parameters(function: object) -> str:
    """Names of the parameters in order; a star marks those that must be given by keyword."""
    return " ".join(
        ("*" if p.kind is p.KEYWORD_ONLY else "**" if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) else "") + p.name
        for p in inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    )


def test_names_are_frozen() -> None:
    assert dir(physym) == NAMES
    assert sorted(physym.__all__) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name: str) -> None:
    assert getattr(physym, name) is getattr(physym, name)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_parameters_are_frozen(name: str) -> None:
    assert parameters(getattr(physym, name)) == PARAMETERS[name]


def test_every_verb_is_frozen() -> None:
    assert {name for name in NAMES if inspect.isfunction(getattr(physym, name))} == set(PARAMETERS)


def test_open_ended_parameters_would_be_seen() -> None:
    def wrong(x: int, *rest: int, **options: int) -> None: ...

    assert parameters(wrong) == "x **rest **options"


def test_no_public_callable_takes_open_ended_parameters() -> None:
    for name in NAMES:
        value = getattr(physym, name)
        if inspect.isfunction(value) or (inspect.isclass(value) and not issubclass(value, Exception | physym.Status)):
            assert "**" not in parameters(value), name


def test_public_objects_are_documented() -> None:
    for name in NAMES:
        value = getattr(physym, name)
        assert name == "__version__" or inspect.getdoc(value), name


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"'discover_lorenz'.*discover_lorentz"):
        physym.discover_lorenz  # type: ignore[attr-defined]  # noqa: B018


def modules_after(code: str) -> set[str]:
    """Top-level modules loaded by a fresh interpreter that runs ``code``."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()[-1].split())


HEAVY = {"torch", "numpy", "scipy", "sympy", "awkward", "uproot", "vector", "h5py", "pyarrow", "matplotlib", "rich", "jinja2", "pooch"}


def test_import_physym_imports_nothing_heavy() -> None:
    assert not modules_after("import physym") & HEAVY


def test_help_imports_neither_torch_nor_awkward() -> None:
    code = "import sys; sys.argv = ['physym', '--help']\nfrom physym.cli import main\ntry: main()\nexcept SystemExit: pass"
    loaded = modules_after(code)
    assert "typer" in loaded
    assert not loaded & (HEAVY - {"rich"})


def test_the_verbs_import_only_what_they_need() -> None:
    loaded = modules_after("import physym; physym.algebra.so(3); physym.Samples; physym.Jets")
    assert "numpy" in loaded
    assert not loaded & {"torch", "scipy", "sympy", "awkward", "uproot", "matplotlib"}


def test_heavy_modules_would_be_seen() -> None:
    assert "sqlite3" in modules_after("import sqlite3")
