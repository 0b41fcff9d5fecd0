"""Awkward arrays in memory, with or without the behaviour of `vector`, by field name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physym._typing import Shaped
from physym.data.readers.base import RawJets, Request, refuse_unused, scatter
from physym.data.readers.tables import build, plan, vectors_of
from physym.data.validation import check_labels
from physym.errors import InvalidData


def read(array: Any, request: Request, labels: Shaped[np.ndarray, "..."] | None) -> Iterator[RawJets]:
    """Jets of an awkward array, chunk by chunk.

    Arguments:
        array: lists of records (px, py, pz, E; or pt, eta, phi, mass; in any order), or records of lists with the names of a tree.
        request: what to read.
        labels: shape ``(N,)``, or None.

    Returns:
        Chunks of at most ``request.chunk_size`` jets.

    Raises:
        MissingField: the fields make no four-momentum.
        InvalidData: zero jets, arrays without field names, or labels of the wrong length.

    Example:
        >>> import awkward as ak
        >>> jets = ak.Array([[{"pt": 3.0, "eta": 0.0, "phi": 0.0, "mass": 4.0}], []])
        >>> next(read(jets, Request(), None)).four_momenta[0].tolist()
        [[5.0, 3.0, 0.0, 0.0]]
    """
    import awkward as ak

    refuse_unused(request, "memory", "split")
    if isinstance(array, ak.Record):
        raise InvalidData("memory: a single record; give an array of jets, each a list of records.")
    if len(array) == 0:
        raise InvalidData("memory: zero jets; check the selection.")
    if not ak.fields(array):
        raise InvalidData(
            "memory: the awkward array has no field names; zip the components into records, for instance "
            "ak.zip({'px': px, 'py': py, 'pz': pz, 'E': E})."
        )
    if labels is not None:
        check_labels(labels, len(array), "memory")
    for start in range(0, len(array), request.chunk_size):
        rows = slice(start, start + request.chunk_size)
        raw = _chunk(array[rows], request)
        yield raw if labels is None else RawJets(raw.four_momenta, rounding=raw.rounding, labels=labels[rows], note=raw.note)


def _chunk(array: Any, request: Request) -> RawJets:
    import awkward as ak

    if array.ndim > 1:
        momenta, counts, rounding = vectors_of(array, "memory")
        return RawJets(scatter(momenta, counts), rounding=rounding)
    names = ak.fields(array)
    vectors = [name for name in names if ak.fields(array[name])]
    chosen = plan(names, request, "memory", vectors=vectors)
    return build(chosen, {name: ak.without_parameters(array[name]) for name in chosen.columns}, "memory")
