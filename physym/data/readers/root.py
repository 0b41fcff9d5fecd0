"""ROOT files, TTree or RNTuple, through uproot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from physym.data.readers.base import RawJets, Request, cut_evenly, near_misses, reading, refuse_unused, span
from physym.data.readers.tables import build, plan
from physym.errors import CorruptFile, MissingField


def read(path: Path, request: Request) -> Iterator[RawJets]:
    """Jets of a ROOT file, chunk by chunk; only the columns that are needed are read.

    Arguments:
        path: the file.
        request: what to read; ``chunk_size`` counts entries of the tree.

    Returns:
        Chunks of at most ``request.chunk_size`` entries.

    Raises:
        CorruptFile: no readable ROOT file.
        MissingField: no such tree, or branches that make no four-momentum; what is there is listed.

    Example:
        >>> import tempfile, uproot, numpy as np
        >>> file = Path(tempfile.mkdtemp()) / "events.root"
        >>> with uproot.recreate(file) as out:
        ...     out["tree"] = {"E1": np.full(3, 5.0), "px1": np.full(3, 3.0), "py1": np.full(3, 4.0), "pz1": np.zeros(3),
        ...                    "E2": np.full(3, 5.0), "px2": np.full(3, 3.0), "py2": np.full(3, 4.0), "pz2": np.zeros(3)}
        >>> next(read(file, Request())).four_momenta.shape
        (3, 2, 4)
    """
    import uproot

    refuse_unused(request, str(path), "split")
    with reading(path, "ROOT"), uproot.open(path) as file:
        tree = _tree(_whole(file, path), request.tree, path)
        names, vectors = _columns(tree)
        chosen = plan(names, request, f"{path}:{tree.name}", vectors=vectors)
        first, last = span(request, int(tree.num_entries), str(path))
        for chunk in tree.iterate(list(chosen.columns), step_size=request.chunk_size, library="ak", entry_start=first, entry_stop=last):
            yield build(chosen, {name: chunk[name] for name in chosen.columns}, str(path))


def cuts(path: Path, request: Request, rows: int) -> tuple[int, ...]:
    """Entries at which the tree may be cut into parts of about ``rows`` entries, from 0 to the number of entries.

    Raises:
        CorruptFile: no readable ROOT file.
        MissingField: no such tree.

    Example:
        >>> import tempfile, uproot, numpy as np
        >>> file = Path(tempfile.mkdtemp()) / "events.root"
        >>> with uproot.recreate(file) as out:
        ...     out["tree"] = {"E1": np.full(5, 5.0)}
        >>> cuts(file, Request(), 2)
        (0, 2, 4, 5)
    """
    import uproot

    with reading(path, "ROOT"), uproot.open(path) as file:
        return cut_evenly(int(_tree(_whole(file, path), request.tree, path).num_entries), rows)


def _whole(file: Any, path: Path) -> Any:
    """The same file, once all of its bytes are known to be there."""
    size, expected = path.stat().st_size, int(file.file.fEND)
    if size < expected:
        raise CorruptFile(f"{path}: truncated, {size:,} of {expected:,} bytes are there; fetch it again.")
    return file


def _tree(file: Any, wanted: str | None, path: Path) -> Any:
    classes = file.classnames(recursive=True, cycle=False)
    trees = [name for name, kind in classes.items() if kind.startswith("TTree") or "RNTuple" in kind]
    if wanted is not None:
        if wanted.split(";")[0] not in trees:
            raise MissingField(f"{path}: no tree {wanted!r}. Trees present: {', '.join(trees) or 'none'}. {near_misses(wanted, trees)}")
        return file[wanted]
    for usual in ("Events", "tree", "events"):
        if usual in trees:
            return file[usual]
    if len(trees) != 1:
        raise MissingField(f"{path}: {len(trees)} trees ({', '.join(trees) or 'none'}); name the one that holds jets with tree=.")
    return file[trees[0]]


def _columns(tree: Any) -> tuple[list[str], list[str]]:
    """Names that can be read, and those among them that hold whole four-vectors."""
    types = {name: str(kind) for name, kind in tree.typenames(full_paths=True).items() if not name.startswith("_collection")}
    whole = [name for name, kind in types.items() if "LorentzVector" in kind]
    # the parts of a split vector (fP, fE) are read through the vector itself
    names = [name for name in types if not any(name.startswith(f"{vector}/") for vector in whole)]
    return [name.rsplit("/", 1)[-1] for name in names], [name.rsplit("/", 1)[-1] for name in whole]
