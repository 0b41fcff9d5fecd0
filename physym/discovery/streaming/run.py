"""`discover_files`: from files of any size to the algebra that acts on their four-momenta, in memory that does not grow."""

from __future__ import annotations

import warnings
from functools import partial as with_arguments
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import numpy as np

from physym.algebra import LieAlgebra, Rep
from physym.data import Samples, partitions
from physym.discovery.base import Discovery, Level, LevelName, headline_of
from physym.discovery.spectral import Affine, Spectral, Whitened
from physym.discovery.spectral.levels import conditional_of, declined, measure_of, support_of
from physym.discovery.spectral.settings import FEWEST_CLUSTERS
from physym.discovery.status import Status
from physym.discovery.streaming import engines
from physym.discovery.streaming.cache import Cache, Checksum
from physym.discovery.streaming.collect import collect
from physym.discovery.streaming.merge import Engine, Merged, merged
from physym.discovery.streaming.partial import Partial
from physym.discovery.streaming.passes import LogitPasses
from physym.discovery.streaming.recipe import Head, Reading, Recipe, head_of
from physym.discovery.units import in_jets
from physym.errors import DiscoveryFailed, InvalidData, PhysymWarning
from physym.progress import Progress, silent

ALL_LEVELS: tuple[LevelName, ...] = ("support", "conditional", "measure")
DEFAULT_METHOD = Spectral()
DEFAULT_READING = Reading()
ROWS_OF_A_PART = 2**19
COORDINATES = ("E", "px", "py", "pz")


def discover_files(
    paths: Any,
    method: Spectral = DEFAULT_METHOD,
    *,
    level: LevelName | Literal["all"] = "support",
    reading: Reading = DEFAULT_READING,
    format: str | None = None,
    workers: int = 1,
    client: Any = None,
    cache: str | PathLike[str] | None = None,
    checksum: Checksum = "content",
    rows: int = ROWS_OF_A_PART,
    seed: int = 0,
    progress: Progress = silent,
) -> Discovery:
    """Find the Lie algebra that acts on the four-momenta of jets in files that need not fit into memory.

    The files are cut into parts; each part is read chunk by chunk into additive statistics, and these are merged in the order of the
    parts, so the result does not depend on the number of workers. One pass is enough, but for the conditional level of two classes: each
    of the few steps of Newton's method towards their logit is a pass of its own.

    Arguments:
        paths: a file, a pattern with ``*``, a list of files; or a Dask collection such as ``uproot.dask(…)``, which needs ``client``.
        method: settings of ``Spectral``.
        level: ``"support"``, ``"conditional"``, ``"measure"`` or ``"all"``.
        reading: units, tree, labels …, and how many constituents make a row.
        format: a key of ``physym.data.readers.FORMATS``; None: told from the content.
        workers: processes on this machine. A killed one loses nothing.
        client: a ``distributed.Client`` whose workers do the work instead, under the same file names.
        cache: folder for the statistics of finished parts; a repeated run reads only what is new. None: nothing is kept.
        checksum: what tells files apart, ``"content"`` (SHA-256 of all bytes) or ``"quick"`` (size, time, first and last mebibyte).
        rows: rows of a part: the unit of work, of progress and of the cache.
        seed: noted in the result; nothing is drawn at random.
        progress: called with the number of jets after each part.

    Returns:
        A ``Discovery`` whose provenance names the files, their rows and checksums.

    Raises:
        PhysymError: a file cannot be read, or the jets cannot answer the question.
        DiscoveryFailed: there are no jets, or a part has lost its process three times.

    Example:
        >>> from physym.data.catalogue import fetch_dataset
        >>> discover_files(fetch_dataset("pythia_toptag")).identification.name
        'so(1,3) ⊕ R'
    """
    start = perf_counter()
    wanted, engine = _wanted(level, method), _engine(workers, client)
    parts = _parts(paths, rows, format, reading.tree, client)
    recipe = _recipe(_first_head(parts, reading, client), method, wanted, reading)
    kept = None if cache is None else Cache(Path(cache), recipe.key)
    whole = merged(parts, with_arguments(collect, recipe=recipe), engine, cache=kept, checksum=checksum, progress=progress)
    for sentence in whole.total.warnings:
        warnings.warn(sentence, PhysymWarning, stacklevel=2)
    again = LogitPasses(parts, recipe, engine, whole, method.degree, kept, progress=progress)
    found = _levels(whole.total, method, wanted, _described(whole, reading), again)
    headline = headline_of(found, wanted)
    return Discovery(
        support=found.get("support"),
        conditional=found.get("conditional"),
        measure=found.get("measure"),
        headline=headline,
        method=method,
        seed=seed,
        seconds=perf_counter() - start,
        provenance=_provenance(whole, found.get("support"), reading),
    )


def _wanted(level: str, method: Spectral) -> tuple[LevelName, ...]:
    names = tuple(name for name in ALL_LEVELS if level in (name, "all"))
    if not names:
        raise DiscoveryFailed(f"there is no level {level!r}; choose one of {', '.join(ALL_LEVELS)} or 'all'.")
    if not isinstance(method, Spectral):
        raise DiscoveryFailed(f"{type(method).__name__} needs all rows at once; files are streamed with Spectral(…) only.")
    if method.test_functions and "measure" in names:
        raise DiscoveryFailed("test_functions need all rows at once; leave them out to test moments, or load the jets and use discover.")
    if isinstance(method.basis, (Affine, Whitened)) or (isinstance(method.basis, LieAlgebra) and method.basis.n != len(COORDINATES)):
        raise DiscoveryFailed(f"basis={method.basis!r}: sums are kept of linear maps, 4×4; load the jets and use discover for any others.")
    return names


def _parts(paths: Any, rows: int, format: str | None, tree: str | None, client: Any) -> list[Any]:
    """Parts of files, or those of a Dask collection."""
    if not hasattr(paths, "to_delayed"):
        return list(partitions(paths, rows=rows, format=format, tree=tree))
    if client is None:
        raise InvalidData("a Dask collection is computed by its cluster; give client=, for instance client=distributed.Client().")
    return list(paths.to_delayed())


def _engine(workers: int, client: Any) -> Engine:
    if workers < 1:
        raise InvalidData(f"workers={workers}; at least one process is needed.")
    if client is not None:
        return with_arguments(engines.on_cluster, client=client)
    return engines.in_this_process if workers == 1 else with_arguments(engines.in_processes, workers=workers)


def _first_head(parts: list[Any], reading: Reading, client: Any) -> Head:
    """From the first part that holds jets, so that files added later change nothing for those before."""
    for part in parts:
        head = engines.once_on_cluster(head_of, part, reading, client=client) if hasattr(part, "dask") else head_of(part, reading)
        if head is not None:
            return head
    raise DiscoveryFailed("the files hold no jets; nothing can be discovered from them.")


def _recipe(head: Head, method: Spectral, wanted: tuple[LevelName, ...], reading: Reading) -> Recipe:
    of_moments = method.measure_degree if "measure" in wanted else 0
    of_function = method.degree if "conditional" in wanted else 0
    return Recipe(
        reading,
        gram_degree=method.degree if {"support", "conditional"} & set(wanted) else 0,
        row_degree=max(of_function, (of_moments + 1) // 2),  # a Gram matrix holds moments up to twice its degree
        wide_degree=of_moments,
        blocks=method.blocks,
        labelled=head.labelled and bool(of_moments or of_function),
        gram_scale=head.gram_scale,
        row_scale=head.row_scale if of_moments or of_function else (),
    )


def _described(whole: Merged, reading: Reading) -> Samples:
    """What the rows are, without the rows."""
    names = list(whole.jets)
    source = names[0] if len(names) == 1 else f"{len(names)} files" if names else f"{whole.parts} parts"
    k = reading.constituents
    return Samples(np.zeros((0, 4 * k)), rep_x=Rep(f"{k}V", n=4), units="GeV", coordinates=COORDINATES, source=source)


def _levels(
    total: Partial, method: Spectral, wanted: tuple[LevelName, ...], what: Samples, again: LogitPasses
) -> dict[LevelName, Level | None]:
    """The levels that were asked for, from the sums, and from further passes where a logit is fitted."""
    found: dict[LevelName, Level | None] = {}
    support = None
    if total.gram is not None:
        support = found["support"] = _support(total, method, what, alone=len(wanted) == 1)
    if total.rows is not None and "conditional" in wanted:
        found["conditional"] = conditional_of(total.rows, what, method, support, passes=again, pilot=again.pilot)
    if total.rows is not None and "measure" in wanted:
        found["measure"] = measure_of(total.rows, what, method)
    return {name: in_jets(one) for name, one in found.items()}


def _support(total: Partial, method: Spectral, what: Samples, *, alone: bool) -> Level:
    if total.gram is None or total.jets < FEWEST_CLUSTERS:
        return declined("support", f"{total.jets} independent rows; at least {FEWEST_CLUSTERS} are needed")
    try:
        return support_of(total.gram, what, method)
    except DiscoveryFailed as error:
        if alone:
            raise
        return declined("support", str(error), status=Status.DEGENERATE)


def _provenance(whole: Merged, support: Level | None, reading: Reading) -> dict[str, str]:
    jets = whole.total.jets
    source = f"{jets:,} jets" + ((" in 1 file" if len(whole.jets) == 1 else f" in {len(whole.jets)} files") if whole.jets else "")
    said = {"source": source, "device": "cpu", "units": "GeV", "masses": whole.total.masses} | whole.provenance
    said["constituents"] = f"{reading.constituents} leading per jet"
    if whole.total.kind == "mixed" and support is not None and support.algebra is not None:
        said["warning"] = (
            "the constituents have several masses, so no single mass shell carries them: a dilation in the result holds for E ≫ m only, "
            f"here with a relative spread of {support.noise:.1g} per coordinate"
        )
    return said
