"""Imports point down, siblings never meet, and heavy packages are imported where they are used."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

RANK = {
    "errors": 0,
    "_typing": 0,
    "_optional": 0,
    "_rng": 0,
    "_files": 0,
    "_numbers": 0,
    "_settings": 0,
    "_version": 0,
    "progress": 0,
    "artefacts": 0,
    "checkpoint": 0,
    "algebra": 1,
    "data": 2,
    "nn": 3,
    "discovery": 3,
    "equations": 3,
    "report": 4,
    "cli": 5,
}
LONGEST_CHAIN = 6
AT_THE_TOP = {"numpy"}  # plus the standard library
AT_THE_TOP_OF = {"_typing": {"jaxtyping"}, "nn": {"torch"}, "discovery": {"torch"}, "equations": {"torch"}, "cli": {"typer"}}


@dataclass(frozen=True)
class Import:
    """One imported name: where it was imported from, and whether at module level at run time."""

    target: str
    top: bool


def type_checking_blocks(tree: ast.Module) -> set[ast.AST]:
    """All nodes under ``if TYPE_CHECKING:``, which do not run."""
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    return {inner for block in blocks for statement in block.body for inner in ast.walk(statement)}


def imports(source: str, name: str, known: set[str]) -> list[Import]:
    """Every import of a module; names of physym's own modules are resolved as far down as they go."""
    tree = ast.parse(source)
    skipped = type_checking_blocks(tree)
    inside = {n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) for n in ast.walk(f)}
    found = []
    for node in ast.walk(tree):
        if node in skipped:
            continue
        top = node not in inside
        if isinstance(node, ast.Import):
            found += [Import(alias.name, top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name}: relative import; write it out from physym down"
            module = str(node.module)
            found += [Import(full if (full := f"{module}.{alias.name}") in known else module, top) for alias in node.names]
    return found


def layer(module: str) -> str:
    """The layer of a module of physym: the second part of its name."""
    return module.split(".")[1] if "." in module else ""


def violations(sources: dict[str, str]) -> list[str]:
    """Broken rules in a set of modules, as sentences."""
    known = set(sources)
    wrong = []
    for name, source in sources.items():
        mine = layer(name)
        if not mine:
            wrong += [f"{name} imports {i.target} at the top" for i in imports(source, name, known) if i.top and not standard(i.target)]
            continue
        for item in imports(source, name, known):
            if item.target.split(".")[0] == "physym":
                wrong += internal(name, item.target, known)
            elif item.top and not standard(item.target) and item.target.split(".")[0] not in AT_THE_TOP | AT_THE_TOP_OF.get(mine, set()):
                wrong.append(f"{name} imports {item.target} at the top; import it in the function that uses it")
    return wrong


def internal(name: str, target: str, known: set[str]) -> list[str]:
    """Rules for an import of one module of physym by another."""
    mine, theirs = layer(name), layer(target)
    if target == "physym":
        return [] if mine == "cli" else [f"{name} imports the package's own face; import from the layer"]
    if mine == theirs:
        is_face = f"physym.{mine}" == target and name != target
        return [f"{name} imports from the face of its own layer {target}; import the module"] if is_face else []
    if RANK[theirs] > RANK[mine]:
        return [f"{name} imports upwards: {target}"]
    if RANK[theirs] == RANK[mine] and RANK[mine] > 0:
        return [f"{name} imports its sibling {target}"]
    return []


def standard(module: str) -> bool:
    """Whether a module belongs to Python."""
    return module.split(".")[0] in sys.stdlib_module_names


def graph(sources: dict[str, str]) -> dict[str, set[str]]:
    """Edges between modules; the face of a layer only passes names on, so it has none of its own."""
    known = set(sources)
    faces = {name for name in known if any(other.startswith(f"{name}.") for other in known)}
    return {
        name: set() if name in faces else {i.target for i in imports(source, name, known)} & known - {name}
        for name, source in sources.items()
    }


def longest_chain(edges: dict[str, set[str]]) -> list[str]:
    """The longest chain of imports.

    Raises:
        RecursionError: there is a cycle.
    """
    chains: dict[str, list[str]] = {}

    def chain(name: str, trail: tuple[str, ...]) -> list[str]:
        if name in trail:
            raise RecursionError(" -> ".join((*trail[trail.index(name) :], name)))
        if name not in chains:
            chains[name] = [name, *max((chain(n, (*trail, name)) for n in sorted(edges[name])), key=len, default=[])]
        return chains[name]

    return max((chain(name, ()) for name in sorted(edges)), key=len)


@pytest.fixture(scope="module")
def sources(root: Path) -> dict[str, str]:
    """Text of every module of physym by its name."""
    found = {}
    for path in sorted((root / "physym").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


def test_every_module_belongs_to_a_layer(sources: dict[str, str]) -> None:
    assert {layer(name) for name in sources} - {""} <= set(RANK)


def test_imports_point_down(sources: dict[str, str]) -> None:
    assert violations(sources) == []


def test_no_cycle_and_no_long_chain(sources: dict[str, str]) -> None:
    chain = longest_chain(graph(sources))
    assert len(chain) <= LONGEST_CHAIN, " -> ".join(chain)


def test_no_package_marker_beside_the_data(root: Path) -> None:
    for folder in ("datasets", "models"):
        assert (root / folder).is_dir()
        assert not list((root / folder).rglob("*.py")), f"{folder}/ must hold no module: it would shadow other packages of that name"


FACES = {
    "physym": "",
    "physym.errors": "",
    "physym.algebra": "",
    "physym.algebra.metric": "",
    "physym.data": "",
    "physym.discovery": "",
    "physym.nn": "",
}


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("physym.algebra.wrong", "from physym.data import Jets", "upwards"),
        ("physym.algebra.wrong", "def f():\n    import physym.cli", "upwards"),
        ("physym.discovery.wrong", "from physym.nn import LorentzNet", "sibling"),
        ("physym.data.wrong", "import scipy.linalg", "at the top"),
        ("physym.data.wrong", "import torch", "at the top"),
        ("physym.algebra.wrong", "from physym.algebra import metric_of", "face of its own layer"),
        ("physym.data.wrong", "import physym", "own face"),
        ("physym", "import numpy", "at the top"),
    ],
)
def test_a_wrong_module_is_caught(name: str, source: str, complaint: str) -> None:
    wrong = violations({**FACES, "physym.cli": "", name: source})
    assert len(wrong) == 1
    assert complaint in wrong[0]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("physym.data.fine", "import numpy\nfrom physym.algebra import Rep\ndef f():\n    import scipy"),
        ("physym.data.fine", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sympy\n    from physym.cli import main"),
        ("physym.discovery.fine", "import torch\nfrom physym.errors import ShapeError"),
        ("physym.algebra.fine", "from physym.algebra import metric\nfrom physym.algebra.metric import form"),
    ],
)
def test_a_right_module_passes(name: str, source: str) -> None:
    assert violations({**FACES, "physym.cli": "", name: source}) == []


def test_a_cycle_is_caught() -> None:
    with pytest.raises(RecursionError, match=r"a\.x -> physym\.a\.y -> physym\.a\.x"):
        longest_chain(graph({"physym.a.x": "import physym.a.y", "physym.a.y": "def f():\n    import physym.a.x"}))


def test_a_long_chain_is_measured() -> None:
    links = {f"physym.a.m{i}": f"import physym.a.m{i + 1}" for i in range(7)} | {"physym.a.m7": ""}
    assert len(longest_chain(graph(links))) == 8
