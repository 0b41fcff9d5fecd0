"""The sums of all parts, merged in the order of the parts, whoever computed them and whenever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from physym.data import Partition
from physym.discovery.streaming.cache import Cache, Checksum, checksum_of
from physym.discovery.streaming.engines import Work
from physym.discovery.streaming.partial import Partial
from physym.progress import Progress, silent

Engine = Callable[[Mapping[int, Any], Work], Iterator[tuple[int, Partial]]]


@dataclass(frozen=True, eq=False)
class Merged:
    """The sums of all parts and where they come from.

    Arguments:
        total: the sums.
        jets: number of jets of each file, by path; empty for parts that are no files.
        checksums: of each file, by path.
        kind: of the checksums.
        reused: how many parts were found in the cache.
        parts: how many parts there are.

    Example:
        >>> Merged(Partial(5), {"a.h5": 5}, {"a.h5": "0a" * 32}, "content", reused=0, parts=1).provenance["files"]
        'a.h5: 5 jets, SHA-256 of the content 0a0a0a0a0a0a0a0a'
    """

    total: Partial
    jets: dict[str, int]
    checksums: dict[str, str]
    kind: Checksum
    reused: int = field(kw_only=True)
    parts: int = field(kw_only=True)

    @property
    def provenance(self) -> dict[str, str]:
        """Files, checksums and parts in words."""
        name = "SHA-256 of the content" if self.kind == "content" else "quick checksum"
        files = [f"{path}: {jets:,} jets, {name} {self.checksums[path][:16]}" for path, jets in self.jets.items()]
        said = {"parts": f"{self.parts}, {self.reused} of them from the cache" if self.reused else f"{self.parts}"}
        return {"files": "; ".join(files)} | said if files else said


def merged(
    parts: Sequence[Any],
    work: Work,
    engine: Engine,
    *,
    cache: Cache | None = None,
    checksum: Checksum = "content",
    known: Mapping[str, str] | None = None,
    step: str = "jets",
    progress: Progress = silent,
) -> Merged:
    """Sum over all parts; what the cache holds is not read again, and what is finished is stored at once.

    Arguments:
        parts: partitions of files, or parts that the engine understands.
        work: how to sum over one part.
        engine: who does it.
        cache: statistics of finished parts; None: nothing is kept.
        checksum: kind of checksum that tells files apart.
        known: checksums that were taken before, by path; None: they are taken now.
        step: the name of this work for ``progress``.
        progress: called with the number of jets after each part.

    Returns:
        The sums. They are added in the order of the parts, so that not even their rounding depends on the engine.

    Example:
        >>> from physym.discovery.streaming.engines import in_this_process
        >>> merged([2, 3], Partial, in_this_process).total.jets
        5
    """
    files = dict.fromkeys(part.path for part in parts if isinstance(part, Partition))
    checksums = {}
    for done, path in enumerate(files, start=1):
        if known is None:
            checksums[path] = checksum_of(path, checksum)
            progress("checksums", done, len(files))
        else:
            checksums[path] = known[str(path)]
    missing = {i: part for i, part in enumerate(parts) if cache is None or not _stored(cache, part, checksums)}
    found = _kept(engine(missing, work), parts, cache, checksums)
    total, jets, early = Partial(0), dict.fromkeys(map(str, files), 0), dict[int, Partial]()
    for number, part in enumerate(parts):
        if cache is not None and number not in missing:
            partial = _reused(cache, part, checksums, work)
        else:
            while number not in early:
                early.update([next(found)])
            partial = early.pop(number)
        total += partial
        if isinstance(part, Partition):
            jets[str(part.path)] += partial.jets
        progress(step, total.jets, _expected(parts))
    sums = {str(path): value for path, value in checksums.items()}
    return Merged(total, jets, sums, checksum, reused=len(parts) - len(missing), parts=len(parts))


def _stored(cache: Cache, part: Any, checksums: Mapping[Path, str]) -> bool:
    return isinstance(part, Partition) and cache.path(part, checksums[part.path]).is_file()


def _kept(
    found: Iterator[tuple[int, Partial]], parts: Sequence[Any], cache: Cache | None, checksums: Mapping[Path, str]
) -> Iterator[tuple[int, Partial]]:
    """The same results, each stored as soon as it is there."""
    for number, partial in found:
        part = parts[number]
        if cache is not None and isinstance(part, Partition):
            cache.store(part, checksums[part.path], partial)
        yield number, partial


def _reused(cache: Cache, part: Partition, checksums: Mapping[Path, str], work: Work) -> Partial:
    """What the cache holds; a damaged entry is computed and stored again, here and now."""
    partial = cache.load(part, checksums[part.path])
    if partial is None:
        partial = work(part)
        cache.store(part, checksums[part.path], partial)
    return partial


def _expected(parts: Sequence[Any]) -> int | None:
    """Number of rows of all parts; None where it is not known before they are read."""
    rows = [part.rows for part in parts if isinstance(part, Partition) and part.rows is not None]
    return sum(last - first for first, last in rows) if len(rows) == len(parts) else None
